import { describe, expect, test } from 'vitest';
import { createLogAxis } from './log-axis.ts';

describe('a logarithmic axis', () => {
  test('spans whole powers of ten around the values', () => {
    const axis = createLogAxis([0.002, 0.3]);
    expect(axis.at(0.001)).toBe(0);
    expect(axis.at(1)).toBe(100);
    expect(axis.at(0.1)).toBeCloseTo(66.67, 1);
  });

  test('an end of zero or infinity lies beyond it, at its edge', () => {
    const axis = createLogAxis([0.1, 10]);
    expect([axis.at(0), axis.at(Number.POSITIVE_INFINITY)]).toEqual([0, 100]);
    expect([axis.isBeyond(0), axis.isBeyond(1)]).toEqual([true, false]);
  });

  test('has a few labels however wide it is, and an axis even without values', () => {
    expect(createLogAxis([1e-9, 1]).ticks.length).toBeLessThanOrEqual(4);
    expect(createLogAxis([]).ticks.length).toBeGreaterThan(1);
  });
});
