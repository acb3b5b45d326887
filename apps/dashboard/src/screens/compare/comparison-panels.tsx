import type { ComparisonView } from '@gauntlet/shared/contracts/analysis';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { AxisHead, IntervalCell } from '../../charts/interval-cell.tsx';
import { createLogAxis } from '../../charts/log-axis.ts';
import { formatCount, formatFigure, formatShare, none } from '../../format/numbers.ts';
import { toNumber, verdictWord } from '../../format/verdicts.ts';
import { ArmsTable } from '../../ui/arms-table.tsx';
import { Callout, Mark } from '../../ui/mark.tsx';
import { Panel, Reading } from '../../ui/panel.tsx';
import { CopyButton } from '../../ui/shell-lines.tsx';
import { TableHead } from '../../ui/table-head.tsx';

/** The verdict as a sentence, then counts and intervals, then what makes the arms comparable. */
export function ComparisonPanels({
  comparison,
  campaigns,
}: {
  readonly comparison: ComparisonView;
  readonly campaigns: readonly CampaignView[];
}) {
  const word = verdictWord(comparison.state);
  const arms = [comparison.baseline, comparison.candidate].flatMap(({ campaignId, arm }) => {
    const campaign = campaigns.find(({ id }) => id === campaignId);
    const found = campaign?.arms.find(({ name }) => name === arm);
    const label =
      comparison.baseline.campaignId === comparison.candidate.campaignId
        ? arm
        : `${campaign?.name}: ${arm}`;
    return campaign === undefined || found === undefined
      ? []
      : [{ campaign, arm: { ...found, name: label }, declared: arm }];
  });
  return (
    <>
      <section className="verdict" aria-label="Verdict">
        <span className={`badge tone-${word.tone}`}>
          <Mark shape={word.shape} />
          {word.text}
        </span>
        <div className="row spread">
          <p className="sentence">{comparison.sentence}</p>
          <CopyButton text={comparison.sentence} what="the sentence" />
        </div>
        {comparison.verdict.warnings.map((warning) => (
          <Callout key={warning} tone="warn">
            {warning}
          </Callout>
        ))}
      </section>
      <Panel title="Counts and rates" note="thick: planned look, thin: any look" flush>
        <ArmsTable arms={arms.map(({ arm }) => arm)} caption="The two arms" />
      </Panel>
      <RatioPanel comparison={comparison} />
      <Panel title="Fingerprints" note="what each arm declares for an attempt to count" flush>
        <FingerprintTable arms={arms} />
      </Panel>
    </>
  );
}

const designs = {
  'single-arm': 'one arm only',
  interleaved: 'arms drawn in turn: nights and hosts cancel out',
  sequence: 'one arm after the other: nights and hosts may differ',
  'registered-plan': 'in sequence, with the number fixed before the candidate started',
} as const;

function RatioPanel({ comparison }: { readonly comparison: ComparisonView }) {
  const { rateRatio, effectiveness, pValue, eValue, cleanNeeded, verdict } = comparison;
  return (
    <Panel title="Rate ratio" note={designs[verdict.design]}>
      <div className="stack">
        {rateRatio === null ? null : <RatioBar ratio={rateRatio} />}
        <dl className="readings">
          <Reading label="Effectiveness" note="one-sided, planned look">
            {effectiveness === null || effectiveness.lower === null || effectiveness.lower <= 0
              ? none
              : `≥ ${formatShare(effectiveness.lower)}`}
          </Reading>
          <Reading
            label="Evidence (e-value)"
            note={`decides at ${formatFigure(1 / comparison.alpha)}`}
          >
            {eValue === null ? none : formatFigure(toNumber(eValue))}
          </Reading>
          <Reading label="p-value" note="exact, planned look only">
            {formatFigure(pValue)}
          </Reading>
          <Reading label="Clean migrations needed" note="in a registered plan">
            {cleanNeeded === null
              ? none
              : cleanNeeded === 'Infinity'
                ? 'no number suffices'
                : formatCount(cleanNeeded)}
          </Reading>
        </dl>
      </div>
    </Panel>
  );
}

function RatioBar({ ratio }: { readonly ratio: NonNullable<ComparisonView['rateRatio']> }) {
  const anytime = { lower: ratio.anytime.lower, upper: toNumber(ratio.anytime.upper) };
  const exact = { lower: ratio.exact.lower, upper: toNumber(ratio.exact.upper) };
  const estimate = ratio.estimate === null ? null : toNumber(ratio.estimate);
  const axis = createLogAxis([0.1, 10, anytime.lower, anytime.upper, exact.lower, exact.upper]);
  return (
    <div className="ratio">
      <AxisHead axis={axis} format={(value) => `×${formatFigure(value)}`} />
      <IntervalCell
        axis={axis}
        estimate={estimate}
        outer={anytime}
        inner={exact}
        tone="info"
        reference={1}
      />
      <p className="small quiet">
        Ratio <span className="number">{formatFigure(estimate)}</span>; planned look{' '}
        <span className="number">
          {formatFigure(exact.lower)} to {formatFigure(exact.upper)}
        </span>
        , any look{' '}
        <span className="number">
          {formatFigure(anytime.lower)} to {formatFigure(anytime.upper)}
        </span>
        . The dashed line is “no difference”.
      </p>
    </div>
  );
}

interface ComparedArm {
  readonly campaign: CampaignView;
  readonly arm: CampaignView['arms'][number];
  readonly declared: string;
}

function FingerprintTable({ arms }: { readonly arms: readonly ComparedArm[] }) {
  return (
    <table className="table" aria-label="Fingerprints">
      <TableHead
        columns={['Arm', 'Declares', { name: 'Other fingerprint, not counted', numeric: true }]}
      />
      <tbody>
        {arms.map(({ campaign, arm, declared }) => (
          <tr key={arm.name + campaign.id}>
            <th scope="row">{arm.name}</th>
            <td>{declares(campaign, declared)}</td>
            <td className="num">{formatCount(arm.fingerprintMismatches)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function declares(campaign: CampaignView, arm: string): string {
  const wanted = campaign.config.arms.find(({ name }) => name === arm)?.fingerprint ?? null;
  if (wanted === null) return 'nothing: every attempt counts';
  const files = Object.entries({ ...wanted.hostFiles, ...wanted.guestFiles });
  return [
    ...(wanted.hotfixes ?? []).map((name) => `${name} present`),
    ...(wanted.hotfixesAbsent ?? []).map((name) => `${name} absent`),
    ...files.map(([file, version]) => `${file} ${version}`),
    ...Object.entries(wanted.settings ?? {}).map(([name, value]) => `${name} = ${value}`),
  ].join(', ');
}
