import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type App, freePort, startApp, waitForUrl } from '../../e2e/harness/process.ts';

const root = dirname(dirname(dirname(import.meta.dirname)));
export const builtDashboard = join(root, 'apps/dashboard/dist');

/** Builds the dashboard once per run, so that what is tested is what is there. */
export function buildDashboard(): void {
  // A test runner says NODE_ENV=test, and React would be built for development.
  const env = { ...process.env, NODE_ENV: 'production' };
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'pipe', env });
  if (!existsSync(join(builtDashboard, 'index.html'))) throw new Error('the build left no page');
}

/** The embedded size in its own process and folder, as `npm start` runs it. */
export interface Service extends AsyncDisposable {
  readonly url: string;
  get<Body>(path: string): Promise<Body>;
  post<Body>(path: string, body?: unknown): Promise<Body>;
  /** As a power cut would. */
  kill(): Promise<void>;
  /** Again on the same folder and port. */
  restart(): Promise<void>;
}

export async function startService(env: Readonly<Record<string, string>> = {}): Promise<Service> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gauntlet-browser-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = { GAUNTLET_DATA_DIR: dataDir, PORT: String(port), LOG_LEVEL: 'warn', ...env };
  let app: App = startApp('standalone', settings);
  await waitForUrl(`${url}/health/ready`, app);
  return {
    url,
    get: (path) => ask(`${url}/api/v1${path}`, { method: 'GET' }),
    post: (path, body) => ask(`${url}/api/v1${path}`, { method: 'POST', body }),
    kill: () => app.kill(),
    async restart() {
      app = startApp('standalone', settings);
      await waitForUrl(`${url}/health/ready`, app);
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function ask<Body>(
  url: string,
  { method, body }: { method: string; body?: unknown },
): Promise<Body> {
  const response = await fetch(url, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Body;
  if (!response.ok) throw new Error(`${method} ${url}: ${JSON.stringify(answer)}`);
  return answer;
}
