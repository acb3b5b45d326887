import {
  type FactorLevelView,
  type FactorName,
  type FactorsView,
  factorNames,
} from '@gauntlet/shared/contracts/analysis';
import { clusterDispersion } from '@gauntlet/statistics/clustering';
import { confidenceSequence, standardisedRate } from '@gauntlet/statistics/confidence-sequence';
import {
  analyzeFactors,
  type FactorAnalysis,
  type FactorLevel,
} from '@gauntlet/statistics/factor-analysis';
import type { FactorCell } from '@gauntlet/statistics/factor-cells';
import { factorsSentence } from '@gauntlet/statistics/sentences/factors';
import type { Stores } from '../ports.ts';
import type { CampaignRecord, PlannedVm } from '../records.ts';
import { findingsMax } from './campaign-history.ts';
import { findSignature, gatherCase } from './campaign-verdict.ts';
import { toExtended, toExtendedInterval } from './extended.ts';
import type { CellRecord, FindingRecord } from './ports.ts';

/** Traits first: when factors cannot be told apart, the later ones are let go first. */
const factorsInOrder: readonly FactorName[] = [
  'diskFormat',
  'scsiDisks',
  'load',
  'guestOs',
  'processorCompatibility',
  'hostPair',
  'direction',
];

/** Which factor raises the rate of one signature; from the cells, whatever the number of attempts. */
export async function readFactors(
  stores: Stores,
  campaign: CampaignRecord,
  bucketId: string | undefined,
): Promise<FactorsView> {
  const signature =
    bucketId === undefined ? undefined : await findSignature(stores, campaign, bucketId);
  const given = await gatherCase(stores, campaign, { signature });
  const records = await stores.analysis.readCells(campaign.id);
  const { alpha } = given.rule;
  const cells = toCells(campaign, records, given.findings);
  const analysis = analyzeFactors({ cells, factors: factorsInOrder, blocks: ['arm'], alpha });
  const vms = toConfigurations(campaign, { records, findings: given.findings, alpha });
  const view = {
    campaignId: campaign.id,
    bucketId: given.signature?.bucketId ?? null,
    alpha,
    exposures: cells.reduce((total, { n }) => total + n, 0),
    bugchecks: cells.reduce((total, { k }) => total + k, 0),
    method: analysis.method,
    factors: toFactors(analysis),
    firth: toFirth(analysis),
    configurations: await withShares(stores, campaign, vms),
    standardisedRate: standardise(vms, alpha),
    clustering: clusteringOf(vms, alpha),
    warnings: warningsOf(analysis, given.findings.length),
  };
  return { ...view, sentence: factorsSentence(view) };
}

/** Every arm is its own world: a hotfix is no factor here, so cells of both arms stay apart. */
function toCells(
  { plan }: CampaignRecord,
  records: readonly CellRecord[],
  findings: readonly FindingRecord[],
): FactorCell[] {
  const vms = vmsById(plan.arms);
  const keyOf = (one: { arm: number; vmId: string; source: string; target: string }) =>
    JSON.stringify([one.arm, one.vmId, one.source, one.target]);
  const found = new Map<string, number>();
  for (const finding of findings) {
    found.set(keyOf(finding), (found.get(keyOf(finding)) ?? 0) + 1);
  }
  return records.map((record) => ({
    levels: {
      arm: String(record.arm),
      ...vms.get(record.vmId)?.traits,
      ...hostsOf(record),
    },
    k: found.get(keyOf(record)) ?? 0,
    n: record.exposures,
  }));
}

function vmsById(arms: CampaignRecord['plan']['arms']): ReadonlyMap<string, PlannedVm> {
  return new Map(arms.flatMap((arm) => arm.vms).map((vm) => [vm.id, vm]));
}

/** The pair without its direction, and the direction within the pair. */
function hostsOf({ source, target }: CellRecord): Record<string, string> {
  if (source === target) return { hostPair: source, direction: 'stays' };
  const forward = source < target;
  const [first, second] = forward ? [source, target] : [target, source];
  return {
    hostPair: `${first} - ${second}`,
    direction: forward ? 'up the names' : 'down the names',
  };
}

