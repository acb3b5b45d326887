import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The built dashboard beside this app; empty where nobody built it. */
export function findDashboard(): { readonly dashboardDir?: string } {
  const dashboardDir = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));
  return existsSync(`${dashboardDir}/index.html`) ? { dashboardDir } : {};
}
