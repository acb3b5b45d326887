import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import fc from 'fast-check';
import { PowerShell } from 'node-powershell';
import { describe, expect, test, vi } from 'vitest';
import { shellEnvironment } from '../../src/drivers/hyperv/powershell/environment.ts';
import { toRequestLine } from '../../src/drivers/hyperv/powershell/frame.ts';
import {
  createLane,
  type Lane,
  type LaneLimits,
} from '../../src/drivers/hyperv/powershell/lane.ts';
import { createShell } from '../../src/drivers/hyperv/powershell/shell.ts';
import { type Desk, openDesk, standInModule } from './stand-in/desk.ts';

const soonMs = 10_000;
/** The limit of a wait on a busy machine, not a pause. */
const soon = { timeout: 30_000, interval: 20 };
const echo = '[Console]::Out.Write("hello")';

describe('the bare library, and ours', () => {
  test('a fast command behind CRLF hangs the library for ever; ours gets its answer', async () => {
    await using desk = await echoDesk();
    const executable = await desk.installShell({ newline: 'crlf', chunks: 'coalesce' });
    const bare = await startBare(executable);
    expect(await within(bare.invoke(echo), 1000)).toBe('still waiting');
    await endBare(bare);

    await using lane = openLane(executable);
    for (let call = 0; call < 10; call += 1) {
      expect(await lane.call('echo', { call }, options())).toMatchObject({ data: { call } });
    }
    expect(lane.generation).toBe(1);
  });

  test('a shell that ends in mid-call looks like success to the library, not to ours', async () => {
    await using desk = await echoDesk();
    const executable = await desk.installShell();
    const bare = await startBare(executable);
    await bare.invoke(bootLine());
    desk.breakNext('echo', 'exit-0');
    const result = await bare.invoke(toRequestLine(request('echo')));
    expect(result).toMatchObject({ hadErrors: false, raw: '' });

    await using lane = openLane(executable);
    desk.breakNext('echo', 'exit-0');
    expect(await lane.call('echo', {}, options())).toMatchObject({ fault: 'exited' });
    expect(await lane.call('echo', { again: 1 }, options())).toMatchObject({ data: { again: 1 } });
    expect(lane.generation).toBe(2);
  });

  test('a time-out poisons the library; ours has a new shell for the next call', async () => {
    await using desk = await echoDesk();
    const executable = await desk.installShell();
    const bare = await startBare(executable, { invocationTimeout: 2000 });
    await bare.invoke(bootLine());
    desk.breakNext('echo', 'hang');
    await expect(bare.invoke(toRequestLine(request('echo')))).rejects.toMatchObject({
      message: '',
    });
    await expect(bare.invoke(echo)).rejects.toMatchObject({ message: '' });
    await endBare(bare);

    await using lane = openLane(executable);
    desk.breakNext('echo', 'hang');
    const clock = impatient();
    await using shell = createShell(specOf(executable), 1, clock);
    await shell.boot(soonMs);
    expect(await shell.call('echo', {}, 1)).toMatchObject({ fault: 'timeout' });
    expect(shell.usable).toBe(false);
    expect(await lane.call('echo', { fresh: true }, options())).toMatchObject({
      data: { fresh: true },
    });
  });

  test('calls that wait when the shell ends never settle in the library; ours all do', async () => {
    await using desk = await echoDesk();
    const executable = await desk.installShell();
    const bare = await startBare(executable);
    await bare.invoke(bootLine());
    desk.breakNext('echo', 'exit-0');
    const first = bare.invoke(toRequestLine(request('echo')));
    const second = bare.invoke(echo);
    await first;
    expect(await within(second, 500)).toBe('still waiting');

    await using lane = openLane(executable);
    desk.breakNext('echo', 'exit-1');
    const calls = [0, 1, 2, 3].map((call) => lane.call('echo', { call }, options()));
    const kinds = (await Promise.all(calls)).map(({ kind }) => kind);
    expect(kinds).toEqual(['fault', 'answer', 'answer', 'answer']);
  });

  test('a missing executable ends the process of the library; ours says so and goes on', async () => {
    const script = `
      const { PowerShell } = require('node-powershell');
      new PowerShell({ executable: '/no/such/powershell' });
      setTimeout(() => process.exit(0), 1000);`;
    const child = spawn(process.execPath, ['-e', script], {
      cwd: import.meta.dirname,
      stdio: 'pipe',
    });
    const [code] = await once(child, 'exit');
    expect(code).not.toBe(0);

    await using lane = openLane('/no/such/powershell');
    const first = await lane.call('echo', {}, options());
    expect(first).toMatchObject({ kind: 'fault', fault: 'spawn' });
    // The next one does not even try: a pause grows between tries.
    const second = await lane.call('echo', {}, options());
    expect(second).toMatchObject({ fault: 'spawn', detail: expect.stringContaining('next try') });
  });

  test('the library keeps any output whole; ours ends a shell that says too much', async () => {
    await using desk = await echoDesk();
    const executable = await desk.installShell();
    const bare = await startBare(executable);
    await bare.invoke(bootLine());
    desk.breakNext('echo', 'huge');
    await bare.invoke(toRequestLine(request('echo')));
    expect(bare.history[0]?.stdout?.length).toBeGreaterThan(4_000_000);
    await endBare(bare);

    await using lane = openLane(executable);
    desk.breakNext('echo', 'huge');
    expect(await lane.call('echo', {}, options())).toMatchObject({ fault: 'too-large' });
    expect(await lane.call('echo', { n: 2 }, options())).toMatchObject({ data: { n: 2 } });
  });

  test('data with a line break or a quote swallow the library; ours carry them', async () => {
    await using desk = await echoDesk();
    const executable = await desk.installShell();
    const bare = await startBare(executable);
    const name = 'vm "\n$(Remove-VM *)';
    const command = PowerShell.command`[Console]::Out.Write(${name})`;
    expect(await within(bare.invoke(command), 500)).toBe('still waiting');
    await endBare(bare);

    await using lane = openLane(executable);
    const names = [name, "it's", '\u2018\u201c\u201d\u2019', '`$(x)`', '\u{1f980}\u202e', 'a\0b'];
    expect(await lane.call('echo', { names }, options())).toMatchObject({ data: { names } });
  });

  test('NODE_POWERSHELL overrules the library; ours neither obeys nor hands it on', async () => {
    await using desk = await echoDesk();
    const executable = await desk.installShell();
    vi.stubEnv('NODE_POWERSHELL', '/no/such/override');
    try {
      await using lane = openLane(executable);
      expect(await lane.call('echo', {}, options())).toMatchObject({ kind: 'answer' });
    } finally {
      vi.unstubAllEnvs();
    }
    expect(desk.environment).not.toContain('NODE_POWERSHELL');
    expect(desk.environment).not.toContain('NODE_OPTIONS');
    expect(desk.environment).toContain('PATH');
  });
});

