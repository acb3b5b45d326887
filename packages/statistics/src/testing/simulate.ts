import { drawUnit } from '@gauntlet/shared/kernel/stream';
import { conditionalPValues } from '../compare.ts';
import { createConditionalTracker } from '../conditional-tracker.ts';
import { confidenceSequence } from '../confidence-sequence.ts';
import { logEvidenceAgainstRate } from '../e-process.ts';
import { forecastNext } from '../eta.ts';
import { cleanNeededVsBaseline } from '../planning.ts';
import { betaCdf, betaCdfUpper } from '../special.ts';
import { evidenceInSequence } from '../universal-inference.ts';

/*
 * Campaigns by the thousand, seeded, for the proofs. Only the moments right before and at a
 * bugcheck are looked at: between two bugchecks every quantity moves one way, so these looks decide
 * the same as a look after every migration (a test holds them against each other).
 */

/** Migrations until the next bugcheck at the rate p, the bugcheck's own included. */
function gap(p: number, unit: number): number {
  return p === 0 ? Infinity : Math.max(1, Math.ceil(Math.log1p(-unit) / Math.log1p(-p)));
}

export interface Shares {
  readonly campaigns: number;
  /** Campaigns in which it happened at any look. */
  readonly hits: number;
}

type Campaign = (seed: number) => boolean;

function count(campaigns: number, happens: Campaign): Shares {
  let hits = 0;
  for (let seed = 1; seed <= campaigns; seed += 1) if (happens(seed)) hits += 1;
  return { campaigns, hits };
}

const logDecision = Math.log(20);

/** A campaign at one rate: is the true rate ever outside the interval? */
export function rateMisses(
  campaigns: number,
  { p, n }: { p: number; n: number },
): { readonly anytime: Shares; readonly clopperPearson: Shares } {
  const walk = (excludes: (k: number, at: number) => boolean) =>
    count(campaigns, (seed) => {
      let [k, at] = [0, 0];
      for (;;) {
        const next = at + gap(p, drawUnit(seed, 'proof.rate', k));
        if (excludes(k, Math.min(next - 1, n))) return true;
        if (next > n) return false;
        [k, at] = [k + 1, next];
        if (excludes(k, at)) return true;
      }
    });
  return {
    anytime: walk((k, at) => at > 0 && logEvidenceAgainstRate(k, at, p) >= logDecision),
    clopperPearson: walk(
      (k, at) =>
        (k > 0 && betaCdf(p, k, at - k + 1) <= 0.025) ||
        (at > k && betaCdfUpper(p, k + 1, at - k) <= 0.025),
    ),
  };
}

/** How one comparison ended: at how many migrations of both arms, or not within the cap. */
export interface Ending {
  readonly confirmed: boolean;
  readonly migrations: number;
}

export interface Rates {
  readonly p0: number;
  readonly p1: number;
  /** Migrations of both arms together at which one gives up. */
  readonly cap: number;
  /** Factor on both rates from half of the cap on: hosts that age, another load. */
  readonly drift?: number;
}

/** Arms drawn 1:1 for every migration; the conditional e-process, looked at all the time. */
export function interleavedEnding({ p0, p1, cap, drift = 1 }: Rates, seed: number): Ending {
  const tracker = createConditionalTracker();
  let [at, j] = [0, 0];
  for (;;) {
    const scale = at < cap / 2 ? 1 : drift;
    at += gap(((p0 + p1) / 2) * scale, drawUnit(seed, 'proof.gap', j));
    if (at > cap) return { confirmed: false, migrations: cap };
    const arm = drawUnit(seed, 'proof.arm', j) * (p0 + p1) < p1 ? 1 : 0;
    j += 1;
    tracker.add(arm, 0.5);
    if (tracker.logEvidence(1, 'ge') >= logDecision) return { confirmed: true, migrations: at };
  }
}

/** The exact test at level 0.05, looked at all the time although it must not be. */
export function peekedEnding({ p0, p1, cap }: Rates, seed: number): Ending {
  let [at, j, k0, k1] = [0, 0, 0, 0];
  for (;;) {
    at += gap((p0 + p1) / 2, drawUnit(seed, 'proof.gap', j));
    if (at > cap) return { confirmed: false, migrations: cap };
    if (drawUnit(seed, 'proof.arm', j) * (p0 + p1) < p1) k1 += 1;
    else k0 += 1;
    j += 1;
    const n = Math.max(k0, k1, Math.round(at / 2));
    if (conditionalPValues({ k0, n0: n, k1, n1: n }).pBetter <= 0.05) {
      return { confirmed: true, migrations: at };
    }
  }
}

/** Baseline to its K-th bugcheck, then the candidate by universal inference, looked at all the time. */
export function sequenceEnding({ p0, p1, cap }: Rates, k0: number, seed: number): Ending {
  const n0 = baselineLength(p0, k0, seed);
  let [n1, k1] = [0, 0];
  const shown = () => n1 > 0 && evidenceInSequence({ k0, n0, k1, n1 })(1, 'ge') >= logDecision;
  for (;;) {
    const next = n1 + gap(p1, drawUnit(seed, 'proof.candidate', k1));
    const last = Math.min(next - 1, cap - n0);
    if (last > n1) {
      const start = n1;
      n1 = last;
      if (shown())
        return { confirmed: true, migrations: n0 + firstShown(start, last, { k0, n0, k1 }) };
    }
    if (n0 + next > cap) return { confirmed: false, migrations: cap };
    [n1, k1] = [next, k1 + 1];
    if (shown()) return { confirmed: true, migrations: n0 + n1 };
  }
}

