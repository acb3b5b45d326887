import type { Heartbeat } from '@gauntlet/shared/contracts/worker-messages';
import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { expect, test } from 'vitest';
import { createWorkerRegistry } from './worker-registry.ts';

function aHeartbeat(workerId: string, attemptIds: string[] = []): Heartbeat {
  const running = attemptIds.map((attemptId) => {
    return { attemptId, clusterId: 'c', phase: 'copy' as const, startedAt: 0 };
  });
  const at = { startedAt: 0, sentAt: 0 };
  return {
    v: 1,
    kind: 'heartbeat',
    workerId,
    hostName: 'h',
    version: '1',
    drivers: [],
    ...at,
    running,
  };
}

test('a worker is dead once it is silent for longer than a few heartbeats', async () => {
  const clock = createFakeClock();
  const registry = createWorkerRegistry(clock);
  registry.onHeartbeat(aHeartbeat('w'));
  await clock.advance(5_000);
  expect(registry.isAlive('w')).toBe(true);
  await clock.advance(2_000);
  expect(registry.isAlive('w')).toBe(false);
  expect(registry.list()[0]).toMatchObject({ id: 'w', alive: false });
});

test('one never heard of is dead only after we have listened for that long', async () => {
  const clock = createFakeClock();
  const registry = createWorkerRegistry(clock);
  expect(registry.isAlive('unheard')).toBe(true);
  await clock.advance(7_000);
  expect(registry.isAlive('unheard')).toBe(false);
});

test('each attempt is news once', () => {
  const registry = createWorkerRegistry(createFakeClock());
  expect(registry.onHeartbeat(aHeartbeat('w', ['1']))).toEqual(['1']);
  expect(registry.onHeartbeat(aHeartbeat('w', ['1', '2']))).toEqual(['2']);
});
