import type { VerdictView } from '@gauntlet/shared/contracts/verdict';
import type { Comparison } from '@gauntlet/statistics/verdict';
import { toExtended, toExtendedInterval } from './extended.ts';

type ComparisonFields = Pick<
  VerdictView,
  'rateRatio' | 'effectiveness' | 'pValue' | 'eValue' | 'evidence' | 'cleanNeeded'
>;

const nothing: ComparisonFields = {
  rateRatio: null,
  effectiveness: null,
  pValue: null,
  eValue: null,
  evidence: null,
  cleanNeeded: null,
};

/** The fields of the API that compare two arms; all null when there is one arm only. */
export function toComparisonFields(comparison: Comparison | null, alpha: number): ComparisonFields {
  if (comparison === null) return nothing;
  const { rateRatio, effectiveness, pValue, logE, logEMax, logDecision, cleanNeeded } = comparison;
  return {
    rateRatio: {
      estimate: rateRatio.estimate === null ? null : toExtended(rateRatio.estimate),
      exact: toExtendedInterval(rateRatio.exact),
      anytime: toExtendedInterval(rateRatio.anytime),
    },
    effectiveness,
    pValue,
    eValue: toExtended(Math.exp(logE)),
    evidence: { needed: 1 / alpha, logEValue: logE, logEValueMax: logEMax, logDecision },
    cleanNeeded: toExtended(cleanNeeded),
  };
}
