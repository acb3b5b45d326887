import type { Notice, NoticeKind } from '@gauntlet/shared/contracts/notifications';
import { toIso } from '@gauntlet/shared/kernel/instant';
import { readVerdict } from '../analysis/campaign-verdict.ts';
import type { Stores } from '../ports.ts';
import type { CampaignRecord } from '../records.ts';
import type { OutboxEntry } from './ports.ts';

/** An event as a notice; null when nobody is told of it at once. */
export async function composeNotice(
  stores: Stores,
  entry: OutboxEntry,
  publicUrl: string | null,
): Promise<Notice | null> {
  const kind = await kindOf(stores, entry);
  const campaign = await stores.campaigns.find(entry.campaignId);
  if (kind === null || campaign === undefined) return null;
  const { title, text, data } = await wordsOf(stores, { kind, campaign, entry });
  return {
    v: 1,
    eventId: `event-${entry.seq}`,
    kind,
    at: toIso(entry.at),
    title,
    text,
    campaign: { id: campaign.id, name: campaign.name },
    href: linkTo(publicUrl, campaign.id),
    data,
  };
}

export function linkTo(publicUrl: string | null, campaignId: string): string | null {
  return publicUrl === null ? null : `${publicUrl}/api/v1/campaigns/${campaignId}/report`;
}

async function kindOf(stores: Stores, { kind, data }: OutboxEntry): Promise<NoticeKind | null> {
  switch (kind) {
    case 'guard':
      return 'guard-trip';
    case 'verdict':
      return 'verdict';
    case 'bugcheck': {
      const [bucketId, bugcheckId] = [text(data['bucketId']), text(data['bugcheckId'])];
      const first = await stores.notifications.isFirstOfBucket(bucketId, bugcheckId);
      return first ? 'bugcheck' : null;
    }
    case 'state': {
      const state = data['state'];
      if (state === 'finished' || state === 'stopped' || state === 'failed')
        return 'campaign-finished';
      return state === 'stopping' && text(data['because']).startsWith('verdict') ? 'verdict' : null;
    }
  }
}

interface Told {
  readonly kind: NoticeKind;
  readonly campaign: CampaignRecord;
  readonly entry: OutboxEntry;
}

interface Words {
  readonly title: string;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

async function wordsOf(stores: Stores, { kind, campaign, entry }: Told): Promise<Words> {
  const { data } = entry;
  const name = clip(campaign.name);
  switch (kind) {
    case 'bugcheck': {
      const issue = data['knownIssue'];
      const known = typeof issue === 'string' ? `It matches ${issue}.` : 'No known issue matches.';
      const bucket = clip(text(data['title']));
      const where = `on VM ${clip(text(data['vm']))}, attempt ${text(data['ordinal'])} of "${name}"`;
      return {
        title: `Gauntlet: first bugcheck ${bucket}`,
        text: `The first bugcheck of its kind: ${bucket}, ${where}. ${known}`,
        data,
      };
    }
    case 'guard-trip':
      return {
        title: `Gauntlet: a guard paused ${name}`,
        text: `Guard ${text(data['guard'])} tripped: ${text(data['because'])}. "${name}" is paused until a person resumes it.`,
        data,
      };
    case 'campaign-finished':
    case 'verdict': {
      // One that ends nothing is told as it was when it was reached.
      const reached = entry.kind === 'verdict' ? verdictOf(data) : null;
      const { sentence, state } = reached ?? (await readVerdict(stores, campaign));
      const how = kind === 'verdict' ? `reached a verdict: ${state}` : text(data['state']);
      const because = text(data['because']);
      const why = because === '' ? '' : ` (${because})`;
      return {
        title: `Gauntlet: ${name} ${how}`,
        text: `"${name}" ${how}${why}. ${sentence}`,
        data: { ...data, verdict: state, sentence },
      };
    }
  }
}

function verdictOf(data: OutboxEntry['data']): { sentence: string; state: string } {
  return { sentence: text(data['sentence']), state: text(data['state']) };
}

const nameCharsMax = 200;

/** Names come from people and clusters; a title is one line. */
function clip(name: string): string {
  const line = name.replaceAll(/\p{Cc}+/gu, ' ');
  return line.length <= nameCharsMax ? line : `${line.slice(0, nameCharsMax)}…`.toWellFormed();
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : '';
}
