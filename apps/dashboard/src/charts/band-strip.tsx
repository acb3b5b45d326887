import type { SeriesView } from '@gauntlet/shared/contracts/analysis';

type Points = SeriesView['arms'][number]['points'];

/** A rate's anytime band narrowing as exposures come in, small: shape only, no scale. */
export function BandStrip({ points, total }: { readonly points: Points; readonly total: number }) {
  const shown = points.filter((point) => point.exposures > 0);
  if (shown.length < 2 || total === 0) return <svg className="strip" aria-hidden="true" />;
  const uppers = shown.map((point) => Math.log10(Math.max(point.upper, 1e-9)));
  const top = Math.max(...uppers);
  const bottom = Math.min(...uppers) - 1.5;
  const x = (exposures: number): number => (100 * exposures) / total;
  const y = (rate: number): number => {
    const log = Math.log10(Math.max(rate, 1e-12));
    return 2 + 26 * Math.min(1, Math.max(0, (top - log) / (top - bottom)));
  };
  const upper = shown.map((point) => `${x(point.exposures)} ${y(point.upper)}`);
  const lower = shown.map((point) => `${x(point.exposures)} ${y(point.lower)}`).reverse();
  const estimate = shown
    .filter((point) => point.estimate !== null && point.estimate > 0)
    .map((point) => `${x(point.exposures)} ${y(point.estimate ?? 0)}`);
  return (
    <svg className="strip" viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">
      <path className="strip-band" d={`M${upper.join('L')}L${lower.join('L')}Z`} />
      <path className="strip-line" d={`M${upper.join('L')}`} />
      {estimate.length < 2 ? null : (
        <path className="strip-estimate" d={`M${estimate.join('L')}`} />
      )}
    </svg>
  );
}
