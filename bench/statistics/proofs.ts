import {
  driftedSerialEnding,
  type Ending,
  etaCoversAfter,
  etaCoversAt,
  interleavedEnding,
  peekedEnding,
  rateMisses,
  registeredEnding,
  sequenceEnding,
  summarise,
} from '@gauntlet/statistics/testing/simulate';
import { type Line, percent, whole } from './table.ts';

const p0 = 7.5e-4;
const original = 20_000;

/** Looking after every migration: how often does a 95 % interval lose the true rate? */
export function coverage(campaigns: number): Line[] {
  return [20_000, 200_000].flatMap((n) => {
    const size = n === 20_000 ? campaigns : Math.ceil(campaigns / 5);
    const { anytime, clopperPearson } = rateMisses(size, { p: p0, n });
    const setting = `${whole(size)} campaigns of ${whole(n)}, rate 7.5e-4, a look after every one`;
    return [
      {
        proof: 'anytime interval misses the rate',
        setting,
        measured: percent(anytime.hits, size),
        promise: 'at most 5 %',
        holds: anytime.hits / size <= 0.05,
      },
      {
        proof: 'Clopper-Pearson, watched although it must not be',
        setting,
        measured: percent(clopperPearson.hits, size),
        promise: 'none (why it is not watched)',
        holds: true,
      },
    ];
  });
}

/** A fix that does nothing: how often is it confirmed? */
export function falseVerdicts(campaigns: number): Line[] {
  const nothing = { p0, p1: p0, cap: 2 * original };
  const line = (proof: string, end: (seed: number) => Ending, promise: string, limit: number) => {
    const { confirmed } = summarise(campaigns, end);
    return {
      proof: `false verdict, ${proof}`,
      setting: `${whole(campaigns)} null campaigns, alpha 5 %, a look after every migration`,
      measured: percent(confirmed, campaigns),
      promise,
      holds: confirmed / campaigns <= limit,
    };
  };
  // Exact at 5 %: the simulation may differ by chance, three standard errors.
  const chance = 3 * Math.sqrt((0.05 * 0.95) / campaigns);
  const plan = { k0: 3, alpha: 0.05 };
  return [
    line('interleaved', (seed) => interleavedEnding(nothing, seed), 'at most 5 %', 0.05),
    line(
      'interleaved, the rate falls to a fifth half-way',
      (seed) => interleavedEnding({ ...nothing, drift: 0.2 }, seed),
      'at most 5 %',
      0.05,
    ),
    line('sequence (k0 = 9)', (seed) => sequenceEnding(nothing, 9, seed), 'at most 5 %', 0.05),
    line(
      'registered plan (k0 = 3)',
      (seed) => registeredEnding(nothing, plan, seed),
      'at most 5 %',
      0.05 + chance,
    ),
    line('exact test, watched', (seed) => peekedEnding(nothing, seed), 'none', 1),
    line(
      'registered plan, the rate falls to a fifth between the arms',
      (seed) => driftedSerialEnding({ p0, drift: 0.2 }, plan, seed),
      'none: arms in sequence trust the calendar',
      1,
    ),
  ];
}

/** The original scenario: 12,000 + 8,000 migrations. What does it take by each design? */
export function power(campaigns: number): Line[] {
  const effects = [
    { name: 'complete fix', p1: 0 },
    { name: '90 % effective', p1: p0 / 10 },
    { name: 'half the rate', p1: p0 / 2 },
  ];
  return effects.flatMap(({ name, p1 }) => {
    const rates = { p0, p1, cap: 2 * original };
    const designs: [string, (seed: number) => Ending, number][] = [
      ['interleaved 1:1', (seed) => interleavedEnding(rates, seed), campaigns],
      [
        'registered, k0 = 3',
        (seed) => registeredEnding(rates, { k0: 3, alpha: 0.05 }, seed),
        campaigns,
      ],
      [
        'registered, k0 = 9',
        (seed) => registeredEnding(rates, { k0: 9, alpha: 0.05 }, seed),
        campaigns,
      ],
      ['sequence, k0 = 9', (seed) => sequenceEnding(rates, 9, seed), Math.ceil(campaigns / 10)],
    ];
    return designs.map(([design, end, size]) => {
      const { confirmed, meanMigrations, migrations95 } = summarise(size, end);
      const saved = 1 - meanMigrations / original;
      return {
        proof: `${design}: ${name}`,
        setting: `${whole(size)} campaigns, cap ${whole(rates.cap)}, alpha 5 %`,
        measured:
          `${percent(confirmed, size)} confirmed; mean ${whole(meanMigrations)} migrations, ` +
          `95 % by ${whole(migrations95)}; ${Math.round(100 * saved)} % saved of ${whole(original)}`,
        promise: 'for comparison',
        holds: true,
      };
    });
  });
}

/** Does the 80 % interval of the next bugcheck hold it? */
export function etaCoverage(campaigns: number): Line[] {
  const atLooks = [2000, 4000, 12_000].map((n) => {
    const { hits, campaigns: asked } = etaCoversAt(campaigns, { p: p0, n });
    const share = hits / asked;
    return {
      proof: '80 % ETA interval holds the next bugcheck',
      setting: `${whole(asked)} campaigns that reproduced by migration ${whole(n)}`,
      measured: percent(hits, asked),
      promise: '75 to 85 %',
      holds: share >= 0.75 && share <= 0.85,
    };
  });
  const atBugchecks = [1, 3, 9].map((k) => {
    const { hits } = etaCoversAfter(campaigns, { p: p0, k });
    return {
      proof: '80 % ETA interval, asked right at a bugcheck',
      setting: `${whole(campaigns)} campaigns at bugcheck ${k}`,
      measured: percent(hits, campaigns),
      promise: 'none: a moment chosen by its bugcheck looks worse than the rate is',
      holds: true,
    };
  });
  return [...atLooks, ...atBugchecks];
}
