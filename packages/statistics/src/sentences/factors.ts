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

/** Which levels raise the rate, or why that cannot be said yet. */
export function factorsSentence({ exposures, bugchecks, alpha, method, factors }: FactorsFacts) {
  const seen = `${sayTally({ bugchecks, exposures })}.`;
  if (method === 'counts-only') return `${seen} Too few to tell which factor raises the rate.`;
  const suspects = factors.flatMap(({ factor, levels }) =>
    levels.flatMap(({ level, suspect, adjusted, rateRatio }) => {
      const estimate = Number(rateRatio?.estimate ?? 0);
      if (!suspect || rateRatio === null || estimate < 1) return [];
      const times = Number.isFinite(estimate)
        ? `${sayNumber(estimate)} times the rate of the rest`
        : 'all bugchecks';
      const doubt = adjusted ? '' : ', not to be told apart from others';
      return [
        `${factor} ${level} (${times}, at least ${sayNumber(rateRatio.bonferroni.lower)}${doubt})`,
      ];
    }),
  );
  if (suspects.length === 0) return `${seen} No factor stands out (${sayLevel(alpha)}).`;
  return `${seen} Suspect (${sayLevel(alpha)} over all comparisons): ${suspects.join('; ')}.`;
}
