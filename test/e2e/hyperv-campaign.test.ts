import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDesk } from '../../apps/worker/test/hyperv/stand-in/desk.ts';
import { createModelCluster } from '../../apps/worker/test/hyperv/stand-in/model-cluster.ts';
import { standInOptions } from '../../apps/worker/test/hyperv/stand-in/open-driver.ts';
import { eventually, freePort, startApp, waitForUrl } from './harness/process.ts';

// Everything here is real but PowerShell and the cluster behind it: HTTP, database, queue, worker,
// driver and node-powershell. It proves how they work together, not what Hyper-V does.

test('a campaign on a hyperv cluster finds the bugchecks, names their driver and the known issue', async () => {
  const crashEvery = 5;
  const cluster = createModelCluster({ crashEvery, rebootMs: 300, moveMs: 30 });
  await using desk = await openDesk((request) => cluster.answer(request));
  const executable = await desk.installShell({ newline: 'crlf' });
  const dataDir = await mkdtemp(join(tmpdir(), 'gauntlet-hyperv-'));
  const port = await freePort();
  await using app = startApp('standalone', {
    GAUNTLET_DATA_DIR: dataDir,
    PORT: String(port),
    GAUNTLET_SECRET_GUEST: 'hunter2',
  });
  const api = `http://127.0.0.1:${port}/api/v1`;
  await waitForUrl(`http://127.0.0.1:${port}/health/ready`, app);

  const options = {
    ...standInOptions(executable),
    guest: { access: 'direct', user: 'lab\\reader', passwordReference: 'guest' },
  };
  const created = await post(`${api}/clusters`, { name: 'lab', driver: 'hyperv', options });
  const inventory = await get(`${api}/clusters/${created.id}/inventory?refresh=true`);
  expect(inventory.vms.map((vm: { name: string }) => vm.name)).toEqual(['sql-1', 'sql-2']);
  const issues = await get(`${api}/clusters/${created.id}/known-issues`);
  expect(JSON.stringify(issues)).toContain('"exposed"');

  const campaign = await post(`${api}/campaigns`, {
    name: 'storvsc on a stand-in',
    clusterId: created.id,
    settleMs: 300,
    stop: { attemptsMax: 15 },
    seed: 1,
  });
  await eventually('the end of the campaign', 240_000, async () => {
    const { state } = await get(`${api}/campaigns/${campaign.id}`);
    return ['finished', 'stopped', 'failed', 'paused'].includes(state);
  });

  const { state, progress, blockedBecause } = await get(`${api}/campaigns/${campaign.id}`);
  expect({ state, blockedBecause }, app.output()).toEqual({
    state: 'finished',
    blockedBecause: null,
  });
  // The model's own count is the truth; moves home at the end may add to it.
  expect(progress.outcomes['guest-bugcheck']).toBeGreaterThanOrEqual(2);
  expect(progress.outcomes['guest-bugcheck']).toBeLessThanOrEqual(
    Math.floor(cluster.moves / crashEvery),
  );
  expect(progress.outcomes.clean).toBeGreaterThanOrEqual(8);

  const { items } = await get(`${api}/bugchecks?campaignId=${campaign.id}`);
  for (const bugcheck of items) {
    expect(bugcheck).toMatchObject({ subject: 'guest', code: '0x000000D1' });
    expect(bugcheck.channels).toContain('event-18590');
  }
  expect(items.some((one: { module: string | null }) => one.module === 'storvsc')).toBe(true);
  expect(items.some((one: { knownIssue: string | null }) => one.knownIssue === 'KB2636573')).toBe(
    true,
  );
  expect(app.output()).not.toContain('hunter2');
  await app.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 300_000);

/** A test looks at whatever came back. */
type Whatever = ReturnType<typeof JSON.parse>;

async function get(url: string): Promise<Whatever> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function post(url: string, body: unknown): Promise<Whatever> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}
