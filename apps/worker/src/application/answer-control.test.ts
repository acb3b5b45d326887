import { AppError } from '@gauntlet/shared/contracts/errors';
import { parse } from '@gauntlet/shared/contracts/parse';
import { ControlReply, type ControlRequest } from '@gauntlet/shared/contracts/worker-messages';
import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { expect, test } from 'vitest';
import { createScriptedDriver, type Script } from '../testing/scripted-driver.ts';
import { answerControl } from './answer-control.ts';

const head = {
  v: 1,
  requestId: '0190c0de-0000-7000-8000-000000000002',
  clusterId: '0190c0de-0000-7000-8000-0000000000aa',
} as const;

async function answer(request: ControlRequest, script?: Script): Promise<ControlReply> {
  const clock = createFakeClock();
  const driver = createScriptedDriver(clock, script);
  const answered = answerControl(
    request,
    { clock, workerId: 'worker-1', useDriver: (work) => work(driver) },
    new AbortController().signal,
  );
  await clock.advance(120_000);
  return parse(ControlReply, await answered, 'reply');
}

test('an inventory is passed on', async () => {
  const reply = await answer({ ...head, op: 'inventory' });
  expect(reply).toMatchObject({ ok: true, inventory: { hosts: [], vms: [] }, locations: null });
});

test('a VM nobody knows is an answer: its host is unknown', async () => {
  const reply = await answer({ ...head, op: 'locate', vmIds: ['vm-1', 'gone'] });
  expect(reply.locations).toEqual([
    { vmId: 'vm-1', host: 'a', state: 'running', migrating: false },
    { vmId: 'gone', host: null, state: 'unknown', migrating: false },
  ]);
});

test('what could not be put back is said', async () => {
  const placements = [
    { vmId: 'vm-1', host: 'a' },
    { vmId: 'gone', host: 'a' },
  ];
  const reply = await answer({ ...head, op: 'put-back', placements });
  expect(reply).toMatchObject({ ok: true, differences: ['no VM gone'] });
});

test('a question that fails or hangs is answered with why', async () => {
  const failed = await answer(
    { ...head, op: 'inventory' },
    {
      inventory: async () => {
        throw new AppError('driver.unavailable', 'no connection');
      },
    },
  );
  expect(failed).toMatchObject({ ok: false, error: 'inventory failed: no connection' });
  const hung = await answer(
    { ...head, op: 'inventory' },
    { inventory: () => new Promise<never>(() => {}) },
  );
  expect(hung).toMatchObject({ ok: false, error: 'inventory failed: it did not end in time' });
});

test('a driver that cannot be built is the answer', async () => {
  const useDriver = async () => {
    throw new AppError('driver.options', 'hosts must not be empty');
  };
  const reply = await answerControl(
    { ...head, op: 'inventory' },
    { clock: createFakeClock(), workerId: 'worker-1', useDriver },
    new AbortController().signal,
  );
  expect(reply).toMatchObject({ ok: false, error: 'inventory failed: hosts must not be empty' });
});
