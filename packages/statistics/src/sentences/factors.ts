import { type Ends, sayTally } from './tally.ts';
import { type Extended, sayLevel, sayNumber } from './wording.ts';

export interface FactorsFacts {
  readonly exposures: number;
  readonly bugchecks: number;
  readonly alpha: number;
  readonly method: 'counts-only' | 'exact' | 'exact-and-firth';
  readonly factors: readonly {
    readonly factor: string;
    readonly levels: readonly {
      readonly level: string;
      readonly suspect: boolean;
      readonly adjusted: boolean;
      readonly rateRatio: {
        readonly estimate: Extended | null;
        readonly bonferroni: Ends;
      } | null;
    }[];
  }[];
}

type Level = FactorsFacts['factors'][number]['levels'][number];

/** Which levels raise or lower the rate, or why that cannot be said yet. */
export function factorsSentence({ exposures, bugchecks, alpha, method, factors }: FactorsFacts) {
  const seen = `${sayTally({ bugchecks, exposures })}.`;
  if (method === 'counts-only') return `${seen} Too few to tell which factor raises the rate.`;
  const suspects = factors.flatMap(({ factor, levels }) =>
    levels
      .filter((level) => level.suspect && !isMirror(level, levels))
      .map((level) => `${factor} ${level.level} (${sayRatio(level)})`),
  );
  if (suspects.length === 0) return `${seen} No factor stands out (${sayLevel(alpha)}).`;
  return `${seen} Suspect (${sayLevel(alpha)} over all comparisons): ${suspects.join('; ')}.`;
}

/** Of two levels the lower one says what the higher one says. */
function isMirror({ rateRatio }: Level, levels: readonly Level[]): boolean {
  return levels.length === 2 && Number(rateRatio?.estimate ?? 0) < 1;
}

function sayRatio({ rateRatio, adjusted }: Level): string {
  const estimate = Number(rateRatio?.estimate ?? 0);
  const { lower = 0, upper = 0 } = rateRatio?.bonferroni ?? {};
  const bound = estimate < 1 ? `at most ${sayNumber(upper)}` : `at least ${sayNumber(lower)}`;
  const times = Number.isFinite(estimate)
    ? `${sayNumber(estimate)} times the rate of the rest`
    : 'all bugchecks';
  return `${times}, ${bound}${adjusted ? '' : ', not to be told apart from others'}`;
}
