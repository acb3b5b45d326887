import { addMs, type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import { changeState } from './change-state.ts';
import {
  forecastWindows,
  leadMsOf,
  mayStartIn,
  type StartPermission,
  type WindowForecast,
  whenOpenFor,
  windowAt,
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
  else return changeState(stores, campaign, { state, because }, at);
  return { ...campaign, blockedBecause: because };
}

/** A lead may become shorter: a night that was ended is not opened again. */
export function permissionAt(
  parts: Pick<Parts, 'calendar' | 'state'>,
  campaign: CampaignRecord,
  at: Instant,
): StartPermission {
  const { windows, attemptTimeoutMs, settleMs } = campaign.config;
  if (windows === null) return { mayStart: true, until: null };
  const { state } = parts;
  const closed = state.closedUntil.get(campaign.id);
  if (closed !== undefined && closed.from <= at && at < closed.until)
    return { mayStart: false, until: closed.until };
  const leadMs = leadMsOf(campaign.recentAttemptMs, attemptTimeoutMs + settleMs);
  const answer = windowAt(forecastOf(parts, campaign, at), at);
  const permission = mayStartIn(answer, at, leadMs);
  const { mayStart, until } = permission;
  if (!mayStart && until !== null) state.closedUntil.set(campaign.id, { from: at, until });
  else state.closedUntil.delete(campaign.id);
  return permission;
}

/** When the campaign will have been running for `ms` more, in its windows; null: they end before. */
export function whenRanFor(
  parts: Pick<Parts, 'calendar' | 'state'>,
  campaign: CampaignRecord,
  { at, ms }: { readonly at: Instant; readonly ms: number },
): Instant | null {
  if (campaign.config.windows === null) return addMs(at, ms);
  return whenOpenFor(forecastOf(parts, campaign, at), at, ms);
}

/** After so long at the latest the calendar is asked again: blackout days may hide what is next. */
const forecastMsMax = 24 * 3_600_000;

/** The campaign's windows from now on; the calendar is asked once a day, or when half of it is over. */
export function forecastOf(
  { calendar, state }: Pick<Parts, 'calendar' | 'state'>,
  { id, config: { windows, blackoutDates } }: CampaignRecord,
  at: Instant,
): WindowForecast {
  const kept = state.windows.get(id);
  if (kept !== undefined && kept.from <= at && at < staleAt(kept)) return kept;
  const forecast = forecastWindows({ windows: windows ?? [], blackoutDates }, at, calendar);
  state.windows.set(id, forecast);
  return forecast;
}

function staleAt({ from, knownUntil }: WindowForecast): Instant {
  const knownMs = knownUntil === null ? forecastMsMax : (knownUntil - from) / 2;
  return addMs(from, Math.min(forecastMsMax, knownMs));
}

function toSentence(until: Instant | null): string {
  if (until === null) return 'waiting for a window, and none is left: stop it';
  return `waiting for its window, which opens at ${toIso(until)}`;
}
