import type {
  AttemptDetailView,
  AttemptQuery,
  AttemptView,
} from '@gauntlet/shared/contracts/attempts';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { AttemptReader } from './attempt-pages.ts';
import { findCampaign } from './control-campaign.ts';
import type { Parts } from './parts.ts';
import type { CampaignRecord } from './records.ts';
import { toAttemptDetailView, toAttemptView, toEvidenceViews } from './to-attempt-view.ts';
import type { Page } from './use-cases.ts';

/** @throws AppError `resource.unknown` */
export async function listAttempts(
  parts: Parts,
  campaignId: string,
  query: AttemptQuery,
): Promise<Page<AttemptView>> {
  return listOf(parts, await findCampaign(parts, campaignId), query);
}

async function listOf(
  parts: Parts,
  campaign: CampaignRecord,
  query: AttemptQuery,
): Promise<Page<AttemptView>> {
  const armNames = campaign.config.arms.map((arm) => arm.name);
  const arm = query.arm === undefined ? undefined : armNames.indexOf(query.arm);
  if (arm === -1) return { items: [], nextCursor: null };
  const { limit, cursor, outcome, vm, host, order } = query;
  const filter = { outcome, vm, host, arm, order };
  const page = await parts.stores.attempts.list(campaign.id, filter, { limit, cursor });
  return { ...page, items: page.items.map((attempt) => toAttemptView(attempt, armNames)) };
}

/** One campaign's attempts as something that only reads them. */
export function attemptReader(parts: Parts, campaign: CampaignRecord): AttemptReader {
  return { listAttempts: (_id, query) => listOf(parts, campaign, query) };
}

/** @throws AppError `resource.unknown` */
export async function getAttempt(parts: Parts, id: string): Promise<AttemptDetailView> {
  const { stores } = parts;
  const attempt = await stores.attempts.find(id);
  if (attempt === undefined) throw new AppError('resource.unknown', `there is no attempt ${id}`);
  const hash = attempt.fingerprintHash;
  const [campaign, evidence, fingerprint] = await Promise.all([
    findCampaign(parts, attempt.campaignId),
    stores.bugchecks.readEvidence([id]),
    hash === null ? null : stores.attempts.readFingerprint(hash),
  ]);
  return toAttemptDetailView(attempt, {
    armNames: campaign.config.arms.map((arm) => arm.name),
    fingerprint,
    evidence: await toEvidenceViews(evidence, parts.files),
  });
}
