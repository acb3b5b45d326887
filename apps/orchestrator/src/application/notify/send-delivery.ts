import type { Parts } from '../parts.ts';
import type { ChannelRecord, DeliveryRecord, Sender } from './ports.ts';

/** Tries of one delivery, over about an hour and a half with the queue's back-off. */
export const triesMax = 10;

/** Sends one delivery that is not done yet. Resolves with whether to try again later. */
export async function sendDelivery(
  { stores, clock, log }: Parts,
  id: string,
  send: Sender,
): Promise<{ again: boolean; error: string | null }> {
  const delivery = await stores.notifications.findDelivery(id);
  if (delivery?.state !== 'pending') return { again: false, error: null };
  const channel = await stores.notifications.findChannel(delivery.channelId);
  if (channel === undefined) return { again: false, error: null };
  const { ok, permanent, statusCode, error } = mayReceive(channel, delivery)
    ? await send(channel, delivery)
    : { ok: false, permanent: true, statusCode: null, error: 'the channel is disabled' };
  const last = permanent || delivery.tries + 1 >= triesMax;
  const state = ok ? 'delivered' : last ? 'failed' : 'pending';
  await stores.notifications.noteTry(id, { state, at: clock.now(), statusCode, error });
  if (state === 'failed')
    log.warn(
      { deliveryId: id, channel: channel.name, because: error },
      'notification not delivered',
    );
  return { again: state === 'pending', error };
}

/** A test is wanted of a disabled channel too: that is how one tries it before enabling it. */
function mayReceive({ enabled }: ChannelRecord, { kind }: DeliveryRecord): boolean {
  return enabled || kind === 'test';
}
