import type { MigrationResult } from '@gauntlet/shared/domain/migration';
import { afterAll, describe, expect, type TestContext, test, vi } from 'vitest';
import type {
  DriverCapability,
  GuestEvent,
  HypervisorDriver,
  VmLocation,
} from '../../src/application/ports.ts';

/**
 * What a driver's own test gives the suite: a cluster with one VM that may be moved, crashed and
 * recovered, and the two hosts it may run on. It is running on one of them when handed over.
 */
export interface ContractSetup extends AsyncDisposable {
  readonly driver: HypervisorDriver;
  readonly vmId: string;
  readonly hosts: readonly [string, string];
  /**
   * Crashes the guest by means of the rig (an injected NMI, a panic) and resolves once it is dead;
   * null when the rig cannot. Called with and without a watch armed.
   */
  readonly provokeBugcheck: ((vmId: string) => Promise<void>) | null;
}

export interface ContractOptions {
  /** `per-suite`: one cluster for all tests, for rigs that are slow to build. */
  readonly fresh?: 'per-test' | 'per-suite' | undefined;
  /** Deadline given to each migration and power cycle, ms of the driver's clock. */
  readonly timeoutMs?: number | undefined;
  /** How long an event may take to arrive, real ms: the limit of a wait, not a pause. */
  readonly eventWithinMs?: number | undefined;
  /** How long to listen for an event that must not come, real ms. */
  readonly quietMs?: number | undefined;
  /** Real ms after which a migration is aborted in mid-copy. */
  readonly abortAfterMs?: number | undefined;
  /** Limit of one test, real ms. */
  readonly testMs?: number | undefined;
}

const attemptId = '0190c0de-0000-7000-8000-000000000001';
const unknownVm = 'no such VM "\u202e\u{1f980}\' OR 1=1';
const unknownHost = 'no such host `$(reboot)`';

/**
 * The one suite that judges every driver. A driver is done when it passes; a capability it does
 * not declare shows up as skipped tests, never as passed ones.
 */
export function testDriver(
  name: string,
  setup: () => Promise<ContractSetup>,
  options: ContractOptions = {},
): void {
  const limits = toLimits(options);
  const rig = createRig(setup, options.fresh ?? 'per-test');
  describe(`driver contract: ${name}`, { timeout: limits.testMs }, () => {
    afterAll(() => rig.end());
    const run = (title: string, needs: readonly DriverCapability[], body: Body) =>
      test(title, async (context) => {
        await rig.use(async (given) => {
          skipUnlessCapable(context, given.driver, needs);
          await makeHealthy(given);
          await body({ ...given, ...limits, context });
        });
      });
    testInventory(run);
    testMigration(run);
    testAbort(run);
    testWatch(run);
    testAftermath(run);
  });
}

type Limits = Required<{ [K in Exclude<keyof ContractOptions, 'fresh'>]: number }>;
type Given = Omit<ContractSetup, typeof Symbol.asyncDispose> & Limits & { context: TestContext };
type Body = (given: Given) => Promise<void>;
type Run = (title: string, needs: readonly DriverCapability[], body: Body) => void;

function toLimits(options: ContractOptions): Limits {
  return {
    timeoutMs: options.timeoutMs ?? 600_000,
    eventWithinMs: options.eventWithinMs ?? 30_000,
    quietMs: options.quietMs ?? 50,
    abortAfterMs: options.abortAfterMs ?? 1,
    testMs: options.testMs ?? 120_000,
  };
}

