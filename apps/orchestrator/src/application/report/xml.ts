/**
 * Text for XML 1.0: markup escaped, and characters that no XML document may hold (most control
 * characters, lone surrogates, U+FFFE and U+FFFF) replaced by U+FFFD, so that a hostile name can
 * neither open an element nor make the whole file unreadable. Works for attributes too: line ends and
 * tabs become references, because a parser would turn them into spaces there.
 */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(illegal, '\ufffd')
    .replaceAll(/[&<>"'\t\n\r]/g, (char) => references[char] ?? '');
}

const illegal = /(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};
