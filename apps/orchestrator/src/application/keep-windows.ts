import { type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import { changeState } from './change-state.ts';
import {
  type KeptPermission,
  mayStartIn,
  openWindows,
  type StartPermission,
} from './open-windows.ts';
import type { Parts } from './parts.ts';
import type { Stores } from './ports.ts';
import type { CampaignRecord } from './records.ts';

/**
 * Lets a campaign wait while none of its windows has room for one more attempt, and go on when one
 * opens. The caller holds the cluster's lock.
 */
export async function keepWindow(
  parts: Pick<Parts, 'calendar' | 'state'>,
  stores: Stores,
  campaign: CampaignRecord,
  at: Instant,
): Promise<CampaignRecord> {
  if (campaign.state !== 'running' && campaign.state !== 'waiting-for-window') return campaign;
  const { mayStart, until } = permissionAt(parts, campaign, at);
  const state = mayStart ? 'running' : 'waiting-for-window';
  const because = mayStart ? null : toSentence(until);
  const blocked = state === 'waiting-for-window' && campaign.blockedBecause !== because;
  if (state === campaign.state && !blocked) return campaign;
  if (state === campaign.state)
    await stores.campaigns.update(campaign.id, { blockedBecause: because });
  else await changeState(stores, campaign, { state, because }, at);
  return { ...campaign, state, blockedBecause: because };
}

/** Calendars are slow to ask: an answer is kept for as long as it holds. */
export function permissionAt(
  { calendar, state }: Pick<Parts, 'calendar' | 'state'>,
  campaign: CampaignRecord,
  at: Instant,
): StartPermission {
  const { windows, blackoutDates, attemptTimeoutMs } = campaign.config;
  if (windows === null) return { mayStart: true, until: null };
  const { longestAttemptMs } = campaign;
  const kept = state.windows.get(campaign.id);
  const holds = kept?.longestAttemptMs === longestAttemptMs && isWithin(kept, at);
  if (kept !== undefined && holds) return kept;
  const answer = openWindows({ windows, blackoutDates }, at, calendar);
  const measured = { longestMs: longestAttemptMs, timeoutMs: attemptTimeoutMs };
  const given = { ...mayStartIn(answer, at, measured), from: at, longestAttemptMs };
  state.windows.set(campaign.id, given);
  return given;
}

function isWithin({ from, until }: KeptPermission, at: Instant): boolean {
  return from <= at && (until === null || at < until);
}

function toSentence(until: Instant | null): string {
  if (until === null) return 'waiting for a window, and none is left: stop it';
  return `waiting for its window, which opens at ${toIso(until)}`;
}
