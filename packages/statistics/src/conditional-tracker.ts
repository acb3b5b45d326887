import {
  type Allocation,
  logLikelihoodOf,
  logLikelihoodOfOne,
  logRhoEstimate,
  mixture,
} from './conditional-e-process.ts';
import { at, logSumExp } from './numerics.ts';
import type { EvidenceAgainst } from './universal-inference.ts';

/** The conditional e-process of interleaved arms, one bugcheck at a time. */
export interface ConditionalTracker {
  /** One more bugcheck: its arm, and the probability with which its attempt went to arm 1. */
  add(arm: 0 | 1, r: number): void;
  /** Log e-value against "rho >= rho0" (`ge`) or "rho <= rho0" (`le`); 0 before the first. */
  readonly logEvidence: EvidenceAgainst;
}

/** The bugchecks with one allocation probability, and what one more adds to each component. */
interface Group extends Allocation {
  k0: number;
  k1: number;
  readonly terms: readonly [readonly number[], readonly number[]];
}

/**
 * Adding costs one sum a mixture component, whatever came before; a verdict after every bugcheck
 * stays linear in their number. Agrees with `condEProcess` on the same bugchecks.
 */
export function createConditionalTracker(): ConditionalTracker {
  const terms = mixture.map(({ logWeight }) => logWeight);
  const groups = new Map<number, Group>();
  let mixed = 0;
  return {
    add(arm, r) {
      const group = groups.get(r) ?? createGroup(r);
      groups.set(r, group);
      if (arm === 1) group.k1 += 1;
      else group.k0 += 1;
      for (const [i, term] of group.terms[arm].entries()) terms[i] = at(terms, i) + term;
      mixed = logSumExp(terms);
    },
    logEvidence: (rho0, against) => {
      if (groups.size === 0) return 0;
      const allocations = [...groups.values()];
      const estimate = logRhoEstimate(allocations);
      const bound = Math.log(rho0);
      const nearest = against === 'ge' ? Math.max(bound, estimate) : Math.min(bound, estimate);
      return mixed - logLikelihoodOf(allocations, nearest);
    },
  };
}

function createGroup(r: number): Group {
  const logit = Math.log(r) - Math.log1p(-r);
  const termsOf = (arm: 0 | 1) =>
    mixture.map(({ logRho }) => logLikelihoodOfOne(arm, logit, logRho));
  return { logit, k0: 0, k1: 0, terms: [termsOf(0), termsOf(1)] };
}
