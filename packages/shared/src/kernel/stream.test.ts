import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draw, drawExponential, drawIndex, drawUnit } from './stream.ts';

test('draws have golden values, so that stored campaigns replay', () => {
  expect([0, 1, 2].map((k) => draw(1, 'placement.target', k))).toMatchInlineSnapshot(`
    [
      698959297,
      1203870787,
      1674956531,
    ]
  `);
  expect(draw(2 ** 53 - 1, 'placement.target', 2 ** 53 - 1)).toMatchInlineSnapshot(`4030426594`);
});

test('streams do not disturb each other', () => {
  expect(draw(1, 'a', 0)).not.toBe(draw(1, 'b', 0));
  expect(draw(1, 'a', 0)).not.toBe(draw(2, 'a', 0));
});

test('unit draws are uniform: mean and chi-square over 16 cells', () => {
  const cells = Array.from({ length: 16 }, () => 0);
  const count = 64_000;
  for (let k = 0; k < count; k += 1) {
    const cell = Math.floor(drawUnit(7, 'uniform', k) * 16);
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  const expected = count / 16;
  const chiSquare = cells.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
  expect(chiSquare).toBeLessThan(37.7); // 0.999 quantile with 15 degrees of freedom
});

test('an exponential draw has the asked mean', () => {
  let sum = 0;
  for (let k = 0; k < 20_000; k += 1) sum += drawExponential(3, 'delay', k, 40);
  expect(sum / 20_000).toBeGreaterThan(39);
  expect(sum / 20_000).toBeLessThan(41);
});

test('an index is always inside its range', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 1000 }), (seed, k, count) => {
      const index = drawIndex(seed, 'index', k, count);
      return index >= 0 && index < count;
    }),
  );
});