function toFactors({ factors }: FactorAnalysis): FactorsView['factors'] {
  return factors.map(({ factor, levels }) => ({
    factor: nameOf(factor),
    levels: levels.map(toLevel),
  }));
}

function nameOf(factor: string): FactorName {
  return factorNames.find((name) => name === factor) ?? 'diskFormat';
}

function toLevel({ level, k, n, anytime, comparison, ...flags }: FactorLevel): FactorLevelView {
  return {
    level,
    exposures: n,
    bugchecks: k,
    rate: { estimate: n === 0 ? null : k / n, anytime },
    rateRatio:
      comparison === null
        ? null
        : {
            estimate: comparison.estimate === null ? null : toExtended(comparison.estimate),
            exact: toExtendedInterval(comparison.exact),
            bonferroni: toExtendedInterval(comparison.bonferroni),
          },
    pValue: comparison?.pValue ?? null,
    pHolm: comparison?.pHolm ?? null,
    ...flags,
  };
}

function toFirth({ firth }: FactorAnalysis): FactorsView['firth'] {
  if (firth === null) return null;
  return firth.map(({ factor, upper, ...term }) => ({
    ...term,
    factor: nameOf(factor),
    upper: toExtended(upper),
  }));
}

type Configuration = Omit<FactorsView['configurations'][0], 'share'> & { readonly vmId: string };

function toConfigurations(
  { plan }: CampaignRecord,
  about: {
    readonly records: readonly CellRecord[];
    readonly findings: readonly FindingRecord[];
    readonly alpha: number;
  },
): Configuration[] {
  const exposures = Map.groupBy(about.records, ({ vmId }) => vmId);
  const found = Map.groupBy(about.findings, ({ vmId }) => vmId);
  return [...vmsById(plan.arms).values()].map((vm) => {
    const n = (exposures.get(vm.id) ?? []).reduce((total, cell) => total + cell.exposures, 0);
    const k = Math.min(n, found.get(vm.id)?.length ?? 0);
    return {
      vmId: vm.id,
      vm: vm.name,
      exposures: n,
      bugchecks: k,
      rate: {
        estimate: n === 0 ? null : k / n,
        anytime: confidenceSequence({ k, n, alpha: about.alpha }),
      },
      levels: { ...vm.traits },
    };
  });
}

async function withShares(
  stores: Stores,
  campaign: CampaignRecord,
  vms: readonly Configuration[],
): Promise<FactorsView['configurations']> {
  const latest = await stores.analysis.readLatestShares(campaign.id);
  const order = new Map(campaign.plan.arms[0]?.vms.map((vm, index) => [vm.id, index]));
  return vms.map(({ vmId, ...vm }) => ({
    ...vm,
    share: latest?.[order.get(vmId) ?? -1] ?? null,
  }));
}

function standardise(
  vms: readonly Configuration[],
  alpha: number,
): FactorsView['standardisedRate'] {
  if (vms.length === 0) return null;
  const { rate, lower, upper } = standardisedRate({
    w: vms.map(() => 1 / vms.length),
    k: vms.map((vm) => vm.bugchecks),
    n: vms.map((vm) => vm.exposures),
    alpha,
  });
  return { estimate: rate, anytime: { lower, upper } };
}

const clusteredMin = { bugchecks: 3, vms: 2 };

function clusteringOf(vms: readonly Configuration[], alpha: number): FactorsView['clustering'] {
  const used = vms.filter((vm) => vm.exposures > 0);
  const bugchecks = used.reduce((total, vm) => total + vm.bugchecks, 0);
  if (bugchecks < clusteredMin.bugchecks || used.length < clusteredMin.vms) return null;
  const { deff, lower, upper } = clusterDispersion({
    k: used.map((vm) => vm.bugchecks),
    n: used.map((vm) => vm.exposures),
    alpha,
  });
  return { designEffect: deff, rate: { lower, upper } };
}

function warningsOf({ confounded }: FactorAnalysis, findings: number): string[] {
  const warnings = [...confounded].map(
    ([factor, others]) =>
      `${factor} cannot be told apart from ${others.join(', ')}: they moved together.`,
  );
  if (findings >= findingsMax) {
    warnings.push(`Analysed on the first ${findingsMax.toLocaleString('en-US')} findings.`);
  }
  return warnings;
}
