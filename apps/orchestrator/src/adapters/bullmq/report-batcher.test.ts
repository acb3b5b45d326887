import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { expect, test } from 'vitest';
import { createBatcher } from './report-batcher.ts';

function aBatcher(work: (items: readonly number[]) => Promise<void>, batchMax = 100) {
  const clock = createFakeClock();
  const stopping = new AbortController();
  const said: string[] = [];
  const batcher = createBatcher<number>({
    work,
    batchMax,
    clock,
    signal: stopping.signal,
    onFailure: () => said.push('failed'),
    onRecovery: () => said.push('recovered'),
  });
  return { batcher, clock, stopping, said };
}

test('what arrives together is one batch, what arrives meanwhile is the next', async () => {
  const batches: number[][] = [];
  const gate = Promise.withResolvers<void>();
  const { batcher } = aBatcher(async (items) => {
    batches.push([...items]);
    if (batches.length === 1) await gate.promise;
  });
  const first = [batcher.push(1), batcher.push(2)];
  await new Promise((resolve) => setImmediate(resolve));
  const second = [batcher.push(3), batcher.push(4)];
  gate.resolve();
  await Promise.all([...first, ...second]);
  expect(batches).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('a batch has a greatest size', async () => {
  const sizes: number[] = [];
  const { batcher } = aBatcher(async (items) => {
    sizes.push(items.length);
  }, 3);
  await Promise.all([1, 2, 3, 4, 5, 6, 7].map((item) => batcher.push(item)));
  expect(sizes).toEqual([3, 3, 1]);
});

test('a batch that fails is tried again until it succeeds, and nobody is told before', async () => {
  let calls = 0;
  const { batcher, clock, said } = aBatcher(async () => {
    calls += 1;
    if (calls < 4) throw new Error('no database');
  });
  let settled = false;
  const pushed = batcher.push(1).then(() => {
    settled = true;
  });
  await clock.advance(250);
  expect(settled).toBe(false);
  await clock.advance(10_000);
  await pushed;
  expect(calls).toBe(4);
  expect(said).toEqual(['failed', 'recovered']);
});

test('a shutdown ends the waiting and leaves the item to its queue', async () => {
  const { batcher, clock, stopping } = aBatcher(async () => {
    throw new Error('no database');
  });
  const pushed = batcher.push(1);
  pushed.catch(() => {});
  await clock.advance(50);
  stopping.abort(new Error('shutting down'));
  await expect(pushed).rejects.toThrow('shutting down');
});
