import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { AxisHead, IntervalCell } from '../charts/interval-cell.tsx';
import { createLogAxis } from '../charts/log-axis.ts';
import { formatCount, formatRate, formatRateInterval, formatShort } from '../format/numbers.ts';
import type { Tone } from '../format/words.ts';
import { ScrollTable } from './scroll-table.tsx';
import { TableHead } from './table-head.tsx';

type Arm = CampaignView['arms'][number];

/** The order of hues for arms, everywhere: first, second, ... */
const armTones: readonly Tone[] = ['info', 'warn', 'odd', 'ok'];
export function armTone(index: number): Tone {
  return armTones[index % armTones.length] ?? 'info';
}

export function everyLabel(rate: number): string {
  return rate >= 1 ? '1' : `1:${formatShort(1 / rate)}`;
}

/** Counts, rate and interval of each arm on one logarithmic axis. */
export function ArmsTable({
  arms,
  caption,
}: {
  readonly arms: readonly Arm[];
  readonly caption: string;
}) {
  const axis = createLogAxis(
    arms.flatMap(({ rate }) => [rate.anytime.lower, rate.anytime.upper, rate.exact.upper]),
  );
  return (
    <ScrollTable label={caption}>
      <TableHead
        columns={[
          'Arm',
          { name: 'Bugchecks', numeric: true },
          { name: 'Exposures', numeric: true },
          'Rate, and its band at any look',
          { name: 'Interval', axis: <AxisHead axis={axis} format={everyLabel} /> },
        ]}
      />
      <tbody>
        {arms.map((arm, index) => (
          <tr key={arm.name}>
            <th scope="row">{arm.name}</th>
            <td className="num">{formatCount(arm.bugchecks)}</td>
            <td className="num">{formatCount(arm.exposures)}</td>
            <td>
              <span className="number">{formatRate(arm.rate.estimate)}</span>
              <span className="quiet small nowrap under">
                {arm.exposures === 0 ? '' : formatRateInterval(arm.rate.anytime)}
              </span>
            </td>
            <td className="plot">
              <IntervalCell
                axis={axis}
                estimate={arm.rate.estimate}
                outer={arm.rate.anytime}
                inner={arm.rate.exact}
                tone={armTone(index)}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  );
}
