import type { OutcomeCounts } from '@gauntlet/shared/contracts/campaigns';
import { formatCount, formatShare } from '../format/numbers.ts';
import { isExposure, type OutcomeName, outcomeNames, outcomeWord } from '../format/words.ts';
import { Mark } from '../ui/mark.tsx';

/**
 * All outcomes with their counts. Bars are on a square-root scale, as 3 bugchecks beside 12,000
 * clean migrations would be invisible on a linear one; the counts are the message.
 */
export function OutcomeList({ counts }: { readonly counts: OutcomeCounts }) {
  const total = outcomeNames.reduce((sum, name) => sum + counts[name], 0);
  const rows = (names: readonly OutcomeName[]) =>
    names.map((name) => <OutcomeRow key={name} name={name} count={counts[name]} total={total} />);
  return (
    <div>
      <ul className="outcomes" aria-label="Exposures">
        {rows(outcomeNames.filter(isExposure))}
      </ul>
      <p className="outcomes-divide small quiet">shown, never in a rate</p>
      <ul className="outcomes" aria-label="Shown, never in a rate">
        {rows(outcomeNames.filter((name) => !isExposure(name)))}
      </ul>
    </div>
  );
}

interface OutcomeRowProps {
  readonly name: OutcomeName;
  readonly count: number;
  readonly total: number;
}

function OutcomeRow({ name, count, total }: OutcomeRowProps) {
  const word = outcomeWord(name);
  const width = total === 0 ? 0 : 100 * Math.sqrt(count / total);
  return (
    <li className={`tone-${word.tone}`} data-none={count === 0}>
      <Mark shape={word.shape} />
      <span className="outcome-name">{word.text}</span>
      <span className="outcome-track" aria-hidden="true">
        <span style={{ width: `${width}%` }} />
      </span>
      <span className="number" title={formatShare(total === 0 ? null : count / total)}>
        {formatCount(count)}
      </span>
    </li>
  );
}
