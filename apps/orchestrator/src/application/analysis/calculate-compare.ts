import type { CompareAnswer, CompareQuestion } from '@gauntlet/shared/contracts/analysis';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { HistoricBugcheck } from '@gauntlet/statistics/history';
import { judgePlannedLook } from '@gauntlet/statistics/planned-look';
import { clopperPearsonOneSided } from '@gauntlet/statistics/rate';
import { compareSentence } from '@gauntlet/statistics/sentences/verdict';
import { type Claim, judge, judgeTally, type Verdict } from '@gauntlet/statistics/verdict';
import { alphaDefault } from './calculate-rate.ts';
import { toComparisonFields } from './comparison-fields.ts';
import { refusing } from './input-faults.ts';

export const effectivenessTargetDefault = 0.9;

const pointers: Readonly<Record<string, string>> = {
  '/k0': '/baseline/bugchecks',
  '/n0': '/baseline/migrations',
  '/k1': '/candidate/bugchecks',
  '/n1': '/candidate/migrations',
};

/**
 * Two tallies from anywhere. `planned`: one look that was fixed beforehand. `sequence`: the arms ran
 * one after the other and somebody looked. `interleaved`: the arm of every attempt was drawn, and
 * `order` names the arm of each bugcheck.
 */
export function calculateCompare(question: CompareQuestion): CompareAnswer {
  const { baseline, candidate, design, alpha = alphaDefault } = question;
  const { effectivenessTarget = effectivenessTargetDefault } = question;
  const claim = { alpha, effectivenessTarget, futilityRate: null };
  return refusing(
    () => {
      const verdict = judgeBy(question, claim);
      const facts = {
        baseline,
        candidate,
        alpha,
        effectivenessTarget,
        design,
        state: verdict.state,
        ...toComparisonFields(verdict, alpha),
        candidateUpper: clopperPearsonOneSided({
          k: candidate.bugchecks,
          n: candidate.migrations,
          alpha,
          side: 'upper',
        }).bound,
      };
      return { ...facts, sentence: compareSentence(facts) };
    },
    (pointer) => pointers[pointer] ?? pointer,
  );
}

function judgeBy(question: CompareQuestion, claim: Claim): Verdict {
  const tally = {
    k0: question.baseline.bugchecks,
    n0: question.baseline.migrations,
    k1: question.candidate.bugchecks,
    n1: question.candidate.migrations,
  };
  switch (question.design) {
    case 'planned':
      return judgePlannedLook(tally, claim);
    case 'sequence':
      return judgeTally(tally, claim);
    case 'interleaved':
      // Also checks the counts, before the order is held against them.
      judgeTally(tally, claim);
      return judge({ design: 'interleaved', claim, history: toHistory(question) });
    default:
      return question.design satisfies never;
  }
}

/** When the bugchecks happened does not matter to interleaved arms, only in which order. */
function toHistory({ baseline, candidate, order, candidateProbability = 0.5 }: CompareQuestion) {
  const wanted = baseline.bugchecks + candidate.bugchecks;
  const inCandidate = order?.filter((arm) => arm === 'candidate').length ?? 0;
  const isUnneeded = order === undefined && (baseline.bugchecks === 0 || candidate.bugchecks === 0);
  if (!isUnneeded && (order?.length !== wanted || inCandidate !== candidate.bugchecks)) {
    const detail =
      `must name the arm of each of the ${wanted} bugchecks in the order they happened, ` +
      `${candidate.bugchecks} of them "candidate"`;
    throw new AppError('request.impossible', `/order ${detail}`, {
      details: { errors: [{ pointer: '/order', detail }] },
    });
  }
  const only = candidate.bugchecks === 0 ? 'baseline' : 'candidate';
  const arms = order ?? Array.from({ length: wanted }, () => only);
  let [n0, n1] = [0, 0];
  const bugchecks = arms.map((name): HistoricBugcheck => {
    const arm = name === 'candidate' ? 1 : 0;
    n0 += 1 - arm;
    n1 += arm;
    return { arm, r: candidateProbability, n0, n1 };
  });
  return { bugchecks, n0: baseline.migrations, n1: candidate.migrations };
}
