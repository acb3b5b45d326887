import type { Notice, NoticeKind } from '@gauntlet/shared/contracts/notifications';
import { addMs, type Instant } from '@gauntlet/shared/kernel/instant';
import type { Parts } from '../parts.ts';
import { composeNotice } from './compose-notice.ts';
import { digestNotice, isDigestDue } from './morning-digest.ts';
import type { ChannelRecord, DeliveryRecord } from './ports.ts';

const entriesMax = 100;
const pendingMax = 500;

/**
 * One round: turns what happened into deliveries, makes the digests that are due, and puts both on
 * the queue. Each step commits before the next begins, and each can be repeated: a process killed
 * anywhere loses nothing, and a channel gets one delivery an event.
 */
export async function relayNotices(parts: Parts): Promise<void> {
  let taken = entriesMax;
  // Bounded: what comes faster waits for the next round.
  for (let round = 0; round < 10 && taken === entriesMax; round += 1) {
    taken = await relaySome(parts);
  }
  await makeDigests(parts);
}

async function relaySome(parts: Parts): Promise<number> {
  const at = parts.clock.now();
  const { taken, made } = await parts.transact(async (stores) => {
    const entries = await stores.notifications.takeOutbox(entriesMax);
    if (entries.length === 0) return { taken: 0, made: [] };
    const channels = await stores.notifications.listEnabled();
    const deliveries: DeliveryRecord[] = [];
    for (const entry of channels.length === 0 ? [] : entries) {
      const notice = await composeNotice(stores, entry, parts.notify.publicUrl);
      if (notice === null) continue;
      const wanted = channels.filter(({ notices }) => notices.includes(notice.kind as NoticeKind));
      deliveries.push(...wanted.map((channel) => toDelivery(parts, { channel, notice, at })));
    }
    await stores.notifications.insertDeliveries(deliveries);
    return { taken: entries.length, made: deliveries };
  });
  await parts.notify.queue.add(made.map((delivery) => delivery.id));
  return taken;
}

async function makeDigests(parts: Parts): Promise<void> {
  const channels = await parts.stores.notifications.listEnabled();
  for (const { id } of channels) {
    const at = parts.clock.now();
    const made = await parts.transact(async (stores) => {
      // Read again inside: what was due may have been made meanwhile.
      const channel = await stores.notifications.findChannel(id);
      const day = channel === undefined ? null : isDigestDue(channel, at);
      if (channel === undefined || day === null) return [];
      const notice = await digestNotice({ ...parts, stores }, channel, {
        day,
        at,
        publicUrl: parts.notify.publicUrl,
      });
      await stores.notifications.noteDigest(id, day, at);
      const delivery = toDelivery(parts, { channel, notice, at });
      await stores.notifications.insertDeliveries([delivery]);
      return [delivery.id];
    });
    await parts.notify.queue.add(made);
  }
}

export function toDelivery(
  { ids }: Pick<Parts, 'ids'>,
  { channel, notice, at }: { channel: ChannelRecord; notice: Notice; at: Instant },
): DeliveryRecord {
  return {
    id: ids.next(),
    channelId: channel.id,
    eventId: notice.eventId,
    kind: notice.kind,
    notice,
    state: 'pending',
    tries: 0,
    createdAt: at,
    lastTriedAt: null,
    statusCode: null,
    error: null,
  };
}

const keptMs = 90 * 86_400_000;

/**
 * Puts every delivery that is not done on the queue: those there already stay as they are, those
 * that a lost process or a lost queue took with it come back. Forgets the log of three months ago.
 */
export async function sweepDeliveries(parts: Parts): Promise<void> {
  await enqueuePending(parts);
  await parts.stores.notifications.deleteSettled(addMs(parts.clock.now(), -keptMs), 1_000);
}

async function enqueuePending({ stores, notify }: Parts): Promise<void> {
  let afterId: string | null = null;
  for (let page = 0; page < 20; page += 1) {
    const ids: string[] = await stores.notifications.listPending(pendingMax, afterId);
    if (ids.length > 0) await notify.queue.add(ids);
    if (ids.length < pendingMax) return;
    afterId = ids.at(-1) ?? null;
  }
}
