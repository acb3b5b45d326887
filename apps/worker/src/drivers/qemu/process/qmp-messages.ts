import { parse } from '@gauntlet/shared/contracts/parse';
import Type, { type Static } from 'typebox';

/** QEMU's own clock: seconds and microseconds since the epoch. */
const Timestamp = Type.Object({ seconds: Type.Number(), microseconds: Type.Number() });

const Greeting = Type.Object({ QMP: Type.Object({}) });
const Event = Type.Object({
  event: Type.String(),
  timestamp: Timestamp,
  data: Type.Optional(Type.Unknown()),
});
const Reply = Type.Object({ id: Type.Integer(), return: Type.Unknown() });
const Refusal = Type.Object({
  id: Type.Optional(Type.Integer()),
  error: Type.Object({ class: Type.String(), desc: Type.String() }),
});
const Message = Type.Union([Greeting, Event, Reply, Refusal]);
export type QmpMessage = Static<typeof Message>;

/** @throws ParseError or SyntaxError when the line is no QMP message */
export function parseQmpMessage(line: string): QmpMessage {
  return parse(Message, JSON.parse(line), 'QMP message');
}

/** @returns fractional ms since the epoch; -1 stands for an unknown time in QEMU */
export function toMs({ seconds, microseconds }: Static<typeof Timestamp>): number {
  return seconds * 1000 + microseconds / 1000;
}

export const MigrationEvent = Type.Object({ status: Type.String() });

export const MigrationInfo = Type.Object({
  status: Type.Optional(Type.String()),
  'error-desc': Type.Optional(Type.String()),
  ram: Type.Optional(Type.Object({ transferred: Type.Number() })),
});
export type MigrationInfo = Static<typeof MigrationInfo>;

export const RunState = Type.Object({ status: Type.String(), running: Type.Boolean() });

export const ShutdownEvent = Type.Object({ guest: Type.Boolean(), reason: Type.String() });

export const BlockErrorEvent = Type.Object({
  device: Type.Optional(Type.String()),
  'node-name': Type.Optional(Type.String()),
  operation: Type.String(),
  nospace: Type.Optional(Type.Boolean()),
  reason: Type.String(),
});
