import type { Coordination } from '@gauntlet/shared/contracts/coordination';
import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { expect, test } from 'vitest';
import { createStartGate } from './start-gate.ts';

function createGate(holdsLease: (clusterId: string) => Promise<boolean>) {
  const clock = createFakeClock();
  let asked = 0;
  const coordination = {
    holdsLease: (clusterId: string) => {
      asked += 1;
      return holdsLease(clusterId);
    },
  } as Coordination;
  const log = { info() {}, warn() {}, error() {} };
  return { clock, gate: createStartGate({ coordination, clock, log }), asked: () => asked };
}

test('a yes serves the starts of the next 100 ms and no later one', async () => {
  let isHeld = true;
  const { gate, clock, asked } = createGate(async () => isHeld);
  expect(await Promise.all([gate.mayStart('x'), gate.mayStart('x')])).toEqual([true, true]);
  expect(asked()).toBe(1);
  isHeld = false;
  await clock.advance(99);
  expect(await gate.mayStart('x')).toBe(true);
  await clock.advance(1);
  expect(await gate.mayStart('x')).toBe(false);
});

test('a no is asked again at once, and clusters do not answer for each other', async () => {
  let isHeld = false;
  const { gate } = createGate(async (clusterId) => isHeld && clusterId === 'x');
  expect(await gate.mayStart('x')).toBe(false);
  isHeld = true;
  expect(await gate.mayStart('x')).toBe(true);
  expect(await gate.mayStart('y')).toBe(false);
});

test('a backend that fails or is silent for half a second says no', async () => {
  const failing = createGate(() => Promise.reject(new Error('connection lost')));
  expect(await failing.gate.mayStart('x')).toBe(false);
  const silent = createGate(() => new Promise<never>(() => {}));
  const answer = silent.gate.mayStart('x');
  await silent.clock.advance(501);
  expect(await answer).toBe(false);
  expect(silent.clock.sleeping).toBe(0);
});
