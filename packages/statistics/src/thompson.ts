import { drawUnit } from '@gauntlet/shared/kernel/stream';
import { checkPositive, checkTally, checkThat, demand } from './input.ts';
import { at, sum, zeros } from './numerics.ts';
import { gammaQuantile } from './special.ts';

/** What is known of one configuration: bugchecks, migrations, and what a migration costs. */
export interface Configuration {
  readonly k: number;
  readonly n: number;
  /** Mean seconds a migration; any positive number when all cost the same. */
  readonly meanSeconds: number;
}

/** The weights are drawn anew after so many attempts. */
export const allocationBlockSize = 100;

const floorShare = 0.1;
const priorShape = 0.5;
const priorMigrations = 1000;
const drawsMax = 200;
const drawsMin = 20;
const workMax = 40_000;
const configurationsMax = 10_000;
/** A Gamma draw uses up to so many uniform numbers before it turns to the quantile. */
const uniformsMax = 64;

/**
 * The share of attempts that each configuration gets in the next block: the configuration that is
 * most likely to bugcheck next gets most, every one at least a tenth of an even share. lambda_c ~
 * Gamma(1/2 + k_c, rate 1000 + n_c), score lambda_c / seconds, w_c = share of 200 seeded draws won,
 * r_c = 0.1/C + 0.9 w_c. The shares are exact propensities although w is Monte Carlo: attempts are
 * drawn from them. For the hunt only; the winner's bugchecks must not serve as its baseline.
 * Source: Thompson 1933; Russo et al. 2018.
 *
 * @param input.block index of the block, so that every block has draws of its own
 * @throws StatisticsInputError unless there are 1 to 10,000 configurations with integers
 *   0 <= k <= n and a positive mean duration
 */
export function allocationShares(input: {
  readonly configurations: readonly Configuration[];
  readonly seed: number;
  readonly block: number;
}): readonly number[] {
  const { configurations, seed, block } = input;
  const count = configurations.length;
  demand(
    'allocation',
    checkThat(
      count >= 1 && count <= configurationsMax,
      '/configurations',
      `must be 1 to ${configurationsMax}, not ${count}`,
    ),
    ...configurations.flatMap(({ k, n, meanSeconds }, c) => [
      checkTally([`/configurations/${c}/k`, k], [`/configurations/${c}/n`, n]),
      checkPositive(`/configurations/${c}/meanSeconds`, meanSeconds),
    ]),
  );
  const drawCount = Math.min(drawsMax, Math.max(drawsMin, Math.floor(workMax / count)));
  const wins = zeros(count);
  for (let i = 0; i < drawCount; i += 1) {
    const scores = configurations.map(({ k, n, meanSeconds }, c) => {
      const slot = ((block * drawsMax + i) * configurationsMax + c) * uniformsMax;
      return drawGamma(k, { seed, slot }) / ((priorMigrations + n) * meanSeconds);
    });
    const winner = scores.indexOf(Math.max(...scores));
    wins[winner] = at(wins, winner) + 1;
  }
  return wins.map((won) => floorShare / count + ((1 - floorShare) * won) / drawCount);
}

/** Which configuration attempt `ordinal` gets: one draw from the shares. */
export function chooseConfiguration(
  seed: number,
  ordinal: number,
  shares: readonly number[],
): number {
  const unit = drawUnit(seed, 'allocation.configuration', ordinal) * sum(shares);
  let cumulated = 0;
  for (const [c, share] of shares.entries()) {
    cumulated += share;
    if (unit < cumulated) return c;
  }
  return shares.length - 1;
}

/** Gamma(1/2 + k, rate 1): half a squared normal plus k exponentials, or its quantile for large k. */
function drawGamma(k: number, { seed, slot }: { seed: number; slot: number }): number {
  const unit = (j: number) => 1 - drawUnit(seed, 'allocation.thompson', slot + j);
  if (k + 2 > uniformsMax) return gammaQuantile(unit(0), priorShape + k);
  const normal = Math.sqrt(-2 * Math.log(unit(0))) * Math.cos(2 * Math.PI * unit(1));
  let value = (normal * normal) / 2;
  for (let j = 0; j < k; j += 1) value -= Math.log(unit(2 + j));
  return value;
}
