import type { FactorsView } from '@gauntlet/shared/contracts/analysis';
import { AxisHead, IntervalCell } from '../../charts/interval-cell.tsx';
import { createLogAxis } from '../../charts/log-axis.ts';
import { factorList, factorText } from '../../format/factor-words.ts';
import { formatCount, formatRate } from '../../format/numbers.ts';
import { Link } from '../../router/link.tsx';
import { toUrl } from '../../router/route.ts';
import { everyLabel } from '../../ui/arms-table.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';
import { TableHead } from '../../ui/table-head.tsx';

/** One row a VM, the highest rate first, to the migrations of that VM in one click. */
export function ConfigurationTable({ factors }: { readonly factors: FactorsView }) {
  const rows = factors.configurations.toSorted(
    (a, b) => (b.rate.estimate ?? 0) - (a.rate.estimate ?? 0) || b.exposures - a.exposures,
  );
  if (rows.length === 0) return null;
  const axis = createLogAxis(rows.flatMap(({ rate }) => [rate.anytime.lower, rate.anytime.upper]));
  return (
    <Panel title="Virtual machines" flush>
      <ScrollTable label="Rate per VM">
        <TableHead
          columns={[
            'VM',
            { name: 'Bugchecks', numeric: true },
            { name: 'Exposures', numeric: true },
            'Rate',
            { name: 'Band at any look, drawn', axis: <AxisHead axis={axis} format={everyLabel} /> },
            'Configuration',
          ]}
        />
        <tbody data-rows>
          {rows.map((row) => (
            <tr key={row.vm}>
              <th scope="row" data-row className="name">
                <Link to={toUrl('/migrations', { campaign: factors.campaignId, vm: row.vm })}>
                  {row.vm}
                </Link>
              </th>
              <td className="num">{formatCount(row.bugchecks)}</td>
              <td className="num">{formatCount(row.exposures)}</td>
              <td className="number">{formatRate(row.rate.estimate)}</td>
              <td className="plot">
                <IntervalCell
                  axis={axis}
                  estimate={row.rate.estimate}
                  outer={row.rate.anytime}
                  tone="info"
                />
              </td>
              <td className="small quiet wide">
                {factorList
                  .filter((factor) => row.levels[factor] !== undefined)
                  .map((factor) => `${factorText(factor).toLowerCase()} ${row.levels[factor]}`)
                  .join(', ')}
              </td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </Panel>
  );
}
