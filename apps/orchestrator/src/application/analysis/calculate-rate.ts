import type { RateAnswer, RateQuestion } from '@gauntlet/shared/contracts/analysis';
import { confidenceSequence } from '@gauntlet/statistics/confidence-sequence';
import { clopperPearson, clopperPearsonOneSided } from '@gauntlet/statistics/rate';
import { rateSentence } from '@gauntlet/statistics/sentences/rate';
import { refusing } from './input-faults.ts';

export const alphaDefault = 0.05;

const pointers: Readonly<Record<string, string>> = { '/k': '/bugchecks', '/n': '/migrations' };

/** How often does it bugcheck? Pure and stateless, for numbers from anywhere. */
export function calculateRate(question: RateQuestion): RateAnswer {
  const { bugchecks, migrations, alpha = alphaDefault } = question;
  const input = { k: bugchecks, n: migrations, alpha };
  return refusing(
    () => {
      const facts = {
        bugchecks,
        migrations,
        alpha,
        estimate: migrations === 0 ? null : bugchecks / migrations,
        exact: clopperPearson(input),
        anytime: confidenceSequence(input),
        upperOneSided: clopperPearsonOneSided({ ...input, side: 'upper' }).bound,
      };
      return { ...facts, sentence: rateSentence(facts) };
    },
    (pointer) => pointers[pointer] ?? pointer,
  );
}
