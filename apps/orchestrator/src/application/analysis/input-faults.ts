import { AppError } from '@gauntlet/shared/contracts/errors';
import { StatisticsInputError } from '@gauntlet/statistics/input';

/**
 * Runs a calculation; what the statistics refuse becomes a 422 that names every fault.
 *
 * @param toPointer from the calculator's own field names to those the client used
 */
export function refusing<Result>(
  calculate: () => Result,
  toPointer: (pointer: string) => string = (pointer) => pointer,
): Result {
  try {
    return calculate();
  } catch (error) {
    if (!(error instanceof StatisticsInputError)) throw error;
    const errors = error.faults.map(({ pointer, detail }) => ({
      pointer: toPointer(pointer),
      detail,
    }));
    throw new AppError(
      'request.impossible',
      errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; '),
      { details: { errors }, cause: error },
    );
  }
}
