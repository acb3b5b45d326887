import { expect, test } from 'vitest';
import { StatisticsInputError } from './input.ts';
import { methods } from './methods.ts';
import { expectClose, vectors } from './testing/vectors.ts';

test('every method of the table is offered, and no other', () => {
  const inTable = new Set(vectors.map((row) => row.method));
  expect([...methods.keys()].toSorted()).toEqual([...inTable].toSorted());
  expect(methods.size).toBe(34);
});

test.each(vectors.map((row) => [`${row.method} ${JSON.stringify(row.inputs)}`, row] as const))(
  '%s agrees with R',
  (_, { method, inputs, expected, tolerance }) => {
    const answer = () => methods.get(method)?.answer(inputs) as Record<string, unknown>;
    if (expected['error'] === true) {
      expect(answer).toThrow(StatisticsInputError);
      return;
    }
    const actual = answer();
    for (const [key, value] of Object.entries(expected)) {
      expectClose(actual[key], value, { key, tolerance });
    }
  },
);

test('a method refuses what it does not know, with every fault named', () => {
  const run = () => methods.get('clopper_pearson')?.answer({ k: '1', n: 2, alfa: 0.05 });
  expect(run).toThrow(/\/k must be integer/);
  expect(run).toThrow(/alfa/);
  expect(run).toThrow(/alpha/);
});
