import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';

export const failOns = ['never', 'finding', 'error', 'verdict'] as const;
export type FailOn = (typeof failOns)[number];

const good: ReadonlySet<string> = new Set(['confirmed', 'confirmed-strong']);

/** Why a CI job should fail, in words; null when it should not. */
export function whyFail(
  { progress, verdict }: Pick<CampaignView, 'progress' | 'verdict'>,
  failOn: FailOn,
): string | null {
  const { outcomes } = progress;
  const findings =
    outcomes['guest-bugcheck'] +
    outcomes['guest-hang'] +
    outcomes['guest-fault'] +
    outcomes['host-bugcheck'];
  const errors = outcomes['migration-failed'] + outcomes['rig-fault'];
  switch (failOn) {
    case 'never':
      return null;
    case 'finding':
      return findings === 0 ? null : `${findings} findings`;
    case 'error':
      return findings + errors === 0 ? null : `${findings} findings, ${errors} errors`;
    case 'verdict': {
      const state = verdict?.state ?? 'inconclusive';
      return good.has(state) ? null : `the verdict is ${state}`;
    }
  }
}
