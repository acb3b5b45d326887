import type { SeriesView } from '@gauntlet/shared/contracts/analysis';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { Snapshot } from '../../api/resources.ts';
import type { ChartLine } from '../../charts/chart-types.ts';
import { LineChart } from '../../charts/line-chart.tsx';
import { formatCount, formatFigure, formatRate } from '../../format/numbers.ts';
import { armTone } from '../../ui/arms-table.tsx';
import { Loadable } from '../../ui/loadable.tsx';
import { Panel } from '../../ui/panel.tsx';

export function CampaignCharts({
  campaign,
  series,
}: {
  readonly campaign: CampaignView;
  readonly series: Snapshot<SeriesView>;
}) {
  return (
    <>
      <Panel title="Rate of bugchecks" note="band valid at any look (95 %)">
        <Loadable of={series} what="the chart">
          {(body) => <RateChart series={body} />}
        </Loadable>
      </Panel>
      {series.data?.evidence == null ? null : (
        <Panel title="Evidence for the fix" note="log e-value; decided above the line">
          <EvidenceChart series={series.data} verdict={campaign.verdict} />
        </Panel>
      )}
    </>
  );
}

function RateChart({ series }: { readonly series: SeriesView }) {
  const { x, lines } = toRateLines(series);
  if (x.length < 2) return <p className="quiet">The chart starts with the first exposures.</p>;
  return (
    <LineChart
      title="Rate of bugchecks over exposures"
      x={x}
      xLabel="exposures of the arm"
      xFormat={formatCount}
      lines={lines}
      yFormat={formatRate}
      logarithmic
      {...(series.arms.length === 1
        ? { marks: series.bugchecks.map((bugcheck) => bugcheck.exposures) }
        : {})}
    />
  );
}

/** Every arm has its own exposures; the chart has one x axis, so arms have gaps between points. */
function toRateLines(series: SeriesView): { x: number[]; lines: ChartLine[] } {
  const shown = series.arms.map((arm) => ({
    name: arm.name,
    points: new Map(
      arm.points.filter((point) => point.exposures > 0).map((point) => [point.exposures, point]),
    ),
  }));
  const x = [...new Set(shown.flatMap((arm) => [...arm.points.keys()]))].sort((a, b) => a - b);
  const floor = floorOf(series);
  const lines = shown.flatMap(({ name, points }, index) => {
    const pick = (read: (point: Point) => number | null): (number | null)[] =>
      x.map((exposures) => {
        const point = points.get(exposures);
        return point === undefined ? null : read(point);
      });
    const common = { group: name, tone: armTone(index) };
    return [
      { ...common, label: `${name} upper`, role: 'upper' as const, values: pick((p) => p.upper) },
      {
        ...common,
        label: `${name} lower`,
        role: 'lower' as const,
        values: pick((p) => Math.max(p.lower, floor)),
      },
      {
        ...common,
        label: name,
        role: 'estimate' as const,
        // Nothing seen yet has no place on a logarithmic axis.
        values: pick((p) => (p.estimate === null || p.estimate <= 0 ? null : p.estimate)),
      },
    ];
  });
  return { x, lines };
}

type Point = SeriesView['arms'][number]['points'][number];

/** Where the axis ends below, as a lower bound of 0 has no place on it: under the lowest upper end. */
function floorOf(series: SeriesView): number {
  const values = series.arms.flatMap((arm) =>
    arm.points.flatMap((point) => [point.upper, point.lower].filter((rate) => rate > 0)),
  );
  return values.length === 0 ? 1e-6 : 10 ** Math.floor(Math.log10(Math.min(...values)));
}

function EvidenceChart({
  series,
  verdict,
}: {
  readonly series: SeriesView;
  readonly verdict: CampaignView['verdict'];
}) {
  const { evidence } = series;
  if (evidence === null || evidence.points.length < 2) {
    return <p className="quiet">The evidence starts with the first bugcheck.</p>;
  }
  const values = evidence.points.map((point) => point.logEValue);
  return (
    <LineChart
      title="Evidence for the fix over exposures"
      x={evidence.points.map((point) => point.exposures)}
      xLabel="exposures of both arms"
      xFormat={formatCount}
      lines={[{ label: 'log e-value', group: 'evidence', role: 'line', tone: 'info', values }]}
      yFormat={formatFigure}
      logarithmic={false}
      level={{
        value: evidence.logDecision,
        label: `decides (alpha ${formatFigure(verdict?.alpha ?? Math.exp(-evidence.logDecision))})`,
      }}
      marks={series.bugchecks.map((bugcheck) => bugcheck.exposures)}
    />
  );
}
