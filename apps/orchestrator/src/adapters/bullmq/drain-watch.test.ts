import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { expect, test } from 'vitest';
import { createDrainWatch } from './drain-watch.ts';

test('nobody waits while nothing was taken, or after a fetch found nothing', async () => {
  const watch = createDrainWatch(createFakeClock());
  await watch.idle(50);
  watch.taken();
  watch.drained();
  await watch.idle(50);
});

test('after a job was taken the next fetch is waited for, whatever it finds', async () => {
  const watch = createDrainWatch(createFakeClock());
  let idle = false;
  watch.taken();
  const waited = watch.idle(50).then(() => {
    idle = true;
  });
  watch.taken();
  await Promise.resolve();
  expect(idle).toBe(false);
  watch.drained();
  await waited;
});

test('a queue that never ends holds nobody up for longer than the limit', async () => {
  const clock = createFakeClock();
  const watch = createDrainWatch(clock);
  watch.taken();
  const waited = watch.idle(50);
  await clock.advance(50);
  await waited;
});