/** By halving: evidence climbs with clean migrations. */
function firstShown(
  from: number,
  to: number,
  { k0, n0, k1 }: { k0: number; n0: number; k1: number },
): number {
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const logE = evidenceInSequence({ k0, n0, k1, n1: middle })(1, 'ge');
    if (logE >= logDecision) high = middle;
    else low = middle;
  }
  return high;
}

/** Baseline to its K-th bugcheck, then the registered number of clean migrations or the first bugcheck. */
export function registeredEnding(
  { p0, p1 }: Rates,
  { k0, alpha }: { k0: number; alpha: number },
  seed: number,
): Ending {
  const n0 = baselineLength(p0, k0, seed);
  const { n } = cleanNeededVsBaseline({ k0, n0, alpha });
  const bugcheckAt = gap(p1, drawUnit(seed, 'proof.candidate', 0));
  return { confirmed: bugcheckAt > n, migrations: n0 + Math.min(n, bugcheckAt) };
}

function baselineLength(p0: number, k0: number, seed: number): number {
  let n0 = 0;
  for (let j = 0; j < k0; j += 1) n0 += gap(p0, drawUnit(seed, 'proof.baseline', j));
  return n0;
}

/**
 * Arms one after the other while the rate falls by itself by `drift` in between: how often is a fix
 * confirmed that does nothing?
 */
export function driftedSerialEnding(
  { p0, drift = 1 }: Pick<Rates, 'p0' | 'drift'>,
  { k0, alpha }: { k0: number; alpha: number },
  seed: number,
): Ending {
  return registeredEnding({ p0, p1: p0 * drift, cap: Infinity }, { k0, alpha }, seed);
}

export interface Endings {
  readonly campaigns: number;
  readonly confirmed: number;
  readonly meanMigrations: number;
  /** 95 % of the campaigns ended by then. */
  readonly migrations95: number;
}

export function summarise(campaigns: number, end: (seed: number) => Ending): Endings {
  const lengths: number[] = [];
  let confirmed = 0;
  for (let seed = 1; seed <= campaigns; seed += 1) {
    const ending = end(seed);
    lengths.push(ending.migrations);
    if (ending.confirmed) confirmed += 1;
  }
  lengths.sort((a, b) => a - b);
  return {
    campaigns,
    confirmed,
    meanMigrations: lengths.reduce((total, length) => total + length, 0) / campaigns,
    migrations95: lengths[Math.ceil(0.95 * campaigns) - 1] ?? 0,
  };
}

/**
 * A look at migration n of a campaign that has reproduced by then: does the 80 % prediction interval
 * hold the migrations to the next bugcheck? Campaigns without a bugcheck get no forecast.
 */
export function etaCoversAt(campaigns: number, { p, n }: { p: number; n: number }): Shares {
  let asked = 0;
  const { hits } = count(campaigns, (seed) => {
    let [k, at] = [0, gap(p, drawUnit(seed, 'proof.baseline', 0))];
    while (at <= n) {
      k += 1;
      at += gap(p, drawUnit(seed, 'proof.baseline', k));
    }
    if (k > 0) asked += 1;
    return k > 0 && holds(k, n, at - n);
  });
  return { campaigns: asked, hits };
}

/** As `etaCoversAt`, asked right at the K-th bugcheck. */
export function etaCoversAfter(campaigns: number, { p, k }: { p: number; k: number }): Shares {
  return count(campaigns, (seed) => {
    const n = baselineLength(p, k, seed);
    return holds(k, n, gap(p, drawUnit(seed, 'proof.next', 0)));
  });
}

function holds(k: number, n: number, truth: number): boolean {
  const { next } = forecastNext(k, n, 0.95);
  return next !== null && truth >= next.lower && truth <= next.upper;
}

/** A look after every single migration, the slow way: for holding the quick way against it. */
export function sequenceConfirmedSlowly({ p0, p1, cap }: Rates, k0: number, seed: number): boolean {
  const n0 = baselineLength(p0, k0, seed);
  let k1 = 0;
  let next = gap(p1, drawUnit(seed, 'proof.candidate', 0));
  for (let n1 = 1; n0 + n1 <= cap; n1 += 1) {
    if (n1 === next) {
      k1 += 1;
      next = n1 + gap(p1, drawUnit(seed, 'proof.candidate', k1));
    }
    if (evidenceInSequence({ k0, n0, k1, n1 })(1, 'ge') >= logDecision) return true;
  }
  return false;
}

/** As `rateMisses`, with a look after every single migration through the interval itself. */
export function rateMissedSlowly({ p, n }: { p: number; n: number }, seed: number): boolean {
  let k = 0;
  let next = gap(p, drawUnit(seed, 'proof.rate', 0));
  for (let at = 1; at <= n; at += 1) {
    if (at === next) {
      k += 1;
      next = at + gap(p, drawUnit(seed, 'proof.rate', k));
    }
    const { lower, upper } = confidenceSequence({ k, n: at, alpha: 0.05 });
    if (p <= lower || p >= upper) return true;
  }
  return false;
}
