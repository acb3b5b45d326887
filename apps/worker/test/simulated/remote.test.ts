import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { GuestEvent } from '../../src/application/ports.ts';
import { openSimulatedDriver } from '../../src/drivers/simulated/simulated-driver.ts';
import { testDriver } from '../contract/driver-contract.ts';
import { aContext, aMove, clusterId, never, twoHosts } from './driver-context.ts';
import { type SimulatorProcess, startSimulatorProcess } from './simulator-process.ts';

let simulator: SimulatorProcess;
beforeAll(async () => {
  simulator = await startSimulatorProcess();
});
afterAll(() => simulator[Symbol.asyncDispose]());

const open = (more: object = {}) =>
  openSimulatedDriver(aContext({ ...twoHosts, ...more, url: simulator.url }, '/nowhere'));

function remove(): Promise<Response> {
  return fetch(`${simulator.url}/clusters/${clusterId}`, { method: 'DELETE' });
}

async function readLedger(query = '') {
  const answer = await fetch(`${simulator.url}/clusters/${clusterId}/ledger${query}`);
  return (await answer.json()) as {
    entries: Record<string, unknown>[];
    lastSeq: number;
    totals: Record<string, number>;
  };
}

testDriver('simulated, shared over HTTP', async () => {
  const driver = await open();
  return {
    driver,
    vmId: 'vm',
    hosts: ['h1', 'h2'] as const,
    provokeBugcheck: (vmId) => driver.crash(vmId),
    [Symbol.asyncDispose]: async () => {
      await driver[Symbol.asyncDispose]();
      await remove();
    },
  };
});

describe('a simulator that workers share', () => {
  test('two workers see one truth, and both see a bugcheck either could have met', async () => {
    await using first = await open();
    await using second = await open();
    const events: GuestEvent[] = [];
    await second.watch('vm', (event) => events.push(event), never);
    expect(await first.migrate(aMove('h1', 'h2'), never)).toMatchObject({ kind: 'completed' });
    expect(await second.locate('vm', never)).toMatchObject({ host: 'h2' });
    await first.crash('vm');
    await vi.waitFor(() => expect(events).toHaveLength(1));
    const since = second.clock.now();
    const request = { attemptId: 'a', vmId: 'vm', hosts: ['h2'], since };
    const { stop } = await second.collectEvidence(request, never);
    expect(stop).toMatchObject({ code: 0x80, module: 'nt' });
    await remove();
  });

  test('an answer never overtakes the events that came before it', async () => {
    const disks = [{ controller: 'scsi', format: 'dynamic', count: 16 }];
    await using driver = await open({ vms: [{ name: 'vm', load: 6, disks }], timeScale: 100_000 });
    let bugchecks = 0;
    for (let i = 0; i < 200; i += 1) {
      const { host } = await driver.locate('vm', never);
      const watching = new AbortController();
      const seen: GuestEvent[] = [];
      await driver.watch('vm', (event) => seen.push(event), watching.signal);
      const [source = '', target = ''] = host === 'h1' ? ['h1', 'h2'] : ['h2', 'h1'];
      expect(await driver.migrate(aMove(source, target), never)).toMatchObject({
        kind: 'completed',
      });
      const { alive } = await driver.probe('vm', never);
      expect(seen.map((event) => event.kind)).toEqual(alive ? [] : ['bugcheck']);
      watching.abort();
      if (alive) continue;
      bugchecks += 1;
      await driver.recover('vm', never);
    }
    expect(bugchecks).toBeGreaterThan(10);
    expect((await readLedger()).totals['bugcheck']).toBe(bugchecks);
    await remove();
  });

  test('a migration goes on to its end when the worker that began it is killed', async () => {
    await using driver = await open({ timeScale: 5 });
    const program = fileURLToPath(new URL('./migrate-and-wait.ts', import.meta.url));
    const options = JSON.stringify({ ...twoHosts, timeScale: 5, url: simulator.url });
    const worker = spawn(process.execPath, [program, options, 'h1', 'h2'], { stdio: 'pipe' });
    const ended = once(worker, 'exit');
    await vi.waitFor(
      async () => expect(await driver.locate('vm', never)).toMatchObject({ migrating: true }),
      { timeout: 10_000, interval: 5 },
    );
    worker.kill('SIGKILL');
    await ended;
    expect(await driver.locate('vm', never)).toMatchObject({ host: 'h1', migrating: true });
    await vi.waitFor(
      async () =>
        expect(await driver.locate('vm', never)).toMatchObject({ host: 'h2', migrating: false }),
      { timeout: 10_000, interval: 20 },
    );
    const { entries } = await readLedger();
    expect(entries).toEqual([
      expect.objectContaining({ kind: 'migration', attemptId: 'a-h1-h2', result: 'completed' }),
    ]);
    await remove();
  });

  test('new options reach every worker; the same again changes nothing', async () => {
    await using first = await open();
    await using second = await open({ hotfixes: ['KB2636573'] });
    const { hosts } = await first.inventory(never);
    expect(hosts.every((host) => host.hotfixes.includes('KB2636573'))).toBe(true);
    expect(await second.locate('vm', never)).toMatchObject({ host: 'h1' });
    await remove();
  });

  test('the ledger is read page by page and says what happened, not what was asked', async () => {
    await using driver = await open();
    await driver.migrate(aMove('h1', 'h2'), never);
    await driver.migrate(aMove('h1', 'h2'), never);
    await driver.migrate(aMove('h2', 'h1'), never);
    const { entries, totals } = await readLedger('?after=0&limit=2');
    expect(entries.map((entry) => entry['kind'])).toEqual(['migration', 'refused']);
    expect(totals).toMatchObject({ migration: 2, refused: 1 });
    const { entries: rest, lastSeq } = await readLedger('?after=2');
    expect(rest).toEqual([expect.objectContaining({ seq: lastSeq, source: 'h2', target: 'h1' })]);
    await remove();
  });

  test('bad input is refused with its faults, whoever sends it', async () => {
    const answer = await fetch(`${simulator.url}/clusters/x`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"hosts":[{"nam":"h"}],"seed":-1}',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: 'request.malformed',
      errors: expect.arrayContaining([expect.objectContaining({ pointer: '/seed' })]),
    });
    for (const path of ['/', '/clusters/none', '/clusters/none/ledger']) {
      expect((await fetch(`${simulator.url}${path}`)).status).toBe(404);
    }
  });

  test('without a simulator the driver cannot work; losing it in mid-migration is unknown', async () => {
    await using doomed = await startSimulatorProcess();
    const options = { ...twoHosts, timeScale: 1, url: doomed.url };
    const driver = await openSimulatedDriver(aContext(options, '/nowhere'));
    const events: GuestEvent[] = [];
    await driver.watch('vm', (event) => events.push(event), never);
    const end = driver.migrate(aMove('h1', 'h2'), never);
    await driver.locate('vm', never);
    await doomed.kill();
    expect(await end).toMatchObject({ kind: 'unknown' });
    await vi.waitFor(() => expect(events).toMatchObject([{ kind: 'rig' }]));
    await expect(driver.locate('vm', never)).rejects.toMatchObject({ code: 'driver.unavailable' });
    await driver[Symbol.asyncDispose]();
    await expect(openSimulatedDriver(aContext(options, '/nowhere'))).rejects.toMatchObject({
      code: 'driver.unavailable',
    });
  });
});
