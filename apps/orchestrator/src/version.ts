import { readFileSync } from 'node:fs';
import { parse } from '@gauntlet/shared/contracts/parse';
import Type from 'typebox';

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');

/** Of this app, as its package says. */
export const { version } = parse(
  Type.Object({ version: Type.String() }),
  JSON.parse(manifest),
  'package.json',
);