describe('a lane', () => {
  test.each(['wrong-id', 'duplicate', 'truncated', 'stderr', 'no-reply'] as const)(
    'replaces a shell that speaks out of turn: %s',
    async (fault) => {
      await using desk = await echoDesk();
      await using lane = openLane(await desk.installShell());
      desk.breakNext('echo', fault);
      expect(await lane.call('echo', {}, options())).toMatchObject({ fault: 'protocol' });
      expect(await lane.call('echo', { n: 1 }, options())).toMatchObject({ data: { n: 1 } });
      expect(lane.generation).toBe(2);
    },
  );

  test('outlives a shell that is killed', async () => {
    await using desk = await echoDesk();
    await using lane = openLane(await desk.installShell());
    desk.breakNext('echo', 'kill');
    expect(await lane.call('echo', {}, options())).toMatchObject({ fault: 'exited' });
    expect(await lane.call('echo', { n: 1 }, options())).toMatchObject({ data: { n: 1 } });
  });

  test('takes a warning on the output for what it is', async () => {
    await using desk = await echoDesk();
    await using lane = openLane(await desk.installShell({ newline: 'crlf' }));
    desk.breakNext('echo', 'warning');
    expect(await lane.call('echo', { n: 1 }, options())).toMatchObject({ data: { n: 1 } });
    expect(lane.generation).toBe(1);
  });

  test('reads answers that come byte by byte', async () => {
    await using desk = await echoDesk();
    await using lane = openLane(await desk.installShell({ newline: 'crlf', chunks: 'split' }));
    for (let n = 0; n < 5; n += 1) {
      expect(await lane.call('echo', { n }, options())).toMatchObject({ data: { n } });
    }
    expect(lane.generation).toBe(1);
  });

  test('passes on what PowerShell refused, and keeps the shell', async () => {
    const error = {
      fqid: 'X,Y',
      category: 'InvalidArgument',
      type: null,
      hresult: null,
      message: 'no',
    };
    await using desk = await openDesk(() => ({ ok: false, error }));
    await using lane = openLane(await desk.installShell());
    expect(await lane.call('echo', {}, options())).toEqual({ kind: 'refused', error });
    expect(lane.generation).toBe(1);
  });

  test('replaces its shell after so many calls', async () => {
    await using desk = await echoDesk();
    await using lane = openLane(await desk.installShell(), { callsPerShellMax: 3 });
    for (let n = 0; n < 5; n += 1) await lane.call('echo', { n }, options());
    // Three calls a shell, its first ping among them.
    expect(lane.generation).toBe(3);
  });

  test('asks a shell that rested for a sign of life', async () => {
    await using desk = await echoDesk();
    await using lane = openLane(await desk.installShell(), { idleMsMax: -1 });
    await lane.call('echo', {}, options());
    await lane.call('echo', {}, options());
    expect(desk.requests.map(({ op }) => op)).toEqual(['ping', 'echo', 'ping', 'echo']);
    desk.breakNext('ping', 'exit-1');
    expect(await lane.call('echo', { n: 3 }, options())).toMatchObject({ data: { n: 3 } });
    expect(lane.generation).toBe(2);
  });

  test('stops waiting when told to, and drops the late answer', async () => {
    const gate = Promise.withResolvers<void>();
    await using desk = await openDesk(async ({ args }) => {
      if (args.slow === true) await gate.promise;
      return { ok: true, data: args };
    });
    await using lane = openLane(await desk.installShell());
    await lane.call('echo', {}, options());
    const aborting = new AbortController();
    const slow = lane.call('echo', { slow: true }, { deadlineMs: soonMs, signal: aborting.signal });
    const next = lane.call('echo', { n: 2 }, options());
    await vi.waitFor(() => expect(desk.requests.at(-1)?.args.slow).toBe(true), soon);
    aborting.abort();
    expect(await slow).toMatchObject({ fault: 'aborted' });
    gate.resolve();
    expect(await next).toMatchObject({ data: { n: 2 } });
    expect(lane.generation).toBe(1);
  });

  test('of another kind goes on while one hangs', async () => {
    await using desk = await echoDesk();
    const executable = await desk.installShell();
    await using control = openLane(executable);
    await using observation = openLane(executable);
    desk.breakNext('migration.start', 'hang');
    const aborting = new AbortController();
    const hung = control.call(
      'migration.start',
      {},
      { deadlineMs: 60_000, signal: aborting.signal },
    );
    await vi.waitFor(() => expect(desk.requests.at(-1)?.op).toBe('migration.start'), soon);
    expect(await observation.call('echo', { n: 1 }, options())).toMatchObject({ data: { n: 1 } });
    aborting.abort();
    expect(await hung).toMatchObject({ fault: 'aborted' });
  });

  test('has a bound on what may wait', async () => {
    await using desk = await echoDesk();
    await using lane = openLane(await desk.installShell(), { waitingMax: 2 });
    const calls = [0, 1, 2].map((n) => lane.call('echo', { n }, options()));
    expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual([
      'answer',
      'answer',
      'fault',
    ]);
  });

  test('ends even a shell that ignores being asked to', async () => {
    await using desk = await echoDesk();
    const lane = openLane(await desk.installShell({ stubborn: true }));
    await lane.call('echo', {}, options());
    const { pid } = lane;
    await lane[Symbol.asyncDispose]();
    expect(() => process.kill(pid ?? 0, 0)).toThrow();
    expect(await lane.call('echo', {}, options())).toMatchObject({ fault: 'aborted' });
  });

  test('starts again once PowerShell can be started', async () => {
    await using desk = await echoDesk();
    const working = await desk.installShell();
    const path = `${working}-later`;
    await using lane = openLane(path, { backoffMsMin: 1 });
    expect(await lane.call('echo', {}, options())).toMatchObject({ fault: 'spawn' });
    await writeFile(path, `#!/bin/sh\nexec '${working}' "$@"\n`, { mode: 0o755 });
    await vi.waitFor(async () => {
      expect(await lane.call('echo', { n: 1 }, options())).toMatchObject({ data: { n: 1 } });
    }, soon);
  });

  test('says what is wrong with a module that cannot be loaded', async () => {
    await using desk = await echoDesk();
    const executable = await desk.installShell();
    await using lane = openLane(executable, {}, '/no/such/Module.psm1');
    expect(await lane.call('echo', {}, options())).toMatchObject({
      fault: 'spawn',
      detail: expect.stringContaining('/no/such/Module.psm1'),
    });
  });
});

