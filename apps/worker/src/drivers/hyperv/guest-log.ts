import type { EventFinding } from '@gauntlet/shared/evidence/event-finding';
import { addMs, type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import type { Desk } from './desk.ts';
import { type SeenEvent, toSeen } from './host-logs.ts';
import type { Locator } from './locator.ts';
import type { HypervSettings } from './options.ts';

export interface GuestLogParts {
  readonly desk: Desk;
  readonly locator: Locator;
  readonly settings: HypervSettings;
}

const eventsMax = 50;

/** Records 1001, 41 and 6008 of the guest's System log; null while it cannot be asked. */
export async function readGuestEvents(
  { desk, locator, settings }: GuestLogParts,
  { vmId, since }: { vmId: string; since: Instant },
  signal: AbortSignal,
): Promise<SeenEvent[] | null> {
  const { access } = settings.guest;
  if (access === 'none') return [];
  const row = await locator.find(vmId, signal).catch(() => null);
  if (row === null || row.host === null) return null;
  const sinceUtc = toIso(addMs(since, -settings.clockSkewMs));
  const target = { vmId, host: row.host, access, guestName: row.name ?? vmId };
  const args = { ...target, sinceUtc, countMax: eventsMax };
  const tried = await desk.tryTo('guest.events', args, { signal });
  return tried.kind === 'answer' ? toSeen(tried.data, 'guest') : null;
}

export async function readGuestFindings(
  parts: GuestLogParts,
  { vmId, armedAt }: { vmId: string; armedAt: Instant },
  signal: AbortSignal,
): Promise<EventFinding[] | null> {
  const seen = await readGuestEvents(parts, { vmId, since: armedAt }, signal);
  return seen === null ? null : seen.map(({ finding }) => finding);
}
