import Type, { type Static } from 'typebox';
import { PageQuery } from './lists.ts';
import { literals, Name, nullable, Timestamp, Uuid } from './primitives.ts';

const strict = { additionalProperties: false };

export const channelKinds = ['webhook', 'email'] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** What a channel can be told of at once; everything else waits for its digest. */
export const noticeKinds = ['bugcheck', 'guard-trip', 'campaign-finished', 'verdict'] as const;
export type NoticeKind = (typeof noticeKinds)[number];

export const deliveryKinds = [...noticeKinds, 'digest', 'test'] as const;
export type DeliveryKind = (typeof deliveryKinds)[number];

export const deliveryStates = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

const WebhookUrl = Type.String({ pattern: '^https?://', maxLength: 2048 });
const MailAddress = Type.String({
  pattern: '^[^\\s<>"(),:;@\\\\]+@[^\\s<>"(),:;@\\\\]+$',
  maxLength: 320,
});
const Recipients = Type.Array(MailAddress, { minItems: 1, maxItems: 50 });
/** `night-hook` is read from GAUNTLET_SECRET_NIGHT_HOOK; the secret itself is never stored. */
const SecretRef = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$' });
const Notices = Type.Array(literals(noticeKinds), { maxItems: 16, uniqueItems: true });

/** The morning digest: every day at this local time. */
export const DigestTime = Type.Object(
  {
    at: Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' }),
    /** IANA name. */
    timeZone: Type.String({ minLength: 1, maxLength: 64 }),
  },
  strict,
);
export type DigestTime = Static<typeof DigestTime>;

export const NewChannel = Type.Object(
  {
    name: Name,
    kind: literals(channelKinds),
    /** Of a webhook. */
    url: Type.Optional(WebhookUrl),
    /** Of a webhook: with what its requests are signed. */
    secretRef: Type.Optional(SecretRef),
    /** Of e-mail. */
    to: Type.Optional(Recipients),
    /** All of them when left out. */
    notices: Type.Optional(Notices),
    digest: Type.Optional(nullable(DigestTime)),
    enabled: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type NewChannel = Static<typeof NewChannel>;

export const ChannelChange = Type.Object(
  {
    name: Type.Optional(Name),
    url: Type.Optional(WebhookUrl),
    secretRef: Type.Optional(SecretRef),
    to: Type.Optional(Recipients),
    notices: Type.Optional(Notices),
    digest: Type.Optional(nullable(DigestTime)),
    enabled: Type.Optional(Type.Boolean()),
  },
  { ...strict, minProperties: 1 },
);
export type ChannelChange = Static<typeof ChannelChange>;

export const ChannelView = Type.Object({
  id: Uuid,
  name: Name,
  kind: literals(channelKinds),
  url: nullable(Type.String()),
  secretRef: nullable(Type.String()),
  to: nullable(Type.Array(Type.String())),
  notices: Type.Array(literals(noticeKinds)),
  digest: nullable(DigestTime),
  enabled: Type.Boolean(),
  createdAt: Timestamp,
});
export type ChannelView = Static<typeof ChannelView>;

export const DeliveryView = Type.Object({
  id: Uuid,
  channelId: Uuid,
  /** The same for every channel and every try: by it a receiver knows what it has had already. */
  eventId: Type.String(),
  kind: literals(deliveryKinds),
  title: Type.String(),
  state: literals(deliveryStates),
  tries: Type.Integer(),
  createdAt: Timestamp,
  lastTriedAt: nullable(Timestamp),
  /** Of the last answer; null for e-mail and when there was none. */
  statusCode: nullable(Type.Integer()),
  /** Why the last try failed; null once delivered. */
  error: nullable(Type.String()),
});
export type DeliveryView = Static<typeof DeliveryView>;

export const DeliveryQuery = Type.Object(
  { ...PageQuery, state: Type.Optional(literals(deliveryStates)) },
  strict,
);

/** What a receiver gets: the body of a webhook, and what an e-mail is written from. */
export const Notice = Type.Object({
  v: Type.Literal(1),
  eventId: Type.String(),
  kind: literals(deliveryKinds),
  at: Timestamp,
  title: Type.String(),
  /** Plain text for people. */
  text: Type.String(),
  campaign: nullable(Type.Object({ id: Uuid, name: Name })),
  /** Of the service; null when its address is not configured. */
  href: nullable(Type.String()),
  data: Type.Record(Type.String(), Type.Unknown()),
});
export type Notice = Static<typeof Notice>;
