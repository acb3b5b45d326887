import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { expect, test } from 'vitest';
import { createLanes, type LoopContext, runLoop } from './loops.ts';

function aContext() {
  const clock = createFakeClock();
  const lines: string[] = [];
  const write = (level: string) => (_data: object, message: string) => {
    lines.push(`${level} ${message}`);
  };
  const log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  const stopping = new AbortController();
  const context: LoopContext = {
    clock,
    log,
    signal: stopping.signal,
    troubles: new Map(),
    silent: new Set(),
  };
  return { clock, lines, stopping, context };
}

test('a loop that fails says so once, backs off, and says when it works again', async () => {
  const { clock, lines, stopping, context } = aContext();
  let calls = 0;
  const work = async () => {
    calls += 1;
    if (calls <= 4) throw new Error('no database');
  };
  const ended = runLoop(context, { name: 'leases', everyMs: 100, work });
  await clock.advance(500);
  expect(calls).toBeLessThanOrEqual(3);
  expect([...context.troubles.values()]).toEqual(['leases: no database']);
  await clock.advance(10_000);
  expect(lines).toEqual([expect.stringMatching(/^error /), 'info all works again']);
  expect(context.troubles.size).toBe(0);
  stopping.abort(new Error('over'));
  await clock.advance(0);
  await ended;
});

test('kicks during a run are one more run, never two at once', async () => {
  const { context } = aContext();
  let running = 0;
  let most = 0;
  const runs: string[] = [];
  const lanes = createLanes(context, 'dispatch', async (key) => {
    running += 1;
    most = Math.max(most, running);
    runs.push(key);
    await Promise.resolve();
    running -= 1;
  });
  for (let i = 0; i < 5; i += 1) lanes.kick('a');
  await lanes.idle();
  expect(runs).toEqual(['a', 'a']);
  expect(most).toBe(1);
});

test('different keys do not wait for each other', async () => {
  const { context } = aContext();
  const gate = Promise.withResolvers<void>();
  const done: string[] = [];
  const lanes = createLanes(context, 'dispatch', async (key) => {
    if (key === 'slow') await gate.promise;
    done.push(key);
  });
  lanes.kick('slow');
  lanes.kick('fast');
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(done).toEqual(['fast']);
  gate.resolve();
  await lanes.idle();
});

test('a failed lane tries again by itself', async () => {
  const { clock, context } = aContext();
  let calls = 0;
  const lanes = createLanes(context, 'dispatch', async () => {
    calls += 1;
    if (calls === 1) throw new Error('lost');
  });
  lanes.kick('a');
  await clock.advance(1_000);
  await lanes.idle();
  expect(calls).toBe(2);
});
