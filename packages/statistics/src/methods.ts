import Type, { type Static, type TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { gammaPosterior, probFaster } from './allocation.ts';
import { clusterDispersion, clusterExactP } from './clustering.ts';
import { poissonTest, rateRatioConditional } from './compare.ts';
import { condEProcess, condRrSequence } from './conditional-e-process.ts';
import { confidenceSequence, standardisedRate } from './confidence-sequence.ts';
import { eProcessRate } from './e-process.ts';
import { fisherExact, stratifiedExactOr } from './exact-odds-ratio.ts';
import { mantelHaenszelRr, stratifiedExactRr } from './factors.ts';
import { firthLogistic, firthPoisson } from './firth.ts';
import { type InputFault, StatisticsInputError } from './input.ts';
import {
  cleanNeededFisher,
  cleanNeededVsBaseline,
  migrationsToReproduce,
  predictiveMigrationsToReproduce,
  zeroFailureSampleSize,
} from './planning.ts';
import { powerConditional } from './power.ts';
import {
  clopperPearson,
  clopperPearsonInverse,
  clopperPearsonOneSided,
  jeffreys,
  ruleOfThree,
} from './rate.ts';
import { sprtBernoulli } from './sprt.ts';
import { exponentialRate, kaplanMeier, laplaceTrend } from './survival.ts';
import { uiEProcess, uiRrSequence } from './universal-inference.ts';

/**
 * A calculator for numbers from anywhere. `inputs` is the JSON schema of what it takes; `answer`
 * takes an unknown value, refuses it with every fault named, and answers plain JSON.
 */
export interface Method {
  readonly inputs: TSchema;
  readonly answer: (inputs: unknown) => unknown;
}

const count = Type.Integer();
const real = Type.Number();
const counts = Type.Array(count, { maxItems: 10_000 });
const reals = Type.Array(real, { maxItems: 10_000 });
const rate = { k: count, n: count, alpha: real };
const arms = { k0: count, n0: count, k1: count, n1: count };
const stratum = Type.Object(arms, { additionalProperties: false });
const strata = { strata: Type.Array(stratum, { maxItems: 1_000 }), alpha: real };
const interleaved = { arms: counts, r: reals };
const cells = { X: Type.Array(reals, { maxItems: 1_000 }), k: counts, n: counts };

/** Every method of fixtures/statistics.csv by its name there. */
export const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  method('clopper_pearson', rate, clopperPearson),
  method(
    'clopper_pearson_one_sided',
    { ...rate, side: oneOf('lower', 'upper') },
    clopperPearsonOneSided,
  ),
  method('clopper_pearson_inverse', rate, clopperPearsonInverse),
  method('jeffreys', rate, jeffreys),
  method('rule_of_three', { n: count, alpha: real }, ruleOfThree),
  method('confidence_sequence', rate, confidenceSequence),
  method('e_process_rate', { k: count, n: count, p0: real, null: oneOf('le', 'ge') }, eProcessRate),
  method('standardised_rate', { w: reals, k: counts, n: counts, alpha: real }, standardisedRate),
  method('migrations_to_reproduce', { p: real, prob: real }, migrationsToReproduce),
  method(
    'predictive_migrations_to_reproduce',
    { k: count, n: count, prob: real, a: Type.Optional(real), b: Type.Optional(real) },
    predictiveMigrationsToReproduce,
  ),
  method(
    'zero_failure_sample_size',
    { p: real, alpha: real, allowed: Type.Optional(count) },
    zeroFailureSampleSize,
  ),
  method(
    'clean_needed_vs_baseline',
    {
      k0: count,
      n0: count,
      alpha: real,
      rrMax: Type.Optional(real),
      allowed: Type.Optional(count),
    },
    cleanNeededVsBaseline,
  ),
  method('clean_needed_fisher', { k0: count, n0: count, alpha: real }, cleanNeededFisher),
  method('rate_ratio_conditional', { ...arms, alpha: real }, rateRatioConditional),
  method('poisson_test', { ...arms, alpha: real }, poissonTest),
  method('fisher_exact', { ...arms, alpha: real }, fisherExact),
  method(
    'power_conditional',
    { p0: real, n0: count, p1: real, n1: count, alpha: real },
    powerConditional,
  ),
  method('cond_e_process', { ...interleaved, rho0: real }, condEProcess),
  method('cond_rr_sequence', { ...interleaved, alpha: real }, condRrSequence),
  method('ui_e_process', { ...arms, rho0: real }, uiEProcess),
  method('ui_rr_sequence', { ...arms, alpha: real }, uiRrSequence),
  method(
    'sprt_bernoulli',
    {
      pLow: real,
      pHigh: real,
      alpha: real,
      beta: real,
      k: count,
      n: count,
      boundary: Type.Optional(oneOf('guaranteed', 'wald')),
    },
    sprtBernoulli,
  ),
  method('mantel_haenszel_rr', strata, mantelHaenszelRr),
  method('stratified_exact_rr', strata, stratifiedExactRr),
  method('stratified_exact_or', strata, stratifiedExactOr),
  method('firth_poisson', cells, firthPoisson),
  method('firth_logistic', cells, firthLogistic),
  method('gamma_posterior', { k: count, n: count, a: real, b: real }, gammaPosterior),
  method(
    'prob_faster',
    { kA: count, nA: count, kB: count, nB: count, a: real, b: real },
    probFaster,
  ),
  method(
    'exponential_rate',
    { k: count, exposure: real, alpha: real, scheme: oneOf('time', 'failure') },
    exponentialRate,
  ),
  method('kaplan_meier', { time: reals, event: counts, alpha: real }, kaplanMeier),
  method('laplace_trend', { t: reals, T: real }, laplaceTrend),
  method('cluster_dispersion', { k: counts, n: counts, alpha: real }, clusterDispersion),
  method('cluster_exact_p', { k: counts, n: counts, seed: Type.Optional(count) }, clusterExactP),
]);

function oneOf<First extends string, Second extends string>(first: First, second: Second) {
  return Type.Union([Type.Literal(first), Type.Literal(second)]);
}

function method<Fields extends Record<string, TSchema>>(
  name: string,
  fields: Fields,
  run: (inputs: Static<Type.TObject<Fields>>) => object,
): [string, Method] {
  const inputs = Type.Object(fields, { additionalProperties: false });
  // Compiled on first use: a process that asks for one method pays for one.
  let validator: Validator | null = null;
  const answer = (value: unknown): unknown => {
    validator ??= Compile(inputs) as unknown as Validator;
    if (!validator.Check(value)) throw new StatisticsInputError(name, faultsOf(validator, value));
    return toJson(run(value as Static<typeof inputs>));
  };
  return [name, { inputs, answer }];
}

const faultsMax = 100;

function faultsOf(validator: Validator, value: unknown): readonly InputFault[] {
  return validator
    .Errors(value)
    .slice(0, faultsMax)
    .map((error) => ({ pointer: error.instancePath || '/', detail: error.message }));
}

/** JSON has no infinities: they travel as the strings "Infinity" and "-Infinity". */
export function toJson(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toJson(entry)]));
}
