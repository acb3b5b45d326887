import type { CampaignConfig, NewArm, NewCampaign } from '@gauntlet/shared/contracts/campaigns';
import { ruleDefault } from './analysis/rule-default.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;

/** What a careful engineer would choose where the caller did not. Everything is echoed. */
export function fillDefaults(asked: NewCampaign): CampaignConfig {
  const { limits, guards, stop, placement } = asked;
  return {
    name: asked.name,
    clusterId: asked.clusterId,
    action: asked.action ?? 'live-migration',
    arms: fillArms(asked.arms ?? [{ name: 'baseline' }]),
    placement: {
      policy: placement?.policy ?? 'ping-pong',
      hosts: placement?.hosts ?? null,
      allocation: placement?.allocation ?? 'uniform',
    },
    limits: {
      concurrency: limits?.concurrency ?? 8,
      outboundPerHost: limits?.outboundPerHost ?? 1,
      inboundPerHost: limits?.inboundPerHost ?? 1,
      cooldownMs: limits?.cooldownMs ?? 0,
    },
    load: { profile: asked.load?.profile ?? 'none' },
    settleMs: asked.settleMs ?? 5_000,
    attemptTimeoutMs: asked.attemptTimeoutMs ?? hourMs / 6,
    stop: {
      attemptsMax: stop.attemptsMax ?? null,
      durationMsMax: stop.durationMsMax ?? null,
      bugchecksMin: stop.bugchecksMin ?? null,
      verdict: fillVerdict(stop.verdict ?? null),
    },
    guards: {
      migrationFailedShareMax: guards?.migrationFailedShareMax ?? 0.2,
      consecutiveMigrationFailedMax: guards?.consecutiveMigrationFailedMax ?? 10,
      unhealthyVmsMax: guards?.unhealthyVmsMax ?? 2,
      hostsDownMax: guards?.hostsDownMax ?? 1,
      outsideVmsUnhealthyMax: guards?.outsideVmsUnhealthyMax ?? 0,
      evidenceFreeMiBMin: guards?.evidenceFreeMiBMin ?? 512,
      workerSilentMsMax: guards?.workerSilentMsMax ?? minuteMs,
    },
    onBugcheck: asked.onBugcheck ?? 'recover-vm',
    windows: asked.windows ?? null,
    blackoutDates: asked.blackoutDates ?? [],
    controls: asked.controls ?? 'off',
    seed: asked.seed ?? 1,
  };
}

type NewRule = NewCampaign['stop']['verdict'];

/** The claim is "at least 90 % effective" unless another one is made. */
function fillVerdict(rule: Exclude<NewRule, undefined>): CampaignConfig['stop']['verdict'] {
  if (rule === null) return null;
  return {
    alpha: rule.alpha ?? ruleDefault.alpha,
    effectivenessTarget: rule.effectivenessTarget ?? ruleDefault.effectivenessTarget,
    futilityRate: rule.futilityRate ?? null,
    bucketId: rule.bucketId ?? null,
    serialPlanId: rule.serialPlanId ?? null,
    counts: rule.counts ?? 'signature',
  };
}

/** Arms without a probability share evenly what the others leave. */
function fillArms(arms: readonly NewArm[]): CampaignConfig['arms'] {
  const given = arms.reduce((sum, arm) => sum + (arm.probability ?? 0), 0);
  const open = arms.filter((arm) => arm.probability === undefined).length;
  const share = open === 0 ? 0 : (1 - given) / open;
  return arms.map((arm) => ({
    name: arm.name,
    vms: { names: arm.vms?.names ?? [], tags: arm.vms?.tags ?? [] },
    probability: arm.probability ?? share,
    fingerprint: arm.fingerprint ?? null,
  }));
}
