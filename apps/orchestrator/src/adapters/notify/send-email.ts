import { createTransport } from 'nodemailer';
import type { Sender } from '../../application/notify/ports.ts';
import type { SmtpSettings } from '../../config.ts';
import { failed } from './send-webhook.ts';

/**
 * Sends by the configured SMTP server. The message id is made of event and channel, so that a
 * message that went out twice (the process died before it could note the first) is one in a mailbox.
 */
export function createEmailSender(
  smtp: SmtpSettings | null,
  { tryMsMax }: { tryMsMax: number },
): Sender {
  if (smtp === null) return async () => failed('GAUNTLET_SMTP_URL is not set', true);
  const transport = createTransport({
    url: smtp.url,
    connectionTimeout: tryMsMax,
    greetingTimeout: tryMsMax,
    socketTimeout: tryMsMax,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain =
    smtp.from
      .split('@')
      .at(-1)
      ?.replace(/[^\w.-]/g, '') ?? 'gauntlet';
  return async (channel, { notice }) => {
    try {
      await transport.sendMail({
        from: smtp.from,
        to: [...(channel.to ?? [])],
        subject: notice.title,
        text: notice.href === null ? notice.text : `${notice.text}\n\n${notice.href}\n`,
        messageId: `<${notice.eventId}.${channel.id}@${domain}>`,
        headers: { 'X-Gauntlet-Event': notice.kind, 'X-Gauntlet-Event-Id': notice.eventId },
      });
      return { ok: true, permanent: false, statusCode: null, error: null };
    } catch (error) {
      const { responseCode, message } = error as { responseCode?: number; message?: string };
      // 5xx: the server will not take it, now or later.
      const permanent = responseCode !== undefined && responseCode >= 500 && responseCode !== 535;
      return failed((message ?? 'the mail server did not take it').slice(0, 500), permanent);
    }
  };
}
