import { parseArgs } from 'node:util';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import type { ApiClient } from '../api-client.ts';
import { createProgressLine } from './progress-line.ts';
import { findMissing, installCommand, prepareCluster } from './qemu-cluster.ts';
import {
  conclusionOf,
  showArms,
  showBuckets,
  showControls,
  showExposure,
  showFactors,
  showFaults,
} from './qemu-findings.ts';
import { type Scenario, scenarios } from './qemu-scenarios.ts';
import { findOrStartService } from './service.ts';

// Stories on a real hypervisor: see docs/qemu.md.

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'lost-pages' },
    attempts: { type: 'string' },
  },
});
const pollMs = 500;
/** A campaign that asks for controls starts once they ran, within 2.5 minutes. */
const controlledStartMsMax = 180_000;
const demoMsMax = 60 * 60_000;

const say = (line = '') => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const scenario = scenarios[values.scenario];
  if (scenario === undefined) {
    throw new Error(`--scenario must be one of ${Object.keys(scenarios).join(', ')}`);
  }
  const missing = findMissing();
  if (missing.length > 0) return explainMissing(missing);
  await using service = await findOrStartService();
  const { api } = service;
  say(`Gauntlet at ${api.url}${service.isOurs ? ' (started for this demo)' : ''}`);
  say('\n1. A cluster of two slots on this machine. The first time, a kernel is fetched (27 MiB)');
  say('   and the guests are built and booted; afterwards they come from a cache.');
  const { guests } = scenario;
  const options = { guests, dumpsMax: 1 };
  const cluster = await prepareCluster(api, scenario.cluster, options);
  await showExposure(api, cluster.id, say);

  const attemptsMax = Number(values.attempts ?? scenario.attemptsMax);
  say(`\n2. ${scenario.intro.join('\n   ')}`);
  say(
    `   ${scenario.verdict === null ? 'In all' : 'Until the verdict, at most'} ${attemptsMax} attempts.`,
  );
  const campaign = await runCampaign(api, cluster, { ...scenario, attemptsMax });
  await showBuckets(api, campaign, say);
  await showFaults(api, campaign, say);

  say('\n3. What that shows:');
  showArms(campaign, say);
  if (scenario.verdict === null) await showFactors(api, campaign, say);
  say(`\n   ${conclusionOf(campaign)}`);
  say(`\n   ${api.url}/api/v1/campaigns/${campaign.id}`);
  if (!service.isOurs) say('   The guests run on until the service ends.');
}

function explainMissing(missing: readonly string[]): void {
  say('This demo moves real guests between real QEMU processes. Missing here:');
  for (const what of missing) say(`  ${what}`);
  say(`\nOne command installs it all (Debian, Ubuntu):\n  ${installCommand}`);
  process.exitCode = 1;
}

async function runCampaign(
  api: ApiClient,
  cluster: ClusterView,
  { arms, settleMs, attemptsMax, verdict }: Scenario,
): Promise<CampaignView> {
  const asked = {
    name: `${cluster.name} ${new Date().toISOString()}`,
    clusterId: cluster.id,
    arms,
    limits: { concurrency: 4, outboundPerHost: 4, inboundPerHost: 4 },
    settleMs,
    attemptTimeoutMs: 60_000,
    stop: { attemptsMax, verdict },
    controls: 'at-start',
    guards: { unhealthyVmsMax: 8, migrationFailedShareMax: 0.5 },
    seed: 2024,
  };
  const started = await api.post<CampaignView>('/campaigns', asked, controlledStartMsMax);
  showControls(started, say);
  const { id } = started;
  const progress = createProgressLine(process.stdout);
  const giveUpAtMs = performance.now() + demoMsMax;
  try {
    for (;;) {
      const view = await api.get<CampaignView>(`/campaigns/${id}`);
      progress.show(view);
      if (['finished', 'stopped', 'failed'].includes(view.state)) return view;
      if (view.state === 'paused') throw new Error(`paused: ${view.blockedBecause ?? ''}`);
      const isLate = performance.now() > giveUpAtMs;
      if (isLate && view.state === 'running') await api.post(`/campaigns/${id}/stop`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  } finally {
    progress.end();
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`\ndemo:qemu: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
