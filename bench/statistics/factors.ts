import { runStorvscRace } from '@gauntlet/simulated-cluster/storvsc-race';
import { analyzeFactors } from '@gauntlet/statistics/factor-analysis';
import type { FactorCell } from '@gauntlet/statistics/factor-cells';
import { type Line, percent, whole } from './table.ts';

const factors = ['diskFormat', 'scsiDisks', 'load'];

interface Guest {
  readonly levels: Readonly<Record<string, string>>;
  readonly disks: { controller: 'scsi'; format: 'dynamic' | 'fixed'; sizeMaxMiB: number }[];
}

/** A lab in which every combination of format, disk count and load name has a guest. */
export function crossedGuests(): Guest[] {
  const formats = ['dynamic', 'fixed'] as const;
  const counts = [2, 8] as const;
  return formats.flatMap((format) =>
    counts.flatMap((count) =>
      ['sql-a', 'sql-b'].map((load) => ({
        levels: { diskFormat: format, scsiDisks: String(count), load },
        disks: Array.from({ length: count }, () => ({
          controller: 'scsi' as const,
          format,
          sizeMaxMiB: 102_400,
        })),
      })),
    ),
  );
}

/** The simulated storvsc race, `exposures` migrations in all, spread evenly. */
export function raceCells(
  exposures: number,
  seed: number,
  { loadFactor, guests = crossedGuests() }: { loadFactor: number; guests?: Guest[] },
): FactorCell[] {
  const n = Math.floor(exposures / guests.length);
  return guests.map(({ levels, disks }, g) => {
    let k = 0;
    for (let i = 0; i < n; i += 1) {
      if (runStorvscRace({ disks, loadFactor }, seed * 1000 + g, i) !== null) k += 1;
    }
    return { levels, k, n };
  });
}

/** The levels that are called suspect with a higher rate than the rest: `factor level`. */
export function blamedIn(cells: readonly FactorCell[]): ReadonlySet<string> {
  const analysis = analyzeFactors({ cells, factors, alpha: 0.05 });
  return new Set(
    analysis.factors.flatMap(({ factor, levels }) =>
      levels
        .filter(({ suspect, comparison }) => suspect && (comparison?.estimate ?? 0) > 1)
        .map(({ level }) => `${factor} ${level}`),
    ),
  );
}

/** Does the method find disk format and disk count on the simulated cluster, and nothing else? */
export function factorsFound(campaigns: number): Line[] {
  const seeds = Array.from({ length: campaigns }, (_, i) => i + 1);
  const found = [10_000, 30_000].map((exposures) => {
    const blamed = seeds.map((seed) => blamedIn(raceCells(exposures, seed, { loadFactor: 1.5 })));
    const both = blamed.filter(
      (one) => one.has('diskFormat dynamic') && one.has('scsiDisks 8'),
    ).length;
    const wrong = blamed.filter((one) => one.has('load sql-a') || one.has('load sql-b')).length;
    return {
      proof: 'factors: disk format and disk count are both suspect',
      setting: `${whole(campaigns)} campaigns of ${whole(exposures)} on the simulated race, load 1.5`,
      measured: `${percent(both, campaigns)}; the innocent load in ${percent(wrong, campaigns)}`,
      promise: 'both in at least 95 %, the innocent in at most 5 %',
      holds: both / campaigns >= 0.95 && wrong / campaigns <= 0.05,
    };
  });
  return [...found, nullLine(seeds)];
}

/** Eight guests that differ in name only: whatever is found is found by chance. */
function nullLine(seeds: readonly number[]): Line {
  const guests = crossedGuests();
  const twins = guests.map((guest) => ({ ...guest, disks: guests[2]?.disks ?? guest.disks }));
  const alarms = seeds.filter(
    (seed) => blamedIn(raceCells(20_000, seed + 50_000, { loadFactor: 1, guests: twins })).size > 0,
  ).length;
  return {
    proof: 'factors: any suspect although the guests are alike',
    setting: `${whole(seeds.length)} campaigns of 20,000`,
    measured: percent(alarms, seeds.length),
    promise: 'at most 5 %',
    holds: alarms / seeds.length <= 0.05 + 3 * Math.sqrt((0.05 * 0.95) / seeds.length),
  };
}
