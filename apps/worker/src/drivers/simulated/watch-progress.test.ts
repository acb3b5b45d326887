import { expect, test } from 'vitest';
import { createWatchProgress } from './watch-progress.ts';

test('waiting ends when every watch of the VM has come as far, or has ended', async () => {
  const progress = createWatchProgress();
  const first = progress.arm('vm', 3);
  const second = progress.arm('vm', 3);
  progress.arm('other', 0);
  await progress.caughtUp('vm', 3);
  let isDone = false;
  const done = progress.caughtUp('vm', 5).then(() => {
    isDone = true;
  });
  first.seen(5);
  second.seen(4);
  await Promise.resolve();
  expect(isDone).toBe(false);
  second.end();
  await done;
  first.end();
  await progress.caughtUp('vm', 99);
});
