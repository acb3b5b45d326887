import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { LimitView } from '@gauntlet/shared/contracts/reports';

/** What a campaign's limits are held against. */
export interface Standing {
  readonly campaign: CampaignView;
  /** How long it was running, ms. */
  readonly ranMs: number;
  readonly failedInARow: number;
  readonly bugchecksOfLargestBucket: number;
  /** Guards that have tripped, by name. */
  readonly tripped: ReadonlyMap<string, number | null>;
}

/** Every stop rule and guard beside its value: a number without its limit is not to be trusted. */
export function limitsOf(standing: Standing): LimitView[] {
  return [...stopRules(standing), ...guards(standing)];
}

function stopRules(standing: Standing): LimitView[] {
  const { campaign, ranMs, bugchecksOfLargestBucket } = standing;
  const { stop } = campaign.config;
  const { attemptsSettled, outcomes } = campaign.progress;
  return [
    rule('attemptsMax', stop.attemptsMax, attemptsSettled - outcomes.cancelled),
    rule('durationMsMax', stop.durationMsMax, Math.round(ranMs)),
    rule('bugchecksMin', stop.bugchecksMin, bugchecksOfLargestBucket),
    verdictRule(campaign),
  ];
}

function rule(name: string, limit: number | null, value: number): LimitView {
  return { name, kind: 'stop-rule', limit, value, reached: limit !== null && value >= limit };
}

const deciding: ReadonlySet<string> = new Set([
  'confirmed',
  'confirmed-strong',
  'refuted',
  'futile',
]);

function verdictRule({ config, verdict }: CampaignView): LimitView {
  const asked = config.stop.verdict;
  const state = verdict?.state ?? null;
  return {
    name: 'verdict',
    kind: 'stop-rule',
    limit: asked === null ? null : `decided at alpha ${asked.alpha}`,
    value: state,
    reached: asked !== null && state !== null && deciding.has(state),
  };
}

/** Guards are read by name, so that one added later shows up by itself. */
function guards({ campaign, failedInARow, tripped }: Standing): LimitView[] {
  const { outcomes, attemptsSettled } = campaign.progress;
  const ran = attemptsSettled - outcomes.cancelled;
  const values: Readonly<Record<string, number>> = {
    migrationFailedShareMax: ran === 0 ? 0 : outcomes['migration-failed'] / ran,
    consecutiveMigrationFailedMax: failedInARow,
  };
  return Object.entries(campaign.config.guards).map(([name, limit]) => ({
    name,
    kind: 'guard' as const,
    limit: typeof limit === 'number' ? limit : JSON.stringify(limit),
    value: tripped.get(name) ?? values[name] ?? null,
    reached: tripped.has(name),
  }));
}
