import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StatisticsInputError } from './input.ts';
import { methods } from './methods.ts';

/*
 * Whatever numbers a person sends, the answer is a finite number, an explicit Infinity, null, or an
 * error that says what is wrong: never NaN, never another exception, never an interval upside down.
 */
const count = fc.oneof(fc.nat(12), fc.nat(20_000), fc.constantFrom(0, 1, 2, 1_000_000));
const real = fc.oneof(
  fc.constantFrom(0, 1, -1, 0.05, 0.5, 1e-9, 1e-300, 1e300),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
const list = (entry: fc.Arbitrary<unknown>) => fc.array(entry, { minLength: 0, maxLength: 4 });
const stratum = fc.record({ k0: fc.nat(9), n0: count, k1: fc.nat(9), n1: count });

const shapes: Record<string, fc.Arbitrary<unknown>> = {
  side: fc.constantFrom('lower', 'upper'),
  null: fc.constantFrom('le', 'ge'),
  scheme: fc.constantFrom('time', 'failure'),
  boundary: fc.constantFrom('guaranteed', 'wald'),
  strata: list(stratum),
  X: fc.array(fc.array(fc.constantFrom(0, 1, 1, 2), { minLength: 2, maxLength: 2 }), {
    maxLength: 4,
  }),
  arms: list(fc.nat(1)),
  event: list(fc.nat(1)),
  r: list(real),
  w: fc.constantFrom([1], [0.5, 0.5], [0.25, 0.25, 0.5], []),
  t: list(real),
  time: list(real),
};

const vectorMethods = ['standardised_rate', 'cluster_dispersion', 'cluster_exact_p'];

function inputsOf(name: string): fc.Arbitrary<Record<string, unknown>> {
  const properties = (methods.get(name)?.inputs as { properties?: object } | undefined)?.properties;
  const isVector = vectorMethods.includes(name) || name.startsWith('firth');
  const fields = Object.entries(properties ?? {}).map(([field, schema]) => {
    const scalar = (schema as { type?: string }).type === 'integer' ? count : real;
    const isList = isVector && (field === 'k' || field === 'n');
    return [field, shapes[field] ?? (isList ? list(fc.nat(30)) : scalar)] as const;
  });
  return fc.record(Object.fromEntries(fields));
}

test.each([...methods.keys()])('%s answers any numbers without NaN', (name) => {
  fc.assert(
    fc.property(inputsOf(name), (inputs) => {
      const answer = answerOf(name, inputs);
      if (answer === 'refused') return;
      expect(JSON.stringify(answer)).not.toMatch(/NaN/);
      expect(hasNaN(answer)).toBe(false);
      const { lower, upper } = answer as { lower?: unknown; upper?: unknown };
      if (typeof lower === 'number' && typeof upper === 'number') {
        expect(lower).toBeLessThanOrEqual(upper * (1 + 1e-9));
      }
    }),
    { numRuns: 300, seed: 3 },
  );
});

function answerOf(name: string, inputs: unknown): unknown {
  try {
    return methods.get(name)?.answer(inputs);
  } catch (error) {
    expect(error).toBeInstanceOf(StatisticsInputError);
    return 'refused';
  }
}

function hasNaN(value: unknown): boolean {
  if (typeof value === 'number') return Number.isNaN(value);
  if (typeof value === 'string') return value === 'NaN';
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNaN);
}
