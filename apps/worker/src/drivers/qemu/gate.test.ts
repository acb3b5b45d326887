import { expect, test } from 'vitest';
import { createGate } from './gate.ts';

const never = new AbortController().signal;

test('no more than the maximum is ever inside, and the waiting enter in order', async () => {
  const gate = createGate(2);
  const order: number[] = [];
  let insideMax = 0;
  const visits = Array.from({ length: 20 }, async (_, index) => {
    const leave = await gate.enter(never);
    order.push(index);
    insideMax = Math.max(insideMax, gate.inside);
    await Promise.resolve();
    leave();
    leave(); // leaving twice must not let two others in
  });
  await Promise.all(visits);
  expect(insideMax).toBe(2);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(gate.inside).toBe(0);
});

test('who gives up waiting does not block those behind', async () => {
  const gate = createGate(1);
  const leave = await gate.enter(never);
  const impatient = new AbortController();
  const second = gate.enter(impatient.signal);
  const third = gate.enter(never);
  impatient.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  leave();
  (await third)();
  expect(gate.inside).toBe(0);
  await expect(gate.enter(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
});