test('a request is one line of ASCII that cannot leave its quotes, whatever it carries', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (op, args) => {
      const line = toRequestLine({ id: 'g1-1', op, args, deadlineMs: 1 });
      expect(line).toMatch(/^Invoke-GauntletOp '[A-Za-z0-9+/=]+'$/);
    }),
  );
});

test('a request that is too long is refused, not cut', async () => {
  await using desk = await echoDesk();
  await using lane = openLane(await desk.installShell());
  const outcome = await lane.call('echo', { text: 'x'.repeat(10_000) }, options());
  expect(outcome).toMatchObject({ kind: 'refused' });
});

function echoDesk(): Promise<Desk> {
  return openDesk(({ args }) => ({ ok: true, data: args }));
}

function openLane(
  executable: string,
  limits: Partial<LaneLimits> = {},
  modulePath: string = standInModule,
): Lane {
  return createLane({
    name: 'test',
    startShell: (generation) =>
      createShell({ ...specOf(executable), modulePath }, generation, systemClock),
    clock: systemClock,
    log: createSilentLogger(),
    limits,
  });
}

function specOf(executable: string) {
  return {
    executable,
    executableOptions: { '-NoProfile': true, '-NonInteractive': true },
    env: shellEnvironment(process.env),
    cwd: import.meta.dirname,
    modulePath: standInModule,
  };
}

/** A clock on which every wait is short, so that a deadline passes at once. */
function impatient() {
  return {
    ...systemClock,
    sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 1500), signal),
  };
}

async function startBare(executable: string, more: { invocationTimeout?: number } = {}) {
  const bare = new PowerShell({
    executable,
    spawnOptions: { env: shellEnvironment(process.env) },
    ...more,
  });
  bare['exitPromise'].catch(() => {});
  bare.streams.stdin.on('error', () => {});
  return bare;
}

async function endBare(bare: PowerShell): Promise<void> {
  bare['process'].kill('SIGKILL');
  await once(bare['process'], 'exit');
}

function bootLine(): string {
  const path = Buffer.from(standInModule).toString('base64');
  return `Import-Module -Name ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${path}')))`;
}

function request(op: string) {
  return { id: 'g1-1', op, args: {}, deadlineMs: 1000 };
}

function options() {
  return { deadlineMs: soonMs };
}

function within<Value>(promise: Promise<Value>, ms: number): Promise<Value | 'still waiting'> {
  return Promise.race([
    promise,
    new Promise<'still waiting'>((resolve) => setTimeout(resolve, ms, 'still waiting')),
  ]);
}
