import { expect, test } from 'vitest';
import { formatInZone } from './times.ts';

test('a moment is said as the clocks of the schedule show it, and the long hour has two names', () => {
  expect(formatInZone('2026-10-25T00:30:00.000Z', 'Europe/Berlin')).toBe('Sun 25 Oct, 02:30 GMT+2');
  expect(formatInZone('2026-10-25T01:30:00.000Z', 'Europe/Berlin')).toBe('Sun 25 Oct, 02:30 GMT+1');
  expect(formatInZone('2026-03-29T01:00:00.000Z', 'Europe/Berlin')).toBe('Sun 29 Mar, 03:00 GMT+2');
});
