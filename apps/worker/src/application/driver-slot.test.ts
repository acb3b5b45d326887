import type { ClusterDefinition } from '@gauntlet/shared/contracts/cluster-definition';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { expect, test } from 'vitest';
import { createScriptedDriver, type ScriptedDriver } from '../testing/scripted-driver.ts';
import { createDriverSlot } from './driver-slot.ts';

const definition: ClusterDefinition = {
  id: '0190c0de-0000-7000-8000-0000000000aa',
  name: 'demo',
  driver: 'simulated',
  options: {},
  revision: 1,
};

function createSlot(failing: AppError[] = []) {
  const clock = createFakeClock();
  const built: { revision: number; driver: ScriptedDriver }[] = [];
  const slot = createDriverSlot(definition, {
    clock,
    build: async ({ revision }) => {
      const error = failing.shift();
      if (error !== undefined) throw error;
      const driver = createScriptedDriver(clock);
      built.push({ revision, driver });
      return driver;
    },
  });
  return { slot, clock, built };
}

test('a driver is built once, when it is first needed', async () => {
  const { slot, built } = createSlot();
  expect(built).toHaveLength(0);
  await Promise.all([slot.use(async () => 1), slot.use(async () => 2)]);
  expect(built).toHaveLength(1);
});

test('a changed cluster gets its driver after the attempts on the old one have ended', async () => {
  const { slot, built } = createSlot();
  const attempt = Promise.withResolvers<void>();
  const first = slot.use(() => attempt.promise);
  await slot.use(async () => {});
  const replaced = slot.replace({ ...definition, revision: 2 });
  const second = slot.use(async (driver) => driver);
  await new Promise((resolve) => setImmediate(resolve));
  expect(built).toHaveLength(1);
  expect(built[0]?.driver.isDisposed()).toBe(false);
  attempt.resolve();
  await Promise.all([first, replaced]);
  expect(await second).toBe(built[1]?.driver);
  expect(built.map(({ revision }) => revision)).toEqual([1, 2]);
  expect(built[0]?.driver.isDisposed()).toBe(true);
});

test('a driver that is not available is tried again a while later, not for each attempt', async () => {
  const { slot, clock, built } = createSlot([new AppError('driver.unavailable', 'no kvm')]);
  await expect(slot.use(async () => {})).rejects.toMatchObject({ code: 'driver.unavailable' });
  await expect(slot.use(async () => {})).rejects.toMatchObject({ message: 'no kvm' });
  expect(built).toHaveLength(0);
  await clock.advance(5_000);
  await slot.use(async () => {});
  expect(built).toHaveLength(1);
});

test('options that do not fit stay wrong until the cluster changes', async () => {
  const { slot, clock, built } = createSlot([new AppError('driver.options', 'no host')]);
  await expect(slot.use(async () => {})).rejects.toMatchObject({ code: 'driver.options' });
  await clock.advance(60_000);
  await expect(slot.use(async () => {})).rejects.toMatchObject({ code: 'driver.options' });
  await slot.replace({ ...definition, revision: 2 });
  await slot.use(async () => {});
  expect(built.map(({ revision }) => revision)).toEqual([2]);
});

test('closing waits for the last user and closes the driver', async () => {
  const { slot, built } = createSlot();
  const attempt = Promise.withResolvers<void>();
  const using = slot.use(() => attempt.promise);
  const closed = slot[Symbol.asyncDispose]();
  attempt.resolve();
  await Promise.all([using, closed]);
  expect(built[0]?.driver.isDisposed()).toBe(true);
});
