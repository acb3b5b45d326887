import { AppError } from '@gauntlet/shared/contracts/errors';
import { tallyArm } from '../estimate-progress.ts';
import type { Stores } from '../ports.ts';
import type { CampaignRecord, TallyRow } from '../records.ts';
import { findingsMax } from './campaign-history.ts';
import { findSignature } from './campaign-verdict.ts';
import type { FindingRecord, SignatureRecord } from './ports.ts';

/** One arm of a campaign, by name, with its findings of one signature. */
export interface ArmTally {
  readonly campaign: CampaignRecord;
  readonly arm: number;
  readonly name: string;
  readonly tallies: readonly TallyRow[];
  readonly exposures: number;
  readonly signature: SignatureRecord | null;
  readonly findings: readonly FindingRecord[];
}

/**
 * @param asked.bucketId null: the signature with the most findings in all arms of the campaign
 * @throws AppError `resource.unknown` for an unknown campaign or bucket, `request.impossible` for
 *   an arm that the campaign does not have
 */
export async function findArm(
  stores: Stores,
  asked: {
    readonly campaignId: string;
    readonly arm: string;
    readonly bucketId: string | null;
  },
): Promise<ArmTally> {
  const campaign = await stores.campaigns.find(asked.campaignId);
  if (campaign === undefined) {
    throw new AppError('resource.unknown', `There is no campaign ${asked.campaignId}.`);
  }
  const arm = campaign.config.arms.findIndex(({ name }) => name === asked.arm);
  if (arm === -1) {
    const names = campaign.config.arms.map(({ name }) => name).join(', ');
    throw new AppError(
      'request.impossible',
      `campaign ${campaign.name} has no arm ${asked.arm}; it has ${names}`,
    );
  }
  const signature = await signatureOf(stores, campaign, asked.bucketId);
  const findings =
    signature === null
      ? []
      : await stores.analysis.listFindings(campaign.id, signature.signature, findingsMax);
  // After the findings: every one of them is in the tallies then.
  const tallies = await stores.campaigns.readTallies(campaign.id);
  return {
    campaign,
    arm,
    name: asked.arm,
    tallies,
    exposures: tallyArm(tallies.filter((row) => row.arm === arm)).exposures,
    signature,
    findings: findings.filter((finding) => finding.arm === arm),
  };
}

async function signatureOf(
  stores: Stores,
  campaign: CampaignRecord,
  bucketId: string | null,
): Promise<SignatureRecord | null> {
  if (bucketId !== null) return findSignature(stores, campaign, bucketId);
  const [most] = await stores.analysis.listSignatures(campaign.id, 1);
  return most ?? null;
}
