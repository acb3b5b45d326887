import { readFileSync, writeFileSync } from 'node:fs';
import { factorsFound } from './factors.ts';
import { coverage, etaCoverage, falseVerdicts, power } from './proofs.ts';
import { speed } from './speed.ts';
import { type Line, toMarkdown } from './table.ts';

/*
 * The proofs at full size. `npm run bench:statistics` prints the tables and one JSON line a row;
 * with `-- --write` it puts the tables into docs/statistics.md. `-- --campaigns 500` for a quick one.
 */
const document = new URL('../../docs/statistics.md', import.meta.url);
const campaignsAsked = Number(process.argv[process.argv.indexOf('--campaigns') + 1]);
const campaigns =
  process.argv.includes('--campaigns') && campaignsAsked > 0 ? campaignsAsked : 10_000;

const sections: readonly { readonly name: string; readonly lines: () => Line[] }[] = [
  { name: 'False verdicts', lines: () => falseVerdicts(campaigns) },
  { name: 'Coverage', lines: () => coverage(campaigns) },
  { name: 'Power and migrations in the original scenario', lines: () => power(campaigns) },
  { name: 'ETA', lines: () => etaCoverage(campaigns) },
  { name: 'Factors', lines: () => factorsFound(Math.ceil(campaigns / 50)) },
  { name: 'Speed', lines: speed },
];

let failed = 0;
const texts = sections.map(({ name, lines }) => {
  const measured = lines();
  failed += measured.filter(({ holds }) => !holds).length;
  const text = `### ${name}\n\n${toMarkdown(measured)}`;
  console.log(`\n${text}\n`);
  for (const line of measured) console.log(JSON.stringify({ bench: 'statistics', ...line }));
  return text;
});

if (process.argv.includes('--write')) {
  const begin = '<!-- bench:statistics -->';
  const end = '<!-- /bench:statistics -->';
  const [before = '', rest = ''] = readFileSync(document, 'utf8').split(begin);
  const [, after = ''] = rest.split(end);
  writeFileSync(document, `${before}${begin}\n${texts.join('\n\n')}\n${end}${after}`);
}
if (failed > 0) {
  console.error(`${failed} promises do not hold`);
  process.exitCode = 1;
}
