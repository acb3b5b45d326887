import { AppError } from '@gauntlet/shared/contracts/errors';
import {
  type ChannelChange,
  type ChannelView,
  type DeliveryState,
  type DeliveryView,
  type NewChannel,
  noticeKinds,
} from '@gauntlet/shared/contracts/notifications';
import type { Fault } from '@gauntlet/shared/contracts/parse';
import { toIso } from '@gauntlet/shared/kernel/instant';
import { refuseFaults } from '../check-campaign.ts';
import type { Parts } from '../parts.ts';
import type { Page, PageRequest } from '../use-cases.ts';
import { localTime } from './morning-digest.ts';
import type { ChannelRecord, DeliveryRecord } from './ports.ts';
import { toDelivery } from './relay-outbox.ts';

/** @throws AppError `request.impossible` naming every fault */
export async function createChannel(parts: Parts, asked: NewChannel): Promise<ChannelView> {
  const channel: ChannelRecord = {
    id: parts.ids.next(),
    name: asked.name,
    kind: asked.kind,
    url: asked.url ?? null,
    secretRef: asked.secretRef ?? null,
    to: asked.to ?? null,
    notices: asked.notices ?? noticeKinds,
    digest: asked.digest ?? null,
    enabled: asked.enabled ?? true,
    createdAt: parts.clock.now(),
    digestDay: null,
    digestMadeAt: null,
  };
  refuseFaults('the channel cannot work', faultsOf(parts, channel));
  await parts.stores.notifications.insertChannel(channel);
  return toChannelView(channel);
}

export async function changeChannel(
  parts: Parts,
  id: string,
  change: ChannelChange,
): Promise<ChannelView> {
  const before = await findChannel(parts, id);
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const after = { ...before, ...(Object.fromEntries(given) as Partial<ChannelRecord>) };
  refuseFaults('the channel cannot work', faultsOf(parts, after));
  await parts.stores.notifications.updateChannel(id, change);
  return toChannelView(after);
}

export async function deleteChannel(parts: Parts, id: string): Promise<void> {
  await findChannel(parts, id);
  await parts.stores.notifications.deleteChannel(id);
}

export async function getChannel(parts: Parts, id: string): Promise<ChannelView> {
  return toChannelView(await findChannel(parts, id));
}

export async function listChannels(
  { stores }: Parts,
  request: PageRequest,
): Promise<Page<ChannelView>> {
  const page = await stores.notifications.listChannels(request);
  return { ...page, items: page.items.map(toChannelView) };
}

/** Puts a test notice on its way, whether the channel is enabled or not. */
export async function testChannel(parts: Parts, id: string): Promise<DeliveryView> {
  const channel = await findChannel(parts, id);
  const at = parts.clock.now();
  const notice = {
    v: 1,
    eventId: `test-${parts.ids.next()}`,
    kind: 'test',
    at: toIso(at),
    title: 'Gauntlet: a test',
    text: `This is a test of the channel ${channel.name}. Nothing happened.`,
    campaign: null,
    href: parts.notify.publicUrl,
    data: {},
  } as const;
  const delivery = toDelivery(parts, { channel, notice, at });
  await parts.stores.notifications.insertDeliveries([delivery]);
  // Stored: should the queue be lost now, the relay brings it later.
  await parts.notify.queue.add([delivery.id]).catch((err: unknown) => {
    parts.log.debug({ err }, 'a test notice waits for the queue');
  });
  return toDeliveryView(delivery);
}

export async function listDeliveries(
  parts: Parts,
  id: string,
  { state, ...request }: PageRequest & { state?: DeliveryState | undefined },
): Promise<Page<DeliveryView>> {
  await findChannel(parts, id);
  const page = await parts.stores.notifications.listDeliveries(id, { state }, request);
  return { ...page, items: page.items.map(toDeliveryView) };
}

async function findChannel({ stores }: Parts, id: string): Promise<ChannelRecord> {
  const channel = await stores.notifications.findChannel(id);
  if (channel !== undefined) return channel;
  throw new AppError('resource.unknown', `there is no notification channel ${id}`);
}

function faultsOf({ notify }: Parts, channel: ChannelRecord): Fault[] {
  const { check } = notify;
  const faults: Fault[] = [];
  const add = (pointer: string, detail: string | null) => {
    if (detail !== null) faults.push({ pointer, detail });
  };
  if (channel.kind === 'webhook') {
    add('/url', channel.url === null ? 'a webhook needs a url' : check.url(channel.url));
    const { secretRef } = channel;
    add(
      '/secretRef',
      secretRef === null ? 'a webhook needs a secretRef: it is signed' : check.secret(secretRef),
    );
    add('/to', channel.to === null ? null : 'a webhook has no recipients');
  } else {
    add('/to', channel.to === null ? 'e-mail needs recipients' : check.mail());
    add('/url', channel.url === null ? null : 'e-mail has no url');
    add('/secretRef', channel.secretRef === null ? null : 'e-mail is not signed');
  }
  add(
    '/digest/timeZone',
    channel.digest === null ? null : zoneFault(channel, channel.digest.timeZone),
  );
  return faults;
}

function zoneFault({ createdAt }: ChannelRecord, timeZone: string): string | null {
  try {
    localTime(createdAt, timeZone);
    return null;
  } catch {
    return `there is no time zone ${timeZone}; take an IANA name such as Europe/Berlin`;
  }
}

function toChannelView(channel: ChannelRecord): ChannelView {
  const { id, name, kind, url, secretRef, to, notices, digest, enabled, createdAt } = channel;
  return {
    id,
    name,
    kind,
    url,
    secretRef,
    to: to === null ? null : [...to],
    notices: [...notices],
    digest,
    enabled,
    createdAt: toIso(createdAt),
  };
}

function toDeliveryView({ notice, createdAt, lastTriedAt, ...rest }: DeliveryRecord): DeliveryView {
  return {
    ...rest,
    title: notice.title,
    createdAt: toIso(createdAt),
    lastTriedAt: lastTriedAt === null ? null : toIso(lastTriedAt),
  };
}
