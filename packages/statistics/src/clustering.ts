import { drawUnit } from '@gauntlet/shared/kernel/stream';
import { checkCount, checkOpenUnit, checkTally, checkThat, demand } from './input.ts';
import { at, sum, zeros } from './numerics.ts';
import { betaQuantile, betaQuantileUpper, logGamma } from './special.ts';

/** Bugchecks and migrations, one entry a VM. */
export interface ByVm {
  readonly k: readonly number[];
  readonly n: readonly number[];
}

/**
 * Do the bugchecks sit on some VMs? X2 = sum (k_v - n_v p)^2/(n_v p (1-p)), phi = X2/(V-1), design
 * effect D = max(1, phi), and the Clopper-Pearson interval of the pooled rate on (k/D, n/D). With
 * no bugcheck (or nothing else) there is nothing to disperse: x2 and phi null, D = 1.
 * Source: Rao & Scott 1992.
 *
 * @throws StatisticsInputError unless k and n have one length from 2 to 1,000, 0 <= k <= n and n >= 1 are
 *   integers and 0 < alpha < 1
 */
export function clusterDispersion(input: ByVm & { readonly alpha: number }): {
  readonly x2: number | null;
  readonly phi: number | null;
  readonly deff: number;
  readonly lower: number;
  readonly upper: number;
} {
  demand('cluster_dispersion', checkOpenUnit('/alpha', input.alpha));
  demandByVm('cluster_dispersion', input);
  const { k, n, alpha } = input;
  const p = sum(k) / sum(n);
  const isFlat = p === 0 || p === 1;
  const x2 = isFlat ? null : sum(k.map((kv, v) => squareTerm(kv, at(n, v), p)));
  const phi = x2 === null ? null : x2 / (k.length - 1);
  const deff = Math.max(1, phi ?? 1);
  const effectiveK = sum(k) / deff;
  const effectiveN = sum(n) / deff;
  return {
    x2,
    phi,
    deff,
    lower: effectiveK === 0 ? 0 : betaQuantile(alpha / 2, effectiveK, effectiveN - effectiveK + 1),
    upper: p === 1 ? 1 : betaQuantileUpper(alpha / 2, effectiveK + 1, effectiveN - effectiveK),
  };
}

function squareTerm(k: number, n: number, p: number): number {
  return (k - n * p) ** 2 / (n * p * (1 - p));
}

const enumerationMax = 500_000;
/** A million draws take about a second: nobody else is served meanwhile. */
const drawsMax = 1_000_000;
const samplesMax = 20_000;
const samplesMin = 1_000;
const vmsMax = 1_000;

/**
 * Exact p-value for "every VM has the same rate": the multinomial probability of all spreads of the
 * bugchecks over the VMs at least as uneven as this one (sum of (k_v - m w_v)^2/(m w_v)). By
 * enumeration up to 500,000 spreads, beyond that by seeded Monte Carlo, (b + 1)/(B + 1). Three
 * bugchecks on one of four VMs are p = 0.0625 only: a large p is absence of proof.
 *
 * @throws StatisticsInputError as `clusterDispersion`, and for more than 1,000 bugchecks
 */
export function clusterExactP(input: ByVm & { readonly seed?: number | undefined }): {
  readonly p: number;
} {
  demandByVm('cluster_exact_p', input);
  const { k, n, seed = 1 } = input;
  const m = sum(k);
  demand(
    'cluster_exact_p',
    checkThat(m * samplesMin <= drawsMax, '/k', `must sum to at most ${drawsMax / samplesMin}`),
    checkCount('/seed', seed),
  );
  if (m === 0) return { p: 1 };
  const total = sum(n);
  const shares = n.map((nv) => nv / total);
  const observed = unevenness(k, shares, m) - 1e-9;
  return {
    p:
      countSpreads(m, k.length) <= enumerationMax
        ? enumerate({ m, shares, observed })
        : simulate({ m, shares, observed, seed }),
  };
}

interface Spread {
  readonly m: number;
  readonly shares: readonly number[];
  readonly observed: number;
}

function unevenness(k: readonly number[], shares: readonly number[], m: number): number {
  return sum(k.map((kv, v) => (kv - m * at(shares, v)) ** 2 / (m * at(shares, v))));
}

/** (m + V - 1) choose m, or Infinity as soon as it is beyond enumeration. */
function countSpreads(m: number, vmCount: number): number {
  let count = 1;
  for (let i = 1; i < vmCount; i += 1) {
    count = (count * (m + i)) / i;
    if (count > enumerationMax) return Infinity;
  }
  return count;
}

function enumerate({ m, shares, observed }: Spread): number {
  const logShares = shares.map(Math.log);
  let p = 0;
  const visit = (v: number, left: number, soFar: { log: number; uneven: number }): void => {
    const share = at(shares, v);
    const isLast = v === shares.length - 1;
    for (let kv = isLast ? left : 0; kv <= left; kv += 1) {
      const uneven = soFar.uneven + (kv - m * share) ** 2 / (m * share);
      const log = soFar.log + kv * at(logShares, v) - logGamma(kv + 1);
      if (!isLast) visit(v + 1, left - kv, { log, uneven });
      else if (uneven >= observed) p += Math.exp(log);
    }
  };
  visit(0, m, { log: logGamma(m + 1), uneven: 0 });
  return Math.min(1, p);
}

function simulate({ m, shares, observed, seed }: Spread & { readonly seed: number }): number {
  const sampleCount = Math.min(samplesMax, Math.floor(drawsMax / m));
  let asUneven = 0;
  for (let sample = 0; sample < sampleCount; sample += 1) {
    const k = zeros(shares.length);
    for (let j = 0; j < m; j += 1) {
      const v = pick(shares, drawUnit(seed, 'statistics.cluster', sample * m + j));
      k[v] = at(k, v) + 1;
    }
    if (unevenness(k, shares, m) >= observed) asUneven += 1;
  }
  return (asUneven + 1) / (sampleCount + 1);
}

function pick(shares: readonly number[], unit: number): number {
  let cumulative = 0;
  for (const [v, share] of shares.entries()) {
    cumulative += share;
    if (unit < cumulative) return v;
  }
  return shares.length - 1;
}

function demandByVm(what: string, { k, n }: ByVm): void {
  demand(
    what,
    checkThat(k.length >= 2, '/k', 'must have at least two VMs'),
    checkThat(k.length <= vmsMax, '/k', `must have at most ${vmsMax} VMs`),
    checkThat(n.length === k.length, '/n', `must have ${k.length} entries like /k`),
  );
  demand(
    what,
    ...k.map((kv, v) => checkTally([`/k/${v}`, kv], [`/n/${v}`, at(n, v)])),
    ...n.map((nv, v) => checkThat(nv !== 0, `/n/${v}`, 'must be at least 1: leave out idle VMs')),
  );
}
