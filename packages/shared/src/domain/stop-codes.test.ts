import { expect, test } from 'vitest';
import { findStopCode, isLiveDump, nameOfStopCode, stopCodes } from './stop-codes.ts';

test('known codes have their name, unknown ones stay unknown', () => {
  expect(nameOfStopCode(0xd1)).toBe('DRIVER_IRQL_NOT_LESS_OR_EQUAL');
  expect(nameOfStopCode(0x20001)).toBe('HYPERVISOR_ERROR');
  expect(nameOfStopCode(0xdeadbeef)).toBe('unknown (0xDEADBEEF)');
  expect(nameOfStopCode(0)).toBe('unknown (0x00000000)');
});

test('a variant code is named by the code it varies', () => {
  expect(nameOfStopCode(0x1000007e)).toBe('SYSTEM_THREAD_EXCEPTION_NOT_HANDLED');
  expect(nameOfStopCode(0x1000008e)).toBe('KERNEL_MODE_EXCEPTION_NOT_HANDLED');
});

test('a live dump is no crash', () => {
  expect(isLiveDump(0x161)).toBe(true);
  expect(isLiveDump(0xd1)).toBe(false);
});

test('the catalogue has every code once and at most four parameters', () => {
  expect(new Set(stopCodes.map(({ code }) => code)).size).toBe(stopCodes.length);
  for (const { parameters } of stopCodes) expect(parameters.length).toBeLessThanOrEqual(4);
  expect(findStopCode(0xd1)?.parameters[3]).toBe('instruction that referenced it');
});
