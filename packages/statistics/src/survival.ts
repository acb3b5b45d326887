import {
  checkCount,
  checkOpenUnit,
  checkPositive,
  checkThat,
  demand,
  type InputFault,
} from './input.ts';
import { at, sum } from './numerics.ts';
import { gammaQuantile, gammaQuantileUpper, normalCdf, normalQuantileUpper } from './special.ts';

/**
 * Constant rate from k bugchecks in a total `exposure` (migrations since boot, or any other clock
 * that only runs while the guest is exposed): estimate k/T, limits qgamma(alpha/2; k)/T and
 * upper-tail qgamma(alpha/2; k+1)/T when time ended it, qgamma(alpha/2; k)/T when the k-th bugcheck
 * did. Source: Epstein & Sobel 1953; Garwood 1936.
 *
 * @throws StatisticsInputError unless k >= 0 is an integer (>= 1 for `failure`), exposure > 0 and
 *   0 < alpha < 1
 */
export function exponentialRate(input: {
  readonly k: number;
  readonly exposure: number;
  readonly alpha: number;
  readonly scheme: 'time' | 'failure';
}): { readonly rate: number; readonly lower: number; readonly upper: number } {
  const { k, exposure, alpha, scheme } = input;
  demand(
    'exponential_rate',
    checkCount('/k', k, scheme === 'failure' ? 1 : 0),
    checkPositive('/exposure', exposure),
    checkOpenUnit('/alpha', alpha),
  );
  return {
    rate: k / exposure,
    lower: k === 0 ? 0 : gammaQuantile(alpha / 2, k) / exposure,
    upper: gammaQuantileUpper(alpha / 2, scheme === 'time' ? k + 1 : k) / exposure,
  };
}

/** One step a distinct time with a bugcheck; limits are null where nobody is left. */
export interface KaplanMeier {
  readonly time: readonly number[];
  readonly surv: readonly number[];
  readonly lower: readonly (number | null)[];
  readonly upper: readonly (number | null)[];
}

interface AtTime {
  readonly time: number;
  readonly bugchecks: number;
  readonly atRisk: number;
}

/**
 * Share of guests still alive after so many migrations, with log-log limits S^exp(-+ z se/log S):
 * the picture of a rate that may not be constant. `event` is 1 for a bugcheck, 0 for a guest that
 * left alive. Source: Kaplan & Meier 1958; Kalbfleisch & Prentice 1980.
 *
 * @throws StatisticsInputError unless time and event have one length >= 1, times are >= 0, events
 *   are 0 or 1, and 0 < alpha < 1
 */
export function kaplanMeier(input: {
  readonly time: readonly number[];
  readonly event: readonly number[];
  readonly alpha: number;
}): KaplanMeier {
  const { time, event, alpha } = input;
  demand(
    'kaplan_meier',
    checkThat(time.length > 0, '/time', 'must have at least one entry'),
    checkThat(event.length === time.length, '/event', `must have ${time.length} entries`),
    checkOpenUnit('/alpha', alpha),
    ...time.map((value, i) => checkTime(`/time/${i}`, value)),
    ...event.map((value, i) =>
      checkThat(value === 0 || value === 1, `/event/${i}`, 'must be 0 or 1'),
    ),
  );
  const z = normalQuantileUpper(alpha / 2);
  let survival = 1;
  let greenwood = 0;
  const steps = toSteps(time, event).map(({ bugchecks, atRisk, ...step }) => {
    survival *= 1 - bugchecks / atRisk;
    greenwood += bugchecks / (atRisk * (atRisk - bugchecks));
    return { ...step, surv: survival, ...logLogLimits(survival, z * Math.sqrt(greenwood)) };
  });
  return {
    time: steps.map((step) => step.time),
    surv: steps.map((step) => step.surv),
    lower: steps.map((step) => step.lower),
    upper: steps.map((step) => step.upper),
  };
}

function toSteps(time: readonly number[], event: readonly number[]): readonly AtTime[] {
  const guests = time
    .map((value, i) => ({ time: value, event: at(event, i) }))
    .toSorted((a, b) => a.time - b.time);
  const steps: AtTime[] = [];
  for (const [i, guest] of guests.entries()) {
    if (guest.event === 0) continue;
    const last = steps.at(-1);
    if (last?.time === guest.time)
      steps[steps.length - 1] = { ...last, bugchecks: last.bugchecks + 1 };
    else steps.push({ time: guest.time, bugchecks: 1, atRisk: guests.length - firstAt(guests, i) });
  }
  return steps;
}

/** The first guest with the time of guest i: those that left alive then were still at risk. */
function firstAt(guests: readonly { readonly time: number }[], i: number): number {
  let first = i;
  while (first > 0 && at(guests, first - 1).time === at(guests, i).time) first -= 1;
  return first;
}

function logLogLimits(survival: number, width: number) {
  if (survival === 0) return { lower: null, upper: null };
  const log = Math.log(survival);
  return {
    lower: Math.exp(log * Math.exp(-width / log)),
    upper: Math.exp(log * Math.exp(width / log)),
  };
}

const trendBugchecksMin = 4;

/**
 * Is the rate constant over the campaign? Laplace's z = (sum t - kT/2)/(T sqrt(k/12)), with its
 * two-sided p: above 0 the bugchecks come late (ageing), below 0 early. Source: Cox & Lewis 1966.
 *
 * @throws StatisticsInputError unless t has at least 4 moments (fewer are too few for the normal
 *   approximation), all in [0, T], and T > 0
 */
export function laplaceTrend({ t, T }: { readonly t: readonly number[]; readonly T: number }): {
  readonly z: number;
  readonly p: number;
} {
  demand(
    'laplace_trend',
    checkPositive('/T', T),
    checkThat(
      t.length >= trendBugchecksMin,
      '/t',
      `must have at least ${trendBugchecksMin} entries: ${t.length} are too few for a trend`,
    ),
    ...t.map((value, i) =>
      checkThat(value >= 0 && !(value > T), `/t/${i}`, `must be from 0 to /T (${T}), not ${value}`),
    ),
  );
  const z = (sum(t) - (t.length * T) / 2) / (T * Math.sqrt(t.length / 12));
  return { z, p: 2 * normalCdf(-Math.abs(z)) };
}

function checkTime(pointer: string, value: number): InputFault | null {
  return checkThat(
    value >= 0 && Number.isFinite(value),
    pointer,
    `must be a finite number of at least 0, not ${value}`,
  );
}
