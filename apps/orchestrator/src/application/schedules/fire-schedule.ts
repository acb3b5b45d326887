import { AppError } from '@gauntlet/shared/contracts/errors';
import { isActive } from '@gauntlet/shared/domain/campaign';
import { type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import type { Parts } from '../parts.ts';
import { startCampaign } from '../start-campaign.ts';
import type { Firing, ScheduleRecord } from './schedule-record.ts';

/** Later than this, nobody heard it when it was due. */
const lateMsMax = 60_000;
/** So long a cluster that does not answer is asked again before the firing has failed. */
const silentMsMax = 10 * 60_000;
/** More firings than this are not counted. */
const missedMax = 1_000;
const minuteMs = 60_000;

/**
 * Does what is due of one schedule: fires, starts what is queued, finishes what a crash broke off.
 * Safe to call at any time and any number of times: the table says what is due, and a firing is
 * taken from it before it is acted on.
 */
export async function fireSchedule(parts: Parts, id: string): Promise<void> {
  const schedule = await claim(parts, id);
  const firing = schedule?.lastFiring;
  if (schedule === null || firing == null) return;
  if (firing.outcome === 'starting') await start(parts, schedule, firing);
}

/** Called on a timer: hears what the bell did not ring for. */
export async function fireDueSchedules(parts: Parts): Promise<void> {
  for (const { id, nextAt, lastFiring } of await parts.stores.schedules.listAll()) {
    const open = lastFiring?.outcome === 'queued' || lastFiring?.outcome === 'starting';
    const due = nextAt !== null && nextAt <= parts.clock.now();
    if (due || open) await fireSchedule(parts, id);
  }
}

/** Notes the firing that is due, if one is. @returns the schedule as it is then */
async function claim(parts: Parts, id: string): Promise<ScheduleRecord | null> {
  const at = parts.clock.now();
  return parts.transact(async (stores) => {
    const schedule = await stores.schedules.lock(id);
    if (schedule === undefined || schedule.paused) return null;
    const newest = await stores.schedules.findNewestCampaign(id);
    const busy = newest !== undefined && isActive(newest.state);
    const settled = settleBroken(schedule, newest);
    const isDue = settled.nextAt !== null && settled.nextAt <= at;
    const fired = isDue ? fire(parts, settled, { at, busy }) : release(settled, { at, busy });
    if (fired === schedule) return fired;
    const { nextAt, lastFiring } = fired;
    await stores.schedules.update(id, { nextAt, lastFiring });
    return fired;
  });
}

/** A crash between the start and its note: the campaign is there, or it is started now. */
function settleBroken(
  schedule: ScheduleRecord,
  newest: { id: string; createdAt: Instant } | undefined,
): ScheduleRecord {
  const { lastFiring } = schedule;
  if (lastFiring?.outcome !== 'starting' || newest === undefined) return schedule;
  if (newest.createdAt < lastFiring.at) return schedule;
  return { ...schedule, lastFiring: { ...lastFiring, outcome: 'started', campaignId: newest.id } };
}

function fire(
  { calendar }: Pick<Parts, 'calendar'>,
  schedule: ScheduleRecord,
  { at, busy }: { at: Instant; busy: boolean },
): ScheduleRecord {
  const first = schedule.nextAt ?? at;
  const later = calendar.next(schedule, first, missedMax).filter((one) => one <= at);
  const dueAt = later.at(-1) ?? first;
  const nextAt = calendar.next(schedule, at, 1)[0] ?? null;
  const { lastFiring } = schedule;
  if (lastFiring?.outcome === 'starting') {
    // A start under way stands for this firing, too.
    const missed = lastFiring.missed + later.length + 1;
    return { ...schedule, nextAt, lastFiring: { ...lastFiring, missed } };
  }
  const firing = { dueAt, at, campaignId: null, missed: later.length };
  return {
    ...schedule,
    nextAt,
    lastFiring: { ...firing, ...decide(schedule, firing, busy) },
  };
}

function decide(
  { overlap, catchUp }: ScheduleRecord,
  { dueAt, at, missed }: Pick<Firing, 'dueAt' | 'at' | 'missed'>,
  busy: boolean,
): Pick<Firing, 'outcome' | 'detail'> {
  const late = at - dueAt > lateMsMax;
  const said = late ? `it was due at ${toIso(dueAt)} and nobody heard it` : null;
  const also = missed > 0 ? `${missed} firings before it were missed` : null;
  const detail = [said, also].filter((line) => line !== null).join('; ') || null;
  if (late && catchUp === 'skip') return { outcome: 'skipped', detail };
  if (!busy) return { outcome: 'starting', detail };
  const because = 'the campaign before it is not over';
  const full = detail === null ? because : `${because}; ${detail}`;
  return { outcome: overlap === 'queue' ? 'queued' : 'skipped', detail: full };
}

/** A queued firing starts once the campaign before it is over. */
function release(
  schedule: ScheduleRecord,
  { at, busy }: { at: Instant; busy: boolean },
): ScheduleRecord {
  const { lastFiring } = schedule;
  if (lastFiring?.outcome !== 'queued' || busy) return schedule;
  return { ...schedule, lastFiring: { ...lastFiring, at, outcome: 'starting' } };
}

async function start(parts: Parts, schedule: ScheduleRecord, firing: Firing): Promise<void> {
  const { log, stores } = parts;
  const scheduleId = schedule.id;
  try {
    const { durationMinutes } = schedule;
    const lastsMs = durationMinutes === null ? null : durationMinutes * minuteMs;
    const campaign = await startCampaign(parts, toCampaign(schedule), { scheduleId, lastsMs });
    const started = { ...firing, outcome: 'started', campaignId: campaign.id } as const;
    await stores.schedules.update(scheduleId, { lastFiring: started });
    log.info({ scheduleId, campaignId: campaign.id, detail: firing.detail }, 'schedule fired');
  } catch (error) {
    if (!(error instanceof AppError)) throw error; // the database is lost: asked again
    const silent = error.code === 'cluster.silent';
    if (silent && parts.clock.now() - firing.at < silentMsMax) return;
    const detail = error.message.slice(0, 4_000);
    await stores.schedules.update(scheduleId, {
      lastFiring: { ...firing, outcome: 'failed', detail },
    });
    log.warn({ scheduleId, because: detail }, 'schedule fired, and its campaign could not start');
  }
}

/**
 * The template with the schedule's own limit on its duration. A campaign that is paused for a while
 * runs for less than that; its `endsAt` holds on the wall.
 */
function toCampaign({ campaign, durationMinutes }: ScheduleRecord): ScheduleRecord['campaign'] {
  if (durationMinutes === null) return campaign;
  const limitMs = durationMinutes * minuteMs;
  const durationMsMax = Math.min(limitMs, campaign.stop.durationMsMax ?? limitMs);
  return { ...campaign, stop: { ...campaign.stop, durationMsMax } };
}
