import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The built dashboard beside this app; undefined where nobody built it. */
export function findDashboard(): string | undefined {
  const dir = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));
  return existsSync(`${dir}/index.html`) ? dir : undefined;
}
