import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { StatisticsInputError } from './input.ts';
import { methods } from './methods.ts';

interface Row {
  readonly method: string;
  readonly inputs: unknown;
  readonly expected: Record<string, unknown>;
  readonly tolerance: number;
}

const rows = readRows(new URL('../fixtures/statistics.csv', import.meta.url));

test('every method of the table is offered, and no other', () => {
  const inTable = new Set(rows.map((row) => row.method));
  expect([...methods.keys()].toSorted()).toEqual([...inTable].toSorted());
  expect(methods.size).toBe(34);
});

test.each(rows.map((row) => [`${row.method} ${JSON.stringify(row.inputs)}`, row] as const))(
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

const onLogScale = (key: string) => key.startsWith('log') || ['llr', 'coef', 'z'].includes(key);

function expectClose(
  actual: unknown,
  expected: unknown,
  { key, tolerance }: { readonly key: string; readonly tolerance: number },
): void {
  if (Array.isArray(expected)) {
    expect(actual).toHaveLength(expected.length);
    for (const [i, value] of expected.entries()) {
      expectClose((actual as unknown[])[i], value, { key, tolerance });
    }
    return;
  }
  if (typeof expected !== 'number') {
    expect(actual, key).toEqual(expected);
    return;
  }
  const scale = onLogScale(key) ? Math.max(1, Math.abs(expected)) : Math.abs(expected);
  const distance = Math.abs((actual as number) - expected);
  expect(distance, `${key}: ${String(actual)} for ${expected}`).toBeLessThanOrEqual(
    tolerance * scale,
  );
}

/** The table's CSV: every field quoted, quotes doubled, numbers bare. */
function readRows(url: URL): readonly Row[] {
  const [, ...lines] = readFileSync(url, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const fields = [...line.matchAll(/"((?:[^"]|"")*)"|([^,"]+)/g)].map(
      ([, quoted, bare]) => bare ?? (quoted ?? '').replaceAll('""', '"'),
    );
    const [method = '', inputs = '', expected = '', tolerance = ''] = fields;
    return {
      method,
      inputs: JSON.parse(inputs) as unknown,
      expected: JSON.parse(expected) as Record<string, unknown>,
      tolerance: Number(tolerance),
    };
  });
}
