import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Fault } from '@gauntlet/shared/contracts/parse';
import type {
  NewSchedule,
  NextFirings,
  ScheduleChange,
  ScheduleView,
} from '@gauntlet/shared/contracts/schedules';
import { type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import { refuseFaults } from '../check-campaign.ts';
import { checkWindows } from '../check-windows.ts';
import { fillDefaults } from '../fill-defaults.ts';
import type { Parts } from '../parts.ts';
import type { ScheduleRecord } from './schedule-record.ts';

type Wish = Omit<ScheduleRecord, 'id' | 'createdAt' | 'nextAt' | 'lastFiring'>;

/** @throws AppError `request.impossible` naming every fault */
export async function createSchedule(parts: Parts, asked: NewSchedule): Promise<ScheduleView> {
  const wish: Wish = {
    name: asked.name,
    cron: asked.cron,
    timeZone: asked.timeZone,
    durationMinutes: asked.durationMinutes ?? null,
    overlap: asked.overlap ?? 'skip',
    catchUp: asked.catchUp ?? 'once',
    paused: asked.paused ?? false,
    campaign: asked.campaign,
  };
  await check(parts, wish);
  const at = parts.clock.now();
  const schedule: ScheduleRecord = {
    ...wish,
    id: parts.ids.next(),
    createdAt: at,
    nextAt: nextOf(parts, wish, at),
    lastFiring: null,
  };
  await parts.stores.schedules.insert(schedule);
  await ring(parts, schedule);
  parts.log.info({ scheduleId: schedule.id, cron: schedule.cron }, 'schedule created');
  return toScheduleView(schedule);
}

/** A change of its times, or a resumption, forgets what was due before: it begins anew. */
export async function changeSchedule(
  parts: Parts,
  id: string,
  change: ScheduleChange,
): Promise<ScheduleView> {
  const at = parts.clock.now();
  const found = await findSchedule(parts, id);
  await check(parts, { ...found, ...defined(change) });
  const schedule = await parts.transact(async (stores) => {
    const before = await stores.schedules.lock(id);
    if (before === undefined) throw unknown(id);
    const wish = { ...before, ...defined(change) };
    const same =
      wish.cron === before.cron &&
      wish.timeZone === before.timeZone &&
      wish.paused === before.paused;
    const after = { ...wish, nextAt: same ? before.nextAt : nextOf(parts, wish, at) };
    await stores.schedules.update(id, after);
    return after;
  });
  await ring(parts, schedule);
  parts.log.info({ scheduleId: id, paused: schedule.paused }, 'schedule changed by a person');
  return toScheduleView(schedule);
}

export async function deleteSchedule(parts: Parts, id: string): Promise<void> {
  if (!(await parts.stores.schedules.delete(id))) throw unknown(id);
  await parts.bell.remove(id).catch(() => {}); // a bell without a schedule rings for nobody
  parts.log.info({ scheduleId: id }, 'schedule deleted');
}

/** @throws AppError `resource.unknown` */
export async function findSchedule(
  { stores }: Pick<Parts, 'stores'>,
  id: string,
): Promise<ScheduleRecord> {
  const schedule = await stores.schedules.find(id);
  if (schedule === undefined) throw unknown(id);
  return schedule;
}

/** When it fires next, also while it is paused. */
export async function previewSchedule(
  parts: Parts,
  id: string,
  count: number,
): Promise<NextFirings> {
  const schedule = await findSchedule(parts, id);
  return { items: parts.calendar.next(schedule, parts.clock.now(), count).map(toIso) };
}

export function toScheduleView(schedule: ScheduleRecord): ScheduleView {
  const { createdAt, nextAt, lastFiring, ...same } = schedule;
  return {
    ...same,
    createdAt: toIso(createdAt),
    nextAt: nextAt === null ? null : toIso(nextAt),
    lastFiring:
      lastFiring === null
        ? null
        : { ...lastFiring, dueAt: toIso(lastFiring.dueAt), at: toIso(lastFiring.at) },
  };
}

function unknown(id: string): AppError {
  return new AppError('resource.unknown', `there is no schedule ${id}`);
}

function nextOf(
  { calendar }: Pick<Parts, 'calendar'>,
  wish: Pick<Wish, 'paused' | 'cron' | 'timeZone'>,
  at: Instant,
): Instant | null {
  return wish.paused ? null : (calendar.next(wish, at, 1)[0] ?? null);
}

/** The table is the truth; without its bell the timer hears it some seconds later. */
async function ring({ bell, log }: Parts, schedule: ScheduleRecord): Promise<void> {
  const { id, paused } = schedule;
  const setting = paused ? bell.remove(id) : bell.set(schedule);
  await setting.catch((err: unknown) => log.warn({ err, scheduleId: id }, 'bell could not be set'));
}

async function check(parts: Parts, wish: Wish): Promise<void> {
  const config = fillDefaults(wish.campaign);
  const faults: Fault[] = [];
  const why = parts.calendar.whyInvalid(wish);
  if (why !== null) faults.push({ pointer: '/cron', detail: why });
  for (const fault of checkWindows(parts.calendar, config))
    faults.push({ ...fault, pointer: `/campaign${fault.pointer}` });
  const rules = Object.values(config.stop).some((rule) => rule !== null);
  if (!rules && wish.durationMinutes === null) {
    const detail = 'a campaign needs a stop rule, or its schedule durationMinutes';
    faults.push({ pointer: '/campaign/stop', detail });
  }
  const cluster = await parts.stores.clusters.find(config.clusterId);
  if (cluster === undefined) {
    const detail = `there is no cluster ${config.clusterId}`;
    faults.push({ pointer: '/campaign/clusterId', detail });
  }
  refuseFaults(`schedule ${wish.name} is not possible`, faults);
}

/** Without the fields that were not asked for. */
function defined(change: ScheduleChange): Partial<Wish> {
  const entries = Object.entries(change).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Wish>;
}
