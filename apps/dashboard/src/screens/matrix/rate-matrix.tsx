import type { FactorName, FactorsView } from '@gauntlet/shared/contracts/analysis';
import { factorList, factorText } from '../../format/factor-words.ts';
import { formatCount, formatRate, plural } from '../../format/numbers.ts';
import { useQuery } from '../../router/location.ts';
import { SelectField } from '../../ui/field.tsx';
import { Empty } from '../../ui/loadable.tsx';
import { Panel } from '../../ui/panel.tsx';
import { type Cell, type Matrix, toMatrix } from './cells.ts';

/** A heat map of rates over two factors; cells with too few exposures are hatched, not coloured. */
export function RateMatrix({ factors }: { readonly factors: FactorsView }) {
  const [query, change] = useQuery();
  const usable = factorList.filter((factor) =>
    factors.configurations.some((configuration) => configuration.levels[factor] !== undefined),
  );
  const row = pick(query.get('rows'), usable, 0);
  const column = pick(query.get('columns'), usable, 1);
  if (row === undefined || column === undefined) {
    return (
      <Panel title="Rate per configuration">
        <Empty title="Nothing to compare yet">
          <p>The matrix fills with the first exposures.</p>
        </Empty>
      </Panel>
    );
  }
  const options = usable.map((factor): [string, string] => [factor, factorText(factor)]);
  return (
    <Panel title="Rate per configuration" note="hatched: too few to say">
      <div className="stack">
        <div className="filter">
          <SelectField
            label="Rows"
            value={row}
            options={options}
            onChange={(rows) => change({ rows })}
          />
          <SelectField
            label="Columns"
            value={column}
            options={options}
            onChange={(columns) => change({ columns })}
          />
        </div>
        <MatrixTable matrix={toMatrix(factors, row, column)} row={row} column={column} />
      </div>
    </Panel>
  );
}

function pick(
  wanted: string | null,
  usable: readonly FactorName[],
  fallback: number,
): FactorName | undefined {
  return usable.find((factor) => factor === wanted) ?? usable[fallback] ?? usable[0];
}

interface MatrixTableProps {
  readonly matrix: Matrix;
  readonly row: FactorName;
  readonly column: FactorName;
}

function MatrixTable({ matrix, row, column }: MatrixTableProps) {
  const label = `Rate by ${factorText(row)} and ${factorText(column)}`;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="scroll-x" tabIndex={0} role="region" aria-label={label}>
      <table className="heat" aria-label={label}>
        <thead>
          <tr>
            <th scope="col" className="quiet">
              {factorText(row)} ↓ {factorText(column)} →
            </th>
            {matrix.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.rows.map((name) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {matrix.columns.map((other) => (
                <HeatCell key={other} cell={matrix.cell(name, other)} rateMax={matrix.rateMax} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function HeatCell({
  cell,
  rateMax,
}: {
  readonly cell: Cell | undefined;
  readonly rateMax: number;
}) {
  if (cell === undefined) {
    return (
      <td className="heat-none">
        <span className="quiet">no VM</span>
      </td>
    );
  }
  const level = rateMax === 0 || cell.rate === null ? 0 : Math.ceil((5 * cell.rate) / rateMax);
  return (
    <td data-level={cell.tooFew ? 'few' : Math.min(5, level)} title={cell.vms.join(', ')}>
      <span className="number">{cell.tooFew ? 'too few' : formatRate(cell.rate)}</span>
      <span className="small">
        {formatCount(cell.bugchecks)} of {formatCount(cell.exposures)},{' '}
        {plural(cell.vms.length, 'VM')}
      </span>
    </td>
  );
}
