import type { Notice } from '@gauntlet/shared/contracts/notifications';
import { addMs, type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import { readCampaignView } from '../to-campaign-view.ts';
import { linkTo } from './compose-notice.ts';
import type { ChannelRecord, DigestFacts } from './ports.ts';

const dayMs = 86_400_000;
const campaignsMax = 20;

/**
 * The local day whose digest is due, or null. Local wall clocks are compared, so a day of 23 or 25
 * hours has one digest like any other; after a downtime it comes late on the same day.
 */
export function isDigestDue(channel: ChannelRecord, at: Instant): string | null {
  const { digest, digestDay, createdAt } = channel;
  if (digest === null) return null;
  const now = localTime(at, digest.timeZone);
  if (now.time < digest.at || now.day === digestDay) return null;
  // A channel made after today's hour begins tomorrow.
  const made = localTime(createdAt, digest.timeZone);
  return digestDay === null && made.day === now.day && made.time >= digest.at ? null : now.day;
}

/** @throws RangeError when there is no such time zone */
export function localTime(at: Instant, timeZone: string): { day: string; time: string } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    day: `${part['year']}-${part['month']}-${part['day']}`,
    time: `${part['hour']}:${part['minute']}`,
  };
}

export async function digestNotice(
  parts: Parameters<typeof readCampaignView>[0],
  channel: ChannelRecord,
  { day, at, publicUrl }: { day: string; at: Instant; publicUrl: string | null },
): Promise<Notice> {
  const { stores } = parts;
  const since = channel.digestMadeAt ?? addMs(at, -dayMs);
  const facts = await stores.notifications.readDigestFacts(since, at);
  const campaigns = [];
  for (const id of facts.campaignIds.slice(0, campaignsMax)) {
    const campaign = await stores.campaigns.find(id);
    if (campaign === undefined) continue;
    const view = await readCampaignView(parts, campaign, at);
    campaigns.push({
      id,
      name: view.name,
      state: view.state,
      blockedBecause: view.blockedBecause,
      attemptsSettled: view.progress.attemptsSettled,
      sentence: view.verdict?.sentence ?? '',
      href: linkTo(publicUrl, id),
    });
  }
  const unnamed = Math.max(0, facts.campaignIds.length - campaignsMax);
  return {
    v: 1,
    eventId: `digest-${channel.id}-${day}`,
    kind: 'digest',
    at: toIso(at),
    title: `Gauntlet: ${titleOf(facts)}`,
    text: textOf(facts, campaigns, { since, unnamed }),
    campaign: null,
    href: publicUrl,
    data: {
      day,
      since: toIso(since),
      campaigns,
      bugchecks: facts.bugchecks,
      guardTrips: tripsOf(facts),
    },
  };
}

function titleOf({ campaignIds, bugchecks, guardTrips }: DigestFacts): string {
  const total = bugchecks.reduce((sum, row) => sum + row.bugchecks, 0);
  return [
    number(campaignIds.length, 'campaign'),
    number(total, 'bugcheck'),
    number(guardTrips.length, 'guard trip'),
  ].join(', ');
}

interface Line {
  readonly name: string;
  readonly state: string;
  readonly blockedBecause: string | null;
  readonly attemptsSettled: number;
  readonly sentence: string;
  readonly href: string | null;
}

function textOf(
  facts: DigestFacts,
  campaigns: readonly Line[],
  { since, unnamed }: { since: Instant; unnamed: number },
): string {
  const lines = [`Since ${toIso(since)}: ${titleOf(facts)}.`, ''];
  for (const { name, state, blockedBecause, attemptsSettled, sentence, href } of campaigns) {
    const because = blockedBecause === null ? '' : `, because ${blockedBecause}`;
    lines.push(`${name}: ${state}${because}; ${number(attemptsSettled, 'attempt')}. ${sentence}`);
    if (href !== null) lines.push(`  ${href}`);
  }
  if (unnamed > 0) lines.push(`... and ${number(unnamed, 'campaign')} more.`);
  if (facts.bugchecks.length > 0) lines.push('', 'Bugchecks:');
  for (const row of facts.bugchecks) lines.push(`- ${row.bugchecks} x ${row.title}`);
  if (facts.guardTrips.length > 0) lines.push('', 'Guard trips:');
  for (const trip of facts.guardTrips) lines.push(`- ${toIso(trip.at)} ${trip.because}`);
  return lines.join('\n');
}

function tripsOf({ guardTrips }: DigestFacts) {
  return guardTrips.map((trip) => ({ ...trip, at: toIso(trip.at) }));
}

function number(amount: number, what: string): string {
  const said = amount.toLocaleString('en-US');
  return amount === 1 ? `${said} ${what}` : `${said} ${what}s`;
}
