/** The page's whole style: no font, image or script from anywhere. Prints in black on A4. */
export const style = `
:root{color-scheme:light dark;--paper:#fbfaf5;--ink:#16201f;--ink2:#47524f;--line:#d3cfc1;
--soft:#f1efe6;--ok:#00634a;--bad:#ac2f0b;--warn:#7d5200;--info:#005490;--odd:#86376c;
--fok:#3a9d80;--fbad:#d5500f;--fwarn:#dfa000;--fmute:#a5aaa2;--badsoft:#f8e0d5;--oksoft:#dcebe2;
--warnsoft:#f6e9c8}
@media (prefers-color-scheme:dark){:root{--paper:#101719;--ink:#e7eae4;--ink2:#b3bdb8;--line:#2f3b3e;
--soft:#182123;--ok:#5fcfa9;--bad:#ff946a;--warn:#ecbd52;--info:#83bff2;--odd:#dea3ca;--fmute:#6d7873;
--badsoft:#3a1f15;--oksoft:#12302a;--warnsoft:#332912}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);overflow-wrap:break-word;
font:400 15px/1.45 "IBM Plex Sans","Segoe UI",system-ui,"Noto Sans",sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 3rem}
h1{font-size:1.5rem;line-height:1.2;margin:.1rem 0 .25rem}
h2{font-size:1.05rem;margin:2rem 0 .5rem;padding-bottom:.2rem;border-bottom:2px solid var(--ink)}
h3{font-size:.95rem;margin:1rem 0 .25rem}
p{margin:.35rem 0}
a{color:var(--info)}
.over{margin:0;color:var(--ink2);font-size:.8rem;letter-spacing:.06em;text-transform:uppercase}
.facts{margin:.25rem 0 0;color:var(--ink2)}
.sentence{font-size:1.3rem;line-height:1.35;margin:1.25rem 0 .75rem;padding:.9rem 1.1rem;
border-left:6px solid var(--ink);background:var(--soft)}
.sentence.good{border-color:var(--ok);background:var(--oksoft)}
.sentence.bad{border-color:var(--bad);background:var(--badsoft)}
.sentence.open{border-color:var(--warn);background:var(--warnsoft)}
.tag{display:inline-block;padding:0 .45rem;border:1.5px solid currentColor;border-radius:3px;
font-size:.8rem;font-weight:600;white-space:nowrap}
.tag.good{color:var(--ok)}.tag.bad{color:var(--bad)}.tag.open{color:var(--warn)}
.note{color:var(--warn)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--ink2);padding:.15rem 0 .35rem}
th,td{padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);text-align:left;
vertical-align:top}
thead th{font-weight:600;border-bottom:1.5px solid var(--ink2);vertical-align:bottom}
th.n,td.n{text-align:right;padding-right:1.1rem}td.n,td.t{white-space:nowrap}
tbody th,tbody td:not(.n){overflow-wrap:anywhere}tbody th{font-weight:600;min-width:5.5rem}
tr.hit td,tr.hit th{background:var(--badsoft)}
code,pre{font-family:"IBM Plex Mono","Cascadia Mono",Consolas,"DejaVu Sans Mono",monospace;
font-size:.8rem}
pre{white-space:pre-wrap;background:var(--soft);border:1px solid var(--line);padding:.6rem .75rem;
margin:.4rem 0}
figure{margin:.75rem 0}
figcaption{color:var(--ink2);font-size:.85rem;margin-top:.25rem}
svg{display:block;width:100%;height:auto;color:var(--ink)}
svg text{font:11px "IBM Plex Sans","Segoe UI",system-ui,sans-serif;fill:var(--ink2)}
svg .axis{stroke:var(--ink2);stroke-width:1}
svg .grid{stroke:var(--line);stroke-width:1}
.empty{color:var(--ink2)}
footer{margin-top:2.5rem;padding-top:.6rem;border-top:1px solid var(--line);color:var(--ink2);
font-size:.8rem}
@page{size:A4;margin:14mm 13mm 16mm}
@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--ink2:#333;--line:#bbb;--soft:#f5f5f2;
--ok:#00523d;--bad:#9a2a0a;--warn:#6a4500;--info:#00457a;--odd:#6f2d5a;--fmute:#a5aaa2;
--badsoft:#f8e6dd;--oksoft:#e4f0e9;--warnsoft:#f7efd9}
body{font-size:10pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:none;padding:0}
a{color:inherit;text-decoration:none}
h2{break-after:avoid;margin-top:1.1rem}h3{break-after:avoid}
thead{display:table-header-group}tr,figure,.sentence{break-inside:avoid}
figure svg{max-height:51mm}
.scroll{overflow:visible}table{font-size:8.5pt}pre{font-size:7.5pt}}
`;
