import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** One row of fixtures/statistics.csv: a method, its inputs and what R makes of them. */
export interface Vector {
  readonly method: string;
  readonly inputs: unknown;
  readonly expected: Record<string, unknown>;
  readonly tolerance: number;
}

export const vectors: readonly Vector[] = readVectors(
  new URL('../../fixtures/statistics.csv', import.meta.url),
);

const onLogScale = (key: string) => key.startsWith('log') || ['llr', 'coef', 'z'].includes(key);

/** Holds an answer against the table: tolerances are relative, logs absolute below 1. */
export function expectClose(
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
function readVectors(url: URL): readonly Vector[] {
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
