import type { Clock } from '@gauntlet/shared/kernel/clock';
import { secretName } from '@gauntlet/shared/platform/environment';
import type { DeliveryQueue, NotifyParts, Sender } from '../../application/notify/ports.ts';
import type { NotifyConfig } from '../../config.ts';
import { createAddressGuard } from './address-guard.ts';
import { createEmailSender } from './send-email.ts';
import { createWebhookSender } from './send-webhook.ts';

export function createNotifyParts(config: NotifyConfig, queue: DeliveryQueue): NotifyParts {
  const guard = createAddressGuard(config.allow);
  return {
    queue,
    publicUrl: config.publicUrl,
    check: {
      url(text) {
        if (!URL.canParse(text)) return 'is no URL';
        const { username, password, hostname } = new URL(text);
        if (username !== '' || password !== '')
          return 'must not carry a user name or password: requests are signed';
        return guard.refuseHost(hostname);
      },
      secret: (reference) =>
        config.secretOf(reference) === undefined
          ? `there is no secret ${reference}: set ${secretName(reference)} for the orchestrator`
          : null,
      mail: () => (config.smtp === null ? 'e-mail needs GAUNTLET_SMTP_URL' : null),
    },
  };
}

/** The sender of a channel's kind. */
export function createSender(
  { allow, secretOf, smtp, tryMsMax }: NotifyConfig,
  { clock, version }: { clock: Clock; version: string },
): Sender {
  const guard = createAddressGuard(allow);
  const webhook = createWebhookSender({ guard, secretOf, clock, version, tryMsMax });
  const email = createEmailSender(smtp, { tryMsMax });
  return (channel, delivery) => (channel.kind === 'webhook' ? webhook : email)(channel, delivery);
}
