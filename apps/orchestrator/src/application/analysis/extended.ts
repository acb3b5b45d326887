import type { Extended } from '@gauntlet/shared/contracts/verdict';

/** JSON has no infinity: it travels as the string "Infinity". */
export function toExtended(value: number): Extended {
  return value === Infinity ? 'Infinity' : value;
}

export function toExtendedInterval({ lower, upper }: { lower: number; upper: number }) {
  return { lower, upper: toExtended(upper) };
}
