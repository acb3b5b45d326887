import type { VerdictView } from '@gauntlet/shared/contracts/verdict';
import type { Verdict } from '@gauntlet/statistics/verdict';
import { toExtended, toExtendedInterval } from './extended.ts';

type ComparisonFields = Pick<
  VerdictView,
  'rateRatio' | 'effectiveness' | 'pValue' | 'eValue' | 'evidence' | 'cleanNeeded'
>;

const nothing: Omit<ComparisonFields, 'cleanNeeded'> = {
  rateRatio: null,
  effectiveness: null,
  pValue: null,
  eValue: null,
  evidence: null,
};

/** The fields of the API that compare two arms; null where there is one arm only. */
export function toComparisonFields(
  { comparison, cleanNeeded }: Verdict,
  alpha: number,
): ComparisonFields {
  if (comparison === null) return { ...nothing, cleanNeeded: toExtended(cleanNeeded) };
  const { rateRatio, effectiveness, pValue, logE, logEMax, logDecision } = comparison;
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
