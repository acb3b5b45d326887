import { confidenceSequence } from './confidence-sequence.ts';
import { demandHistory, type History, type Tally } from './history.ts';
import { checkCount, checkOpenUnit, checkThat, demand } from './input.ts';
import { at } from './numerics.ts';
import { type Claim, type Design, evidenceTrail } from './verdict.ts';

export interface RatePoint {
  readonly n: number;
  readonly k: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * The anytime band of a rate over its exposures: at 0, right before and at every bugcheck, at an
 * even grid between, and now; at most `pointsMax` points, of which the grid gives way first.
 *
 * @param input.bugchecksAt ascending exposures at which the bugchecks happened
 * @throws StatisticsInputError unless these lie in [1, n] and ascend, and 0 < alpha < 1
 */
export function rateSeries(input: {
  readonly bugchecksAt: readonly number[];
  readonly n: number;
  readonly alpha: number;
  readonly pointsMax: number;
}): readonly RatePoint[] {
  const { bugchecksAt, n, alpha, pointsMax } = input;
  demand(
    'rate_series',
    checkCount('/n', n),
    checkCount('/pointsMax', pointsMax, 2),
    checkOpenUnit('/alpha', alpha),
    ...bugchecksAt.map((exposures, j) =>
      checkThat(
        exposures >= (j === 0 ? 1 : at(bugchecksAt, j - 1) + 1) && exposures <= n,
        `/bugchecksAt/${j}`,
        `must ascend and lie in 1 to ${n}`,
      ),
    ),
  );
  const edges = bugchecksAt.flatMap((exposures) => [exposures - 1, exposures]);
  const places = placesOf(edges, n, pointsMax);
  let k = 0;
  return places.map((place) => {
    while (k < bugchecksAt.length && at(bugchecksAt, k) <= place) k += 1;
    return { n: place, k, ...confidenceSequence({ k, n: place, alpha }) };
  });
}

/** 0, n, the edges (thinned evenly when there are too many) and a grid in what room is left. */
function placesOf(edges: readonly number[], n: number, pointsMax: number): readonly number[] {
  const kept = thin(edges, pointsMax - 2);
  const room = Math.min(pointsMax - 2 - kept.length, n);
  const grid = Array.from({ length: Math.max(0, room) }, (_, i) =>
    Math.round(((i + 1) * n) / (room + 1)),
  );
  return [...new Set([0, ...kept, ...grid, n])].toSorted((a, b) => a - b);
}

function thin<Item>(items: readonly Item[], countMax: number): readonly Item[] {
  if (items.length <= countMax) return items;
  return Array.from({ length: countMax }, (_, i) =>
    at(items, Math.floor((i * items.length) / countMax)),
  );
}

export interface EvidencePoint {
  /** Exposures of both arms. */
  readonly n: number;
  readonly logE: number;
}

/**
 * The log e-value of a history as it was at each moment, from the same evidence that decides it.
 * For interleaved arms a staircase with a step at every bugcheck; in sequence with the climb of
 * clean exposures between them.
 *
 * @throws StatisticsInputError as `judge`
 */
export function evidenceSeries(input: {
  readonly design: Exclude<Design, 'single-arm'>;
  readonly history: History;
  readonly claim: Claim;
  readonly pointsMax: number;
}): readonly EvidencePoint[] {
  const { history, pointsMax } = input;
  demandHistory(history);
  demand('evidence_series', checkCount('/pointsMax', pointsMax, 2));
  const trail = evidenceTrail(input, betweenOf(history, pointsMax));
  const points = trail.map(({ moment, logE }) => ({ n: moment.n0 + moment.n1, logE }));
  const last = points.at(-1);
  return last === undefined ? [] : [...thin(points.slice(0, -1), pointsMax - 1), last];
}

/** Clean moments of the candidate on an even grid, beside those that the bugchecks make. */
function betweenOf({ bugchecks, n0, n1 }: History, pointsMax: number): readonly Tally[] {
  const room = Math.max(0, Math.min(n1, pointsMax - 2 * bugchecks.length - 2));
  const total = n0 + n1;
  return Array.from({ length: room }, (_, i) => {
    const place = Math.round(((i + 1) * total) / (room + 1));
    return tallyAt({ bugchecks, n0, n1 }, place);
  }).filter((tally) => tally !== null);
}

/** The tally once both arms had `place` exposures together; null right at a bugcheck. */
function tallyAt(history: History, place: number): Tally | null {
  let before: Tally = { k0: 0, n0: 0, k1: 0, n1: 0 };
  for (const { arm, n0, n1 } of history.bugchecks) {
    if (n0 + n1 > place) return between(before, { n0, n1 }, place);
    before = { k0: before.k0 + (1 - arm), n0, k1: before.k1 + arm, n1 };
  }
  return between(before, history, place);
}

function between(
  before: Tally,
  next: { readonly n0: number; readonly n1: number },
  place: number,
): Tally | null {
  const more = place - before.n0 - before.n1;
  const [more0, more1] = [next.n0 - before.n0, next.n1 - before.n1];
  if (more < 1 || more0 + more1 < 1) return null;
  // Between two bugchecks only the ends are known: both arms are taken to grow evenly.
  const own = Math.round((more * more0) / (more0 + more1));
  return { ...before, n0: before.n0 + own, n1: before.n1 + more - own };
}
