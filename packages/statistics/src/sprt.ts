import { checkOpenUnit, checkTally, checkThat, demand } from './input.ts';
import { ceilGuarded } from './numerics.ts';

export interface SprtInput {
  readonly pLow: number;
  readonly pHigh: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
  readonly n: number;
  readonly boundary?: 'guaranteed' | 'wald' | undefined;
}

/**
 * The test's state and its geometry in the (n, k) plane: decide "high" above the line
 * `interceptHigh + slope n`, "low" below `interceptLow + slope n`. `cleanToLow` is the clean run
 * that decides "low"; `asnLow` and `asnHigh` are the mean migrations to a decision at the rates.
 */
export interface Sprt {
  readonly llr: number;
  readonly logA: number;
  readonly logB: number;
  readonly slope: number;
  readonly interceptHigh: number;
  readonly interceptLow: number;
  readonly cleanToLow: number;
  readonly asnLow: number;
  readonly asnHigh: number;
  readonly decision: 'high' | 'low' | 'continue';
}

/**
 * Wald's sequential test of two rates that were named in advance. `guaranteed` limits
 * (log(1/alpha), log(beta)) bound both errors (Ville 1939); `wald` limits bound only their sum.
 * alpha = P("high" at pLow), beta = P("low" at pHigh). It takes pHigh as known: if it comes from a
 * baseline, use the baseline's lower bound. Source: Wald 1945.
 *
 * @throws StatisticsInputError unless 0 < pLow < pHigh < 1, 0 < alpha, beta < 1 (and, for `wald`,
 *   alpha + beta < 1: its limits cross there) and 0 <= k <= n are integers
 */
export function sprtBernoulli(input: SprtInput): Sprt {
  demandSprt(input);
  const { pLow, pHigh, alpha, beta, k, n } = input;
  const isWald = input.boundary === 'wald';
  const logA = isWald ? Math.log((1 - beta) / alpha) : -Math.log(alpha);
  const logB = isWald ? Math.log(beta / (1 - alpha)) : Math.log(beta);
  const perBugcheck = Math.log(pHigh / pLow);
  const perClean = Math.log1p(-pHigh) - Math.log1p(-pLow);
  const gain = perBugcheck - perClean;
  const drift = (p: number) => p * perBugcheck + (1 - p) * perClean;
  const llr = k * perBugcheck + (n - k) * perClean;
  return {
    llr,
    logA,
    logB,
    slope: -perClean / gain,
    interceptHigh: logA / gain,
    interceptLow: logB / gain,
    cleanToLow: ceilGuarded(logB / perClean),
    asnLow: ((1 - alpha) * logB + alpha * logA) / drift(pLow),
    asnHigh: (beta * logB + (1 - beta) * logA) / drift(pHigh),
    decision: decide(llr, logA, logB),
  };
}

function decide(llr: number, logA: number, logB: number): Sprt['decision'] {
  if (llr >= logA) return 'high';
  return llr <= logB ? 'low' : 'continue';
}

function demandSprt({ pLow, pHigh, alpha, beta, k, n, boundary }: SprtInput): void {
  demand(
    'sprt_bernoulli',
    checkOpenUnit('/pLow', pLow),
    checkOpenUnit('/pHigh', pHigh),
    checkThat(!(pLow >= pHigh), '/pLow', `must be below /pHigh (${pHigh}), not ${pLow}`),
    checkOpenUnit('/alpha', alpha),
    checkOpenUnit('/beta', beta),
    checkThat(
      boundary !== 'wald' || !(alpha + beta >= 1),
      '/beta',
      'must leave /alpha + /beta below 1 with the wald boundary',
    ),
    checkTally(['/k', k], ['/n', n]),
  );
}
