import { conditionalPValues, isSilent, rateRatioConditional, type TwoArms } from './compare.ts';
import { type Claim, judgeTally, type Verdict } from './verdict.ts';

/**
 * Two tallies at one look that was planned before the data came in: the exact conditional test
 * decides, each conclusion at alpha. Peeked at, use `judgeTally`, which is valid at any look.
 *
 * @throws StatisticsInputError as `judgeTally`
 */
export function judgePlannedLook(tally: TwoArms, claim: Claim): Verdict {
  const verdict = judgeTally(tally, claim);
  return { ...verdict, state: stateAtPlannedLook(tally, claim) };
}

function stateAtPlannedLook(tally: TwoArms, claim: Claim): Verdict['state'] {
  const { alpha, effectivenessTarget } = claim;
  if (isSilent(tally)) return 'inconclusive';
  const rhoTarget = 1 - effectivenessTarget;
  if (effectivenessTarget === 1 && tally.k1 > 0) return 'refuted';
  // Both one-sided limits at alpha, as the two halves of the interval at 2 alpha.
  const { lower, upper } = rateRatioConditional({
    ...tally,
    alpha: Math.min(2 * alpha, 1 - 1e-15),
  });
  if (effectivenessTarget > 0 && upper <= rhoTarget) return 'confirmed-strong';
  if (lower > rhoTarget) return 'refuted';
  return conditionalPValues(tally).pBetter <= alpha ? 'confirmed' : 'inconclusive';
}
