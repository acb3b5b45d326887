import { AppError } from '@gauntlet/shared/contracts/errors';
import { ParseError, parse } from '@gauntlet/shared/contracts/parse';
import { SimulatedOptions } from '@gauntlet/shared/contracts/simulated-options';
import { type ResolvedCluster, resolveCluster } from '@gauntlet/simulated-cluster/resolve-options';

export interface ParsedOptions extends ResolvedCluster {
  /** What was asked for, as the simulator is told it. */
  readonly wish: SimulatedOptions;
  /** Address of the shared simulator; null: in-process. */
  readonly url: string | null;
}

/** @throws AppError `driver.options` naming every fault */
export function parseSimulatedOptions(options: unknown): ParsedOptions {
  const wish = parseWish(options);
  const resolved = resolveCluster(wish);
  const { contradictions } = resolved;
  if (contradictions.length > 0) {
    throw new AppError('driver.options', `simulated cluster: ${contradictions.join('; ')}`, {
      details: { errors: contradictions.map((detail) => ({ pointer: '', detail })) },
    });
  }
  return { ...resolved, wish, url: wish.url?.replace(/\/$/, '') ?? null };
}

function parseWish(options: unknown): SimulatedOptions {
  try {
    return parse(SimulatedOptions, options, 'options of the simulated cluster');
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const { faults } = error;
    throw new AppError('driver.options', error.message, {
      details: { errors: faults },
      cause: error,
    });
  }
}
