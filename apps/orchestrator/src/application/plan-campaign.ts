import type {
  CampaignConfig,
  CampaignPlanView,
  NewCampaign,
} from '@gauntlet/shared/contracts/campaigns';
import type { Inventory } from '@gauntlet/shared/domain/inventory';
import { calculatePlan } from './analysis/calculate-plan.ts';
import { checkFeasible } from './check-feasible.ts';
import { checkPreflight } from './check-preflight.ts';
import type { Parts } from './parts.ts';
import type { CampaignPlan } from './records.ts';

/** What `startCampaign` would run, without starting it. @throws AppError as `startCampaign` */
export async function planCampaign(parts: Parts, asked: NewCampaign): Promise<CampaignPlanView> {
  const { config, plan, inventory, warnings } = await checkFeasible(parts, asked);
  const hosts = inventory.hosts.filter((host) => plan.hosts.includes(host.name));
  const concurrency = concurrencyOf(config, plan, inventory);
  const meanMs = await parts.stores.campaigns.readMeanAttemptMs(config.clusterId);
  return {
    config,
    arms: plan.arms.map((arm) => ({ name: arm.name, vms: arm.vms.map((vm) => vm.name) })),
    hostPairs: hostPairsOf(config, plan),
    concurrency,
    caps: hosts.map((host) => ({ host: host.name, migrationsMax: host.migrationsMax })),
    attemptsMax: config.stop.attemptsMax,
    expectedDurationMs: expectedDurationMs(config, { concurrency, meanMs }),
    forecast: forecastOf(config, { concurrency, meanMs }),
    warnings: [...warnings],
    checks: await checkPreflight(parts, { config, plan, inventory }),
  };
}

/** Attempts that may run at once: by the campaign's limit, by its VMs, and by the hosts' caps. */
function concurrencyOf(config: CampaignConfig, plan: CampaignPlan, inventory: Inventory): number {
  const vms = new Set(plan.arms.flatMap((arm) => arm.vms).map((vm) => vm.id)).size;
  const limit = Math.min(config.limits.concurrency, vms);
  if (config.action === 'power-cycle') return limit;
  const up = inventory.hosts.filter(
    (host) => host.state === 'up' && plan.hosts.includes(host.name),
  );
  const { outboundPerHost, inboundPerHost } = config.limits;
  // Every migration takes a place on two hosts.
  const places = up.map((host) =>
    Math.min(outboundPerHost + inboundPerHost, host.migrationsMax ?? Number.POSITIVE_INFINITY),
  );
  const byHosts = Math.floor(places.reduce((sum, count) => sum + count, 0) / 2);
  return Math.max(1, Math.min(limit, byHosts));
}

const pairsMax = 4096;

function hostPairsOf(
  { action, placement }: CampaignConfig,
  { hosts, arms }: CampaignPlan,
): CampaignPlanView['hostPairs'] {
  if (action === 'power-cycle') return [];
  const next = (host: string) => hosts[(hosts.indexOf(host) + 1) % hosts.length] ?? host;
  const homes = new Set(arms.flatMap((arm) => arm.vms.map((vm) => vm.home)));
  const pairs = (() => {
    switch (placement.policy) {
      case 'ping-pong':
        return [...homes].flatMap((home) => [
          [home, next(home)] as const,
          [next(home), home] as const,
        ]);
      case 'ring':
        return hosts.map((host) => [host, next(host)] as const);
      default:
        return hosts.flatMap((a) => hosts.map((b) => [a, b] as const));
    }
  })();
  const unique = new Map(pairs.filter(([a, b]) => a !== b).map((pair) => [pair.join('\0'), pair]));
  return [...unique.values()].slice(0, pairsMax).map(([source, target]) => ({ source, target }));
}

const hourMs = 3_600_000;

/** What the planned attempts can find, at the pace that attempts on this cluster had before. */
function forecastOf(
  { stop }: CampaignConfig,
  { concurrency, meanMs }: { concurrency: number; meanMs: number | null },
): CampaignPlanView['forecast'] {
  if (stop.attemptsMax === null) return null;
  const perHour = meanMs === null || meanMs <= 0 ? null : (concurrency * hourMs) / meanMs;
  return calculatePlan({
    budget: stop.attemptsMax,
    ...(perHour === null ? {} : { migrationsPerHour: perHour }),
  });
}

function expectedDurationMs(
  { stop }: CampaignConfig,
  { concurrency, meanMs }: { concurrency: number; meanMs: number | null },
): number | null {
  if (stop.attemptsMax === null || meanMs === null) return stop.durationMsMax;
  const byAttempts = (stop.attemptsMax * meanMs) / concurrency;
  return Math.min(byAttempts, stop.durationMsMax ?? byAttempts);
}