function testInventory(run: Run): void {
  run('the inventory is consistent in itself', [], async ({ driver, vmId, hosts }) => {
    const { hosts: seen, vms, takenAt } = await driver.inventory(never());
    const names = seen.map((host) => host.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining([...hosts]));
    const ids = vms.map((vm) => vm.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain(vmId);
    for (const vm of vms) if (vm.host !== null) expect(names).toContain(vm.host);
    expect(takenAt).toBeGreaterThan(0);
  });

  run('the inventory and locate agree on where a VM is', [], async ({ driver, vmId }) => {
    const { vms } = await driver.inventory(never());
    const located = await driver.locate(vmId, never());
    const listed = vms.find((vm) => vm.id === vmId);
    expect(listed).toMatchObject({ host: located.host, state: located.state });
    expect(located).toMatchObject({ vmId, state: 'running', migrating: false });
  });

  run('a fingerprint names the hosts it was asked for', [], async ({ driver, vmId, hosts }) => {
    const fingerprint = await driver.fingerprint(vmId, hosts, never());
    expect(fingerprint.hosts.map((host) => host.name)).toEqual([...hosts]);
    for (const value of Object.values(fingerprint.settings)) expect(value).toBeTypeOf('string');
  });

  run('an unknown VM is refused by name of the error', [], async ({ driver, hosts }) => {
    const refused = { code: 'driver.vm-unknown' };
    await expect(driver.locate(unknownVm, never())).rejects.toMatchObject(refused);
    await expect(driver.probe(unknownVm, never())).rejects.toMatchObject(refused);
    await expect(driver.recover(unknownVm, never())).rejects.toMatchObject(refused);
    await expect(driver.fingerprint(unknownVm, hosts, never())).rejects.toMatchObject(refused);
    const watch = driver.watch(unknownVm, () => {}, AbortSignal.timeout(10_000));
    await expect(watch).rejects.toMatchObject(refused);
  });
}

function testMigration(run: Run): void {
  run('a migration moves the VM and leaves it alive', ['live-migration'], async (given) => {
    const { driver, vmId } = given;
    const { source, target } = await nextMove(given);
    const result = await migrate(given, source, target);
    expect(result).toMatchObject({ kind: 'completed' });
    if (result.kind !== 'completed') return;
    expect(result.copyMs).toBeGreaterThanOrEqual(0);
    const located = await driver.locate(vmId, never());
    expect(located).toEqual({ vmId, host: target, state: 'running', migrating: false });
    expect(await driver.probe(vmId, never())).toMatchObject({ alive: true, faults: [] });
  });

  run('migrations there and back end where they began', ['live-migration'], async (given) => {
    const { source, target } = await nextMove(given);
    expect(await migrate(given, source, target)).toMatchObject({ kind: 'completed' });
    expect(await migrate(given, target, source)).toMatchObject({ kind: 'completed' });
    expect(await given.driver.locate(given.vmId, never())).toMatchObject({ host: source });
  });

  run('a VM is in at most one migration', ['live-migration'], async (given) => {
    const { source, target } = await nextMove(given);
    const results = await Promise.all([
      migrate(given, source, target),
      migrate(given, source, target),
    ]);
    expect(results.filter((result) => result.kind === 'completed')).toHaveLength(1);
    expect(await given.driver.locate(given.vmId, never())).toMatchObject({ host: target });
  });

  run('a migration of an unknown VM or host is refused', ['live-migration'], async (given) => {
    const { driver, vmId, timeoutMs } = given;
    const { source, target } = await nextMove(given);
    const request = { attemptId, vmId, source, target, timeoutMs };
    await expect(driver.migrate({ ...request, vmId: unknownVm }, never())).rejects.toMatchObject({
      code: 'driver.vm-unknown',
    });
    await expect(
      driver.migrate({ ...request, target: unknownHost }, never()),
    ).rejects.toMatchObject({ code: 'driver.host-unknown' });
    expect(await driver.locate(vmId, never())).toMatchObject({ host: source, migrating: false });
  });

  run('a power cycle ends with a living VM on its host', ['power-cycle'], async (given) => {
    const { driver, vmId, timeoutMs } = given;
    const { source: host } = await nextMove(given);
    const result = await driver.powerCycle({ attemptId, vmId, host, timeoutMs }, never());
    expect(result).toMatchObject({ kind: 'completed' });
    expect(await driver.locate(vmId, never())).toMatchObject({ host, state: 'running' });
    await eventuallyAlive(given);
  });
}

function testAbort(run: Run): void {
  run('a migration aborted before it began does nothing', ['live-migration'], async (given) => {
    const { driver, vmId, timeoutMs } = given;
    const { source, target } = await nextMove(given);
    const request = { attemptId, vmId, source, target, timeoutMs };
    await expect(driver.migrate(request, AbortSignal.abort())).rejects.toMatchObject({
      code: 'migration.aborted',
    });
    expect(await driver.locate(vmId, never())).toMatchObject({ host: source, migrating: false });
  });

  run(
    'an aborted migration leaves the VM on exactly one host',
    ['live-migration'],
    async (given) => {
      const { driver, vmId, timeoutMs, abortAfterMs } = given;
      const { source, target } = await nextMove(given);
      const request = { attemptId, vmId, source, target, timeoutMs };
      const result = await driver.migrate(request, AbortSignal.timeout(abortAfterMs));
      const located = await eventuallySettled(given);
      expect([source, target]).toContain(located.host);
      if (result.kind === 'completed') expect(located.host).toBe(target);
      if (result.kind === 'failed') expect(located.host).toBe(source);
      const { vms } = await driver.inventory(never());
      expect(vms.filter((vm) => vm.id === vmId)).toHaveLength(1);
      await eventuallyAlive(given);
    },
  );

  run('every method ends when its signal aborts', [], async (given) => {
    const { driver, vmId, hosts, eventWithinMs } = given;
    const gone = AbortSignal.abort();
    const calls = [
      driver.inventory(gone),
      driver.fingerprint(vmId, hosts, gone),
      driver.locate(vmId, gone),
      driver.probe(vmId, gone),
      driver.watch(vmId, () => {}, gone),
      driver.collectEvidence({ attemptId, vmId, hosts, since: driver.clock.now() }, gone),
      driver.putBack([], gone),
    ];
    const ended = Promise.allSettled(calls);
    const late = new Promise((resolve) => setTimeout(resolve, eventWithinMs, 'late').unref());
    expect(await Promise.race([ended.then(() => 'ended'), late])).toBe('ended');
  });
}

function testWatch(run: Run): void {
  run('a watch reports a bugcheck exactly once', [], async (given) => {
    const crash = provoker(given);
    await using watch = await armWatch(given);
    await crash();
    const bugchecks = await watch.bugchecks(1);
    await quiet(given);
    expect(await watch.bugchecks(1)).toHaveLength(1);
    expect(bugchecks[0]).toMatchObject({ kind: 'bugcheck', subject: 'guest' });
    expect(await given.driver.probe(given.vmId, never())).toMatchObject({ alive: false });
  });

  run('a watch never reports what happened before it was armed', [], async (given) => {
    const crash = provoker(given);
    await crash();
    await using watch = await armWatch(given);
    await given.driver.locate(given.vmId, never());
    await quiet(given);
    expect(await watch.bugchecks(0)).toHaveLength(0);
  });

  run('a watch is silent after its signal aborted', [], async (given) => {
    const crash = provoker(given);
    await using watch = await armWatch(given);
    watch.end();
    await crash();
    await quiet(given);
    expect(watch.events.filter((event) => event.kind === 'bugcheck')).toHaveLength(0);
  });

  run('a clean migration is watched without a finding', ['live-migration'], async (given) => {
    await using watch = await armWatch(given);
    const { source, target } = await nextMove(given);
    expect(await migrate(given, source, target)).toMatchObject({ kind: 'completed' });
    await quiet(given);
    expect(await watch.bugchecks(0)).toHaveLength(0);
  });
}

function testAftermath(run: Run): void {
  run('a bugcheck leaves evidence that does not contradict it', [], async (given) => {
    const { driver, vmId, hosts } = given;
    const crash = provoker(given);
    const since = driver.clock.now();
    await using watch = await armWatch(given);
    await crash();
    const [seen] = await watch.bugchecks(1);
    const { evidence, stop } = await driver.collectEvidence(
      { attemptId, vmId, hosts, since },
      never(),
    );
    expect(evidence.length).toBeGreaterThan(0);
    for (const piece of evidence) expect(piece.bytes.byteLength).toBeGreaterThan(0);
    expect(new Set(evidence.map((piece) => piece.name)).size).toBe(evidence.length);
    if (seen?.kind === 'bugcheck' && seen.stop.code !== null && stop !== null) {
      expect(stop.code).toBe(seen.stop.code);
    }
  });

  run('recover brings a dead VM back to life', [], async (given) => {
    const { driver, vmId, hosts } = given;
    await provoker(given)();
    const recovered = await driver.recover(vmId, never());
    expect(recovered).toMatchObject({ vmId, state: 'running', migrating: false });
    expect(hosts).toContain(recovered.host);
    expect(await driver.locate(vmId, never())).toEqual(recovered);
    await eventuallyAlive(given);
  });

  run('put back restores placements', ['put-back', 'live-migration'], async (given) => {
    const { driver, vmId } = given;
    const { source, target } = await nextMove(given);
    expect(await migrate(given, source, target)).toMatchObject({ kind: 'completed' });
    expect(await driver.putBack([{ vmId, host: source }], never())).toEqual([]);
    expect(await driver.locate(vmId, never())).toMatchObject({ host: source, state: 'running' });
  });

  run('put back says what it could not restore', ['put-back'], async (given) => {
    const { driver, vmId } = given;
    const { source } = await nextMove(given);
    const differences = await driver.putBack(
      [
        { vmId: unknownVm, host: source },
        { vmId, host: unknownHost },
        { vmId, host: source },
      ],
      never(),
    );
    expect(differences).toHaveLength(2);
    expect(await driver.locate(vmId, never())).toMatchObject({ host: source });
  });
}

/** The signal of a call that may take as long as it likes: the test's own limit bounds it. */
function never(): AbortSignal {
  return new AbortController().signal;
}

function skipUnlessCapable(
  context: TestContext,
  driver: HypervisorDriver,
  needs: readonly DriverCapability[],
): void {
  const missing = needs.filter((need) => !driver.capabilities.has(need));
  context.skip(missing.length > 0, `the driver has no capability ${missing.join(', ')}`);
}

function provoker({ provokeBugcheck, vmId, context }: Given): () => Promise<void> {
  if (provokeBugcheck === null) return context.skip('the rig cannot provoke a bugcheck');
  return () => provokeBugcheck(vmId);
}

async function nextMove({ driver, vmId, hosts }: Given) {
  const { host } = await driver.locate(vmId, never());
  const [first, second] = hosts;
  return host === first ? { source: first, target: second } : { source: second, target: first };
}

function migrate(given: Given, source: string, target: string): Promise<MigrationResult> {
  const { driver, vmId, timeoutMs } = given;
  return driver.migrate({ attemptId, vmId, source, target, timeoutMs }, never());
}

async function eventuallyAlive({ driver, vmId, eventWithinMs }: Given): Promise<void> {
  await vi.waitFor(
    async () => expect(await driver.probe(vmId, never())).toMatchObject({ alive: true }),
    { timeout: eventWithinMs, interval: 20 },
  );
}

async function eventuallySettled({ driver, vmId, eventWithinMs }: Given): Promise<VmLocation> {
  return vi.waitFor(
    async () => {
      const located = await driver.locate(vmId, never());
      expect(located.migrating).toBe(false);
      return located;
    },
    { timeout: eventWithinMs, interval: 20 },
  );
}

async function makeHealthy({ driver, vmId }: ContractSetup): Promise<void> {
  const located = await driver.locate(vmId, never());
  const alive = located.state === 'running' && (await driver.probe(vmId, never())).alive;
  if (!alive) await driver.recover(vmId, never());
}

async function quiet({ quietMs }: Given): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, quietMs));
}

async function armWatch({ driver, vmId, eventWithinMs }: Given) {
  const controller = new AbortController();
  const events: GuestEvent[] = [];
  await driver.watch(vmId, (event) => events.push(event), controller.signal);
  const seen = () => events.filter((event) => event.kind === 'bugcheck');
  return {
    events,
    end: () => controller.abort(),
    bugchecks: (countMin: number) =>
      vi.waitFor(
        () => {
          expect(seen().length).toBeGreaterThanOrEqual(countMin);
          return seen();
        },
        { timeout: eventWithinMs, interval: 5 },
      ),
    [Symbol.asyncDispose]: async () => controller.abort(),
  };
}

/** Hands out a cluster per test, or one for the whole suite, and takes it down again. */
function createRig(setup: () => Promise<ContractSetup>, fresh: 'per-test' | 'per-suite') {
  let shared: Promise<ContractSetup> | null = null;
  return {
    async use(body: (given: ContractSetup) => Promise<void>): Promise<void> {
      if (fresh === 'per-suite') {
        shared ??= setup();
        return body(await shared);
      }
      await using given = await setup();
      await body(given);
    },
    async end(): Promise<void> {
      await (await shared)?.[Symbol.asyncDispose]();
    },
  };
}
