import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { expect, test } from 'vitest';
import { ClockStoppedError, createScaledClock } from './scaled-clock.ts';

test('simulated time runs faster by the scale', async () => {
  const base = createFakeClock();
  using clock = createScaledClock(base, { scale: 100 });
  const before = clock.now();
  await base.advance(50);
  expect(clock.now() - before).toBe(5000);
  expect(clock.monotonicMs()).toBe(5000);
});

test('sleepers wake in the order of their times, whatever order they came in', async () => {
  const base = createFakeClock();
  using clock = createScaledClock(base, { scale: 1000 });
  const woken: number[] = [];
  const sleeps = [5000, 1000, 9000, 1000].map((ms, i) =>
    clock.sleep(ms).then(() => {
      woken.push(i);
    }),
  );
  await base.advance(20);
  await Promise.all(sleeps);
  expect(woken).toEqual([1, 3, 0, 2]);
});

test('time never runs backwards and a sleeper never wakes early', async () => {
  const base = createFakeClock();
  using clock = createScaledClock(base, { scale: 1000 });
  let last = 0;
  const chain = async () => {
    for (let i = 0; i < 50; i += 1) {
      const due = clock.monotonicMs() + 300;
      await clock.sleep(300);
      expect(clock.monotonicMs()).toBeGreaterThanOrEqual(due);
      expect(clock.monotonicMs()).toBeGreaterThanOrEqual(last);
      last = clock.monotonicMs();
    }
  };
  const done = Promise.all([chain(), chain()]);
  for (let i = 0; i < 40; i += 1) await base.advance(1);
  await done;
});

test('short sleeps run ahead of the scale by a few real milliseconds only', async () => {
  const base = createFakeClock();
  using clock = createScaledClock(base, { scale: 1000 });
  let reached = 0;
  const chain = async () => {
    for (let i = 0; i < 1000; i += 1) {
      await clock.sleep(100);
      reached = clock.monotonicMs();
    }
  };
  const ended = chain().catch(() => 'stopped');
  for (let i = 0; i < 100; i += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(reached).toBeGreaterThan(1000);
  expect(reached).toBeLessThanOrEqual(4000);
  clock[Symbol.dispose]();
  expect(await ended).toBe('stopped');
});

test('an aborted sleep ends at once with the reason of its signal', async () => {
  const base = createFakeClock();
  using clock = createScaledClock(base, { scale: 1 });
  const controller = new AbortController();
  const sleep = clock.sleep(1e6, controller.signal);
  controller.abort('enough');
  await expect(sleep).rejects.toBe('enough');
  await expect(clock.sleep(1, controller.signal)).rejects.toBe('enough');
});

test('a clock that is taken down wakes everybody and leaves no timer', async () => {
  const base = createFakeClock();
  const clock = createScaledClock(base, { scale: 1 });
  const sleep = clock.sleep(1e9);
  clock[Symbol.dispose]();
  await expect(sleep).rejects.toBeInstanceOf(ClockStoppedError);
  await expect(clock.sleep(1)).rejects.toBeInstanceOf(ClockStoppedError);
  expect(base.sleeping).toBe(0);
});

test('a new scale holds from now on and for who sleeps already', async () => {
  const base = createFakeClock();
  using clock = createScaledClock(base, { scale: 1 });
  let isAwake = false;
  const sleep = clock.sleep(100_000).then(() => {
    isAwake = true;
  });
  await base.advance(1000);
  clock.setScale(1000);
  expect(clock.monotonicMs()).toBe(1000);
  await base.advance(90);
  expect(isAwake).toBe(false);
  await base.advance(20);
  await sleep;
  expect(clock.monotonicMs()).toBeCloseTo(111_000, 0);
});
