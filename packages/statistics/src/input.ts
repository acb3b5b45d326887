/** One fault of an input: where (a JSON pointer into it) and what is wrong there. */
export interface InputFault {
  readonly pointer: string;
  readonly detail: string;
}

/** A calculator was asked something that has no answer. The message names every fault. */
export class StatisticsInputError extends Error {
  override readonly name = 'StatisticsInputError';
  readonly faults: readonly InputFault[];

  constructor(what: string, faults: readonly InputFault[]) {
    super(`${what}: ${faults.map((fault) => `${fault.pointer} ${fault.detail}`).join('; ')}`);
    this.faults = faults;
  }
}

type Check = InputFault | null | readonly (InputFault | null)[];

/** Throws a StatisticsInputError that names every fault among `checks`, if there is one. */
export function demand(what: string, ...checks: readonly Check[]): void {
  if (checks.every((check) => check === null)) return;
  const faults = checks.flat().filter((fault) => fault !== null);
  if (faults.length > 0) throw new StatisticsInputError(what, faults);
}

/** A number of things: an integer in [min, 2^53). */
export function checkCount(pointer: string, value: number, min = 0): InputFault | null {
  if (Number.isSafeInteger(value) && value >= min) return null;
  return { pointer, detail: `must be an integer of at least ${min}, not ${String(value)}` };
}

/** Bugchecks `k` among migrations `n`: both counts, k no more than n. */
export function checkTally(
  [kPointer, k]: readonly [string, number],
  [nPointer, n]: readonly [string, number],
): readonly (InputFault | null)[] {
  const counts = [checkCount(kPointer, k), checkCount(nPointer, n)];
  if (counts.some((fault) => fault !== null) || k <= n) return counts;
  return [{ pointer: kPointer, detail: `must be at most ${nPointer} (${n}), not ${k}` }];
}

/** Beyond these a double has no digits left for the tails, and the answer would be noise. */
const smallest = 1e-15;
const largest = 1e15;

/** A significance level, or any probability that must be neither 0 nor 1: in [1e-15, 1). */
export function checkOpenUnit(pointer: string, value: number): InputFault | null {
  if (value >= smallest && value < 1) return null;
  const detail = `must be above 0 (at least ${smallest}) and below 1, not ${String(value)}`;
  return { pointer, detail };
}

/** A rate per migration: a number in [0, 1]. */
export function checkRate(pointer: string, value: number): InputFault | null {
  if (value >= 0 && value <= 1) return null;
  return { pointer, detail: `must be from 0 to 1, not ${String(value)}` };
}

/** A number above 0: in [1e-15, 1e15]. */
export function checkPositive(pointer: string, value: number): InputFault | null {
  if (value >= smallest && value <= largest) return null;
  const detail = `must be above 0 (${smallest} to ${largest}), not ${String(value)}`;
  return { pointer, detail };
}

/** Any condition between inputs, in words. */
export function checkThat(holds: boolean, pointer: string, detail: string): InputFault | null {
  return holds ? null : { pointer, detail };
}
