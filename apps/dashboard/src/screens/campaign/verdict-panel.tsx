import type { CampaignEtaView } from '@gauntlet/shared/contracts/analysis';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { formatCount, formatFigure, formatShare } from '../../format/numbers.ts';
import { toNumber } from '../../format/verdicts.ts';
import { Callout } from '../../ui/mark.tsx';
import { CopyButton } from '../../ui/shell-lines.tsx';

/** The conclusion as a sentence to copy, what weakens it, and how far it is to the next one. */
export function VerdictPanel({
  campaign,
  eta,
}: {
  readonly campaign: CampaignView;
  readonly eta: CampaignEtaView | undefined;
}) {
  const { verdict } = campaign;
  if (verdict === null && eta === undefined) return null;
  return (
    <section className="verdict" aria-label="Verdict">
      {verdict === null ? null : (
        <>
          <div className="row spread">
            <p className="sentence">{verdict.sentence}</p>
            <CopyButton text={verdict.sentence} what="the sentence" />
          </div>
          <Figures verdict={verdict} />
          {verdict.warnings.map((warning) => (
            <Callout key={warning} tone="warn">
              {warning}
            </Callout>
          ))}
        </>
      )}
      {eta === undefined ? null : <p className="quiet">{eta.sentence}</p>}
    </section>
  );
}

/** The figures behind the sentence, the interval first; a p-value never stands alone. */
function Figures({ verdict }: { readonly verdict: NonNullable<CampaignView['verdict']> }) {
  const parts: string[] = [];
  if (verdict.rateRatio !== null) {
    const { estimate, anytime } = verdict.rateRatio;
    const at = estimate === null ? 'not known' : formatFigure(toNumber(estimate));
    parts.push(
      `rate ratio ${at}, between ${formatFigure(anytime.lower)} and ` +
        `${formatFigure(toNumber(anytime.upper))} at any look`,
    );
  }
  if (verdict.effectiveness !== null && (verdict.effectiveness.lower ?? 0) > 0) {
    parts.push(`effectiveness at least ${formatShare(verdict.effectiveness.lower)} (planned look)`);
  }
  if (verdict.eValue !== null) {
    const need = formatFigure(1 / verdict.alpha);
    parts.push(`evidence ${formatFigure(toNumber(verdict.eValue))}, decides at ${need}`);
  }
  if (verdict.pValue !== null) parts.push(`p = ${formatFigure(verdict.pValue)} (planned look)`);
  if (verdict.cleanNeeded !== null && verdict.cleanNeeded !== 'Infinity') {
    parts.push(`${formatCount(verdict.cleanNeeded)} clean migrations would show it`);
  }
  return parts.length === 0 ? null : <p className="small quiet">{parts.join(' · ')}</p>;
}
