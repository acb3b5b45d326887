import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { expect, test } from 'vitest';
import { askSource, take } from './source.ts';

test('an answer is taken, a failure and a silence are no data', async () => {
  const clock = createFakeClock();
  expect(take(await askSource(clock, 1_000, async () => 7))).toBe(7);
  const failed = await askSource(clock, 1_000, async () => {
    throw new Error('disk on fire');
  });
  expect(() => take(failed)).toThrow('disk on fire');
  const thrown = await askSource(clock, 1_000, () => {
    throw new Error('at once');
  });
  expect(() => take(thrown)).toThrow('at once');
  const silent = askSource(clock, 1_000, () => new Promise<number>(() => {}));
  await clock.advance(1_000);
  const answered = await silent;
  expect(() => take(answered)).toThrow('no answer within 1000 ms');
});

test('no timer is left behind', async () => {
  const clock = createFakeClock();
  await askSource(clock, 1_000, async () => 7);
  expect(clock.sleeping).toBe(0);
});
