import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { roles } from './application/use-cases.ts';
import { hashKey } from './http/auth.ts';

const usage = `usage: npm run keys -- --name <who> --role ${roles.join('|')}`;

/** 256 random bits: long enough that a plain SHA-256 of it cannot be turned back. */
function createKey(): string {
  return `gauntlet_${randomBytes(32).toString('base64url')}`;
}

/** Prints a new key and what to configure; neither is kept anywhere. */
function main(): void {
  const { values } = parseArgs({
    options: { name: { type: 'string' }, role: { type: 'string' } },
    allowPositionals: false,
  });
  const role = roles.find((known) => known === values.role);
  if (role === undefined || values.name === undefined || !/^[^:,\s]{1,100}$/.test(values.name)) {
    process.stderr.write(`${usage}\n<who> has no space, colon or comma\n`);
    process.exitCode = 2;
    return;
  }
  const key = createKey();
  process.stdout.write(
    [
      `key for ${values.name}, shown once:      ${key}`,
      `add to GAUNTLET_API_KEYS (comma-separated): ${values.name}:${role}:${hashKey(key)}`,
      '',
    ].join('\n'),
  );
}

main();
