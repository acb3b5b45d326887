import Type, { type Static } from 'typebox';
import { Name, nullable, Timestamp } from './primitives.ts';

export const ReadyView = Type.Object({
  ready: Type.Boolean(),
  /** What is not ready, a sentence each; empty when ready. */
  notReady: Type.Array(Type.String()),
});
export type ReadyView = Static<typeof ReadyView>;

export const SystemView = Type.Object({
  version: Type.String(),
  startedAt: Timestamp,
  backends: Type.Object({ records: Type.String(), queue: Type.String() }),
  workers: Type.Array(
    Type.Object({
      id: Name,
      hostName: Name,
      version: Type.String(),
      drivers: Type.Array(Type.String()),
      startedAt: Timestamp,
      lastHeartbeatAt: Timestamp,
      alive: Type.Boolean(),
      running: Type.Integer(),
    }),
  ),
  queueDepth: nullable(Type.Integer()),
  inFlight: Type.Integer(),
});
export type SystemView = Static<typeof SystemView>;
