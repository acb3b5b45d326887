import type { CampaignConfig } from '@gauntlet/shared/contracts/campaigns';
import { formatCount, formatShare, plural } from '../../format/numbers.ts';
import { formatDuration } from '../../format/times.ts';
import { Panel } from '../../ui/panel.tsx';

/** The whole configuration in words; as JSON to run it again. */
export function CampaignConfigPanel({ config }: { readonly config: CampaignConfig }) {
  const facts: readonly (readonly [string, string])[] = [
    ['Action', config.action],
    ['Placement', `${config.placement.policy}${hostsOf(config)}`],
    ['At once', `${config.limits.concurrency}, ${capsOf(config)}`],
    ['Cooldown per VM', formatDuration(config.limits.cooldownMs)],
    ['Load', config.load.profile],
    ['Settle window', formatDuration(config.settleMs)],
    ['Time limit', formatDuration(config.attemptTimeoutMs)],
    ['Stops', stopsOf(config)],
    ['Guards', guardsOf(config)],
    ['On a bugcheck', config.onBugcheck === 'recover-vm' ? 'recover the VM' : 'leave the VM'],
    ['Seed', String(config.seed)],
  ];
  return (
    <Panel title="Configuration">
      <dl className="facts small">
        {facts.map(([name, value]) => (
          <div key={name} className="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary className="quiet small">As JSON</summary>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre className="json" tabIndex={0} role="region" aria-label="Configuration as JSON">
          {JSON.stringify(config, null, 2)}
        </pre>
      </details>
    </Panel>
  );
}

function hostsOf(config: CampaignConfig): string {
  const { hosts } = config.placement;
  return hosts === null ? ' over all hosts' : ` over ${hosts.join(', ')}`;
}

function capsOf({ limits }: CampaignConfig): string {
  return `${limits.outboundPerHost} out and ${limits.inboundPerHost} in per host`;
}

function stopsOf({ stop }: CampaignConfig): string {
  const rules: string[] = [];
  if (stop.attemptsMax !== null) rules.push(`after ${formatCount(stop.attemptsMax)} attempts`);
  if (stop.durationMsMax !== null) rules.push(`after ${formatDuration(stop.durationMsMax)}`);
  if (stop.bugchecksMin !== null) {
    rules.push(`at ${plural(stop.bugchecksMin, 'bugcheck')} of one bucket`);
  }
  if (stop.verdict !== null) rules.push(`at a verdict (alpha ${stop.verdict.alpha})`);
  return rules.join(', ');
}

function guardsOf({ guards }: CampaignConfig): string {
  return [
    `${formatShare(guards.migrationFailedShareMax)} failed migrations`,
    `${guards.consecutiveMigrationFailedMax} in a row`,
    `${guards.unhealthyVmsMax} VMs unhealthy`,
  ].join(', ');
}
