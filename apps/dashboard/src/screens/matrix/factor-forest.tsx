import type { FactorLevelView, FactorsView } from '@gauntlet/shared/contracts/analysis';
import { AxisHead, IntervalCell } from '../../charts/interval-cell.tsx';
import { createLogAxis, type LogAxis } from '../../charts/log-axis.ts';
import { factorText } from '../../format/factor-words.ts';
import { formatCount, formatFigure, formatRate, none } from '../../format/numbers.ts';
import { toNumber } from '../../format/verdicts.ts';
import { Empty } from '../../ui/loadable.tsx';
import { Mark } from '../../ui/mark.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';
import { TableHead } from '../../ui/table-head.tsx';

const methodTexts = {
  'counts-only': 'counts only: fewer than 5 bugchecks',
  exact: 'exact rate ratios, stratified',
  'exact-and-firth': 'exact rate ratios, stratified; all at once by Firth below',
} as const;

/** Each level against the rest: rate ratio with its exact interval, and a line at 1. */
export function FactorForest({ factors }: { readonly factors: FactorsView }) {
  const levels = factors.factors.flatMap(({ factor, levels: list }) =>
    list.map((level) => ({ factor, level })),
  );
  const axis = createLogAxis([
    0.5,
    2,
    ...levels.flatMap(({ level }) =>
      level.rateRatio === null
        ? []
        : [level.rateRatio.exact.lower, toNumber(level.rateRatio.exact.upper)],
    ),
  ]);
  return (
    <Panel title="Factors" note={methodTexts[factors.method]} flush>
      {levels.length === 0 ? (
        <Empty title="No factor varies yet">
          <p>A factor needs at least two levels among the exposures.</p>
        </Empty>
      ) : (
        <ScrollTable label="Factors" className="forest">
          <TableHead
            columns={[
              'Factor',
              'Level',
              { name: 'Bugchecks', numeric: true },
              { name: 'Exposures', numeric: true },
              'Rate',
              {
                name: 'Rate ratio, drawn',
                axis: levels.some(({ level }) => level.rateRatio !== null) ? (
                  <AxisHead axis={axis} format={(value) => `×${formatFigure(value)}`} />
                ) : null,
              },
              'Ratio to the rest',
              { name: 'p (Holm)', numeric: true },
            ]}
          />
          <tbody>
            {factors.factors.map(({ factor, levels: list }) =>
              list.map((level, index) => (
                <tr key={factor + level.level} data-group={index === 0}>
                  {index === 0 ? (
                    <th scope="rowgroup" rowSpan={list.length}>
                      {factorText(factor)}
                    </th>
                  ) : null}
                  <LevelCells level={level} axis={axis} />
                </tr>
              )),
            )}
          </tbody>
        </ScrollTable>
      )}
    </Panel>
  );
}

function LevelCells({ level, axis }: { readonly level: FactorLevelView; readonly axis: LogAxis }) {
  const ratio = level.rateRatio;
  const upper = ratio === null ? 0 : toNumber(ratio.exact.upper);
  const estimate = ratio?.estimate == null ? null : toNumber(ratio.estimate);
  return (
    <>
      <td className="name">
        {level.level}
        {level.suspect ? (
          <span className="state tone-bad suspect">
            <Mark shape="diamond" />
            suspect
          </span>
        ) : null}
      </td>
      <td className="num">{formatCount(level.bugchecks)}</td>
      <td className="num">{formatCount(level.exposures)}</td>
      <td className="number">{formatRate(level.rate.estimate)}</td>
      <td className="plot">
        {ratio === null ? null : (
          <IntervalCell
            axis={axis}
            estimate={estimate}
            outer={{ lower: ratio.bonferroni.lower, upper: toNumber(ratio.bonferroni.upper) }}
            inner={{ lower: ratio.exact.lower, upper }}
            tone={level.suspect ? 'bad' : 'info'}
            reference={1}
          />
        )}
      </td>
      <td className="number">
        {ratio === null
          ? none
          : `×${formatFigure(estimate)} (${formatFigure(ratio.exact.lower)} to ${formatFigure(upper)})`}
      </td>
      <td className="num">{formatFigure(level.pHolm)}</td>
    </>
  );
}
