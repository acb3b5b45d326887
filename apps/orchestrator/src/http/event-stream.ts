import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { CampaignEvent, ChangeFeed, UseCases } from '../application/use-cases.ts';
import { isOutage } from './outage.ts';

export const heartbeatMs = 15_000;
/** Changes closer together than this reach a client together: at most 4 `progress` a second. */
export const coalesceMs = 250;
/** A client that takes nothing for this long is let go; it resumes from its Last-Event-ID. */
export const drainMsMax = 20_000;
const retryMs = 2000;
const batchMax = 200;
/** How often records that are away are asked for again. */
const outageMs = 1000;

/** One client. `write` resolves when the client has room again; it rejects when it is too slow. */
export interface EventSink {
  write(text: string): Promise<void>;
}

export interface StreamOptions {
  readonly campaignId: string;
  /** The last event the client has; undefined when it wants only what is new. */
  readonly lastSeq: number | undefined;
  readonly sink: EventSink;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Sends a campaign's events until the signal aborts. Nothing is queued per client: what changed is
 * read from the store when the client has room, so a slow one costs one batch, not a backlog.
 */
export async function streamEvents(
  useCases: Pick<UseCases, 'readEvents' | 'latestEventSeq' | 'getCampaign'>,
  changeFeed: ChangeFeed,
  options: StreamOptions,
): Promise<void> {
  const { campaignId, sink, clock, signal } = options;
  const changes = createChangeFlag();
  // Listens before it looks: a change in between is seen twice rather than never.
  changeFeed.subscribe(campaignId, changes.raise, signal);
  let seq = options.lastSeq ?? (await useCases.latestEventSeq(campaignId));
  await sink.write(`retry: ${retryMs}\n\n`);
  while (!signal.aborted) {
    changes.lower();
    const batch = await readBatch(useCases, campaignId, seq);
    if (batch === undefined) {
      await sink.write(': waiting for the records\n\n');
      await clock.sleep(outageMs, signal);
      continue;
    }
    const { events, campaign } = batch;
    await sink.write([...events.map(toMessage), ...campaign.map(toProgress)].join(''));
    seq = events.at(-1)?.seq ?? seq;
    if (campaign.length === 0) continue;
    await clock.sleep(coalesceMs, signal);
    while (!(await changes.wait(clock, heartbeatMs, signal))) await sink.write(': alive\n\n');
  }
}

interface Batch {
  readonly events: readonly CampaignEvent[];
  /** Empty while more events wait: a snapshot belongs after the last of them. */
  readonly campaign: readonly CampaignView[];
}

/** undefined while the records cannot be reached: the client stays, and misses nothing. */
async function readBatch(
  useCases: Pick<UseCases, 'readEvents' | 'getCampaign'>,
  campaignId: string,
  afterSeq: number,
): Promise<Batch | undefined> {
  try {
    const events = await useCases.readEvents(campaignId, afterSeq, batchMax);
    if (events.length === batchMax) return { events, campaign: [] };
    return { events, campaign: [await useCases.getCampaign(campaignId)] };
  } catch (error) {
    if (isOutage(error)) return undefined;
    throw error;
  }
}

function toMessage({ seq, kind, at, data }: CampaignEvent): string {
  return `id: ${seq}\nevent: ${kind}\ndata: ${JSON.stringify({ ...data, seq, at })}\n\n`;
}

/** Has no id: it is a snapshot, not an entry, and must not move the client's Last-Event-ID. */
function toProgress(campaign: CampaignView): string {
  const { config: _config, name: _name, id: campaignId, ...rest } = campaign;
  const snapshot = { campaignId, ...rest };
  return `event: progress\ndata: ${JSON.stringify(snapshot)}\n\n`;
}

interface ChangeFlag {
  readonly raise: () => void;
  lower(): void;
  /** True once raised; false when `waitMsMax` passed first. Rejects when the signal aborts. */
  wait(clock: Clock, waitMsMax: number, signal: AbortSignal): Promise<boolean>;
}

function createChangeFlag(): ChangeFlag {
  let raised = false;
  let wake = () => {};
  return {
    raise: () => {
      raised = true;
      wake();
    },
    lower: () => {
      raised = false;
    },
    wait: async (clock, waitMsMax, signal) => {
      if (raised) return true;
      const enough = new AbortController();
      wake = () => enough.abort();
      try {
        await clock.sleep(waitMsMax, AbortSignal.any([signal, enough.signal]));
        return false;
      } catch (reason) {
        if (signal.aborted) throw reason;
        return true;
      } finally {
        wake = () => {};
      }
    },
  };
}
