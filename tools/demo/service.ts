import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { type ApiClient, createApiClient, serviceUrl } from '../api-client.ts';

const root = dirname(dirname(import.meta.dirname));
const startMsMax = 60_000;

export interface DemoService extends AsyncDisposable {
  readonly api: ApiClient;
  /** True when this demo started it, and will stop it again. */
  readonly isOurs: boolean;
}

/** The service that already runs, or one started for the length of the demo. */
export async function findOrStartService(): Promise<DemoService> {
  const api = createApiClient(serviceUrl());
  if (await api.isReady()) {
    return { api, isOurs: false, async [Symbol.asyncDispose]() {} };
  }
  const child = spawn(process.execPath, [join(root, 'apps/standalone/src/main.ts')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn' },
  });
  await waitUntilReady(api, child);
  return { api, isOurs: true, [Symbol.asyncDispose]: () => stop(child) };
}

async function waitUntilReady(api: ApiClient, child: ChildProcess): Promise<void> {
  const deadlineMs = performance.now() + startMsMax;
  while (performance.now() < deadlineMs) {
    if (child.exitCode !== null) throw new Error('the service ended at start: see its words above');
    if (await api.isReady()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop(child);
  throw new Error(`the service was not ready within ${startMsMax / 1000} s`);
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
