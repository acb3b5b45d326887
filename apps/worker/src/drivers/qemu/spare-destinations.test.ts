import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { expect, test } from 'vitest';
import type { QemuProcess } from './process/qemu-process.ts';
import { createSpareDestinations, type Destination } from './spare-destinations.ts';

/** A destination that only remembers whether it was killed. */
function standIn(name: string) {
  const state: { exit: QemuProcess['exit'] } = { exit: null };
  const process = {
    get exit() {
      return state.exit;
    },
    async kill() {
      state.exit = { code: null, signal: 'SIGKILL' };
    },
  } as QemuProcess;
  return { state, destination: { process, socket: `${name}.sock` } satisfies Destination };
}

function open(countMax = 2) {
  const clock = createFakeClock();
  return { clock, spares: createSpareDestinations(countMax, clock) };
}

test('a spare is given out once, and what comes after it is started as before', async () => {
  const { spares } = open();
  const { destination } = standIn('a');
  spares.prepare('vm', async () => destination);
  expect(await spares.take('vm')).toBe(destination);
  expect(await spares.take('vm')).toBeNull();
});

test('one that died, or never started, is not given out', async () => {
  const { spares } = open();
  const { destination, state } = standIn('a');
  spares.prepare('vm', async () => destination);
  state.exit = { code: 1, signal: null };
  expect(await spares.take('vm')).toBeNull();
  spares.prepare('vm', async () => {
    throw new Error('no memory');
  });
  expect(await spares.take('vm')).toBeNull();
});

test('dropping ends it, also while it still starts', async () => {
  const { spares } = open();
  const starting = Promise.withResolvers<Destination>();
  let isAborted = false;
  spares.prepare('vm', (signal) => {
    signal.addEventListener('abort', () => {
      isAborted = true;
    });
    return starting.promise;
  });
  const dropped = spares.drop('vm');
  expect(isAborted).toBe(true);
  expect(await spares.take('vm')).toBeNull();
  const { destination, state } = standIn('a');
  starting.resolve(destination);
  await dropped;
  expect(state.exit).not.toBeNull();
});

test('there are never more than allowed: the oldest one makes room', async () => {
  const { spares } = open(2);
  const all = ['a', 'b', 'c'].map((name) => ({ name, ...standIn(name) }));
  for (const { name, destination } of all) spares.prepare(name, async () => destination);
  expect(await spares.take('a')).toBeNull();
  expect(await spares.take('b')).toBe(all[1]?.destination);
  expect(await spares.take('c')).toBe(all[2]?.destination);
  await new Promise(setImmediate);
  expect(all.map(({ state }) => state.exit !== null)).toEqual([true, false, false]);
});

test('nobody came for it: it ends after half a minute, and all end with the cluster', async () => {
  const { spares, clock } = open();
  const [first, second] = [standIn('a'), standIn('b')];
  spares.prepare('a', async () => first.destination);
  await clock.advance(20_000);
  spares.prepare('b', async () => second.destination);
  await clock.advance(11_000);
  spares.tend();
  expect(await spares.take('a')).toBeNull();
  expect(second.state.exit).toBeNull();
  await spares[Symbol.asyncDispose]();
  expect([first.state.exit, second.state.exit]).not.toContain(null);
});
