import type { MigrationsView, PlanAnswer, PlanQuestion } from '@gauntlet/shared/contracts/analysis';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { detectableRate, type Forecast, forecastNext, toPace } from '@gauntlet/statistics/eta';
import { migrationsToReproduce } from '@gauntlet/statistics/planning';
import { planSentence } from '@gauntlet/statistics/sentences/plan';
import { toExtended } from './extended.ts';
import { refusing } from './input-faults.ts';

const probabilityDefault = 0.95;

/**
 * How many migrations, hours and nights until the next bugcheck was seen with `probability`; or,
 * with the rate unknown, which rate a budget of migrations finds.
 */
export function calculatePlan(question: PlanQuestion): PlanAnswer {
  assertAnswerable(question);
  const { rate, bugchecks, migrations, budget, probability = probabilityDefault } = question;
  const pace = {
    perHour: question.migrationsPerHour ?? null,
    hoursPerNight: question.hoursPerNight ?? null,
  };
  const view = (count: number | null) => (count === null ? null : toMigrations(count, pace));
  return refusing(
    () => {
      const seen = bugchecks !== undefined && migrations !== undefined && rate === undefined;
      const forecast = seen ? forecastNext(bugchecks, migrations, probability) : null;
      // Counts without a rate are what one is prepared to run.
      const spend = budget ?? (bugchecks === undefined ? migrations : undefined) ?? null;
      const facts = {
        probability,
        rate: rate ?? null,
        bugchecks: bugchecks ?? null,
        migrations: migrations ?? null,
        migrationsPerHour: pace.perHour,
        hoursPerNight: pace.hoursPerNight,
        detectableRate: spend === null ? null : detectableRate(spend, probability),
        budget: view(spend),
        plugIn: view(plugInOf(rate, probability, forecast)),
        predictive: view(forecast?.predictive ?? null),
        cautious: view(forecast?.cautious ?? null),
        nextBugcheck: nextOf(forecast),
      };
      return { ...facts, sentence: planSentence(facts) };
    },
    (pointer) => (pointer === '/prob' ? '/probability' : pointer),
  );
}

function plugInOf(
  rate: number | undefined,
  prob: number,
  forecast: Forecast | null,
): number | null {
  if (rate !== undefined) return migrationsToReproduce({ p: rate, prob }).n;
  return forecast?.plugIn ?? null;
}

function nextOf(forecast: Forecast | null): PlanAnswer['nextBugcheck'] {
  const next = forecast?.next ?? null;
  return next === null ? null : { lower: toExtended(next.lower), upper: toExtended(next.upper) };
}

export function toMigrations(
  count: number,
  pace: { perHour: number | null; hoursPerNight: number | null },
): MigrationsView {
  const { hours, nights } = toPace(count, pace);
  return {
    migrations: toExtended(count),
    hours: hours === null ? null : toExtended(hours),
    nights: nights === null ? null : toExtended(nights),
  };
}

function assertAnswerable({ bugchecks, migrations, budget, rate }: PlanQuestion): void {
  const errors: { pointer: string; detail: string }[] = [];
  if (bugchecks !== undefined && migrations === undefined) {
    errors.push({ pointer: '/migrations', detail: 'is needed with /bugchecks' });
  }
  if (bugchecks !== undefined && migrations !== undefined && bugchecks > migrations) {
    errors.push({ pointer: '/bugchecks', detail: `must be at most /migrations (${migrations})` });
  }
  if ([bugchecks, migrations, budget, rate].every((given) => given === undefined)) {
    errors.push({ pointer: '', detail: 'needs a rate, counts, or a number of migrations' });
  }
  if (errors.length === 0) return;
  const text = errors.map(({ pointer, detail }) => `${pointer || 'the body'} ${detail}`);
  throw new AppError('request.impossible', text.join('; '), { details: { errors } });
}
