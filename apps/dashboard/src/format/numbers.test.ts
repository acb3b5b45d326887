import { describe, expect, test } from 'vitest';
import { formatBytes, formatRate, formatRateInterval } from './numbers.ts';
import { formatAgo, formatDuration } from './times.ts';

describe('figures as people say them', () => {
  test('a rate is one in so many; none seen is not zero', () => {
    expect(formatRate(1 / 4000)).toBe('1 in 4,000');
    expect(formatRate(0)).toBe('none seen');
    expect(formatRate(null)).toBe('–');
    expect(formatRate(0.4)).toBe('1 in 2.5');
  });

  test('an interval without a lower end says below', () => {
    expect(formatRateInterval({ lower: 0, upper: 1 / 2671 })).toBe('below 1 in 2,671');
    expect(formatRateInterval({ lower: 0.001, upper: 0.01 })).toBe('1 in 1,000 to 1 in 100');
  });

  test('durations have two units at most', () => {
    expect(formatDuration(820)).toBe('820 ms');
    expect(formatDuration(4_200)).toBe('4.2 s');
    expect(formatDuration(200_000)).toBe('3 min 20 s');
    expect(formatDuration(18_600_000)).toBe('5 h 10 min');
    expect(formatDuration(187_200_000)).toBe('2 d 4 h');
  });

  test('the past and the future are told apart', () => {
    expect(formatAgo(14_000)).toBe('14 s ago');
    expect(formatAgo(-10_800_000)).toBe('in 3 h');
    expect(formatAgo(300)).toBe('just now');
  });

  test('bytes are binary', () => {
    expect(formatBytes(1536)).toBe('1.5 KiB');
    expect(formatBytes(2 ** 31)).toBe('2 GiB');
  });
});
