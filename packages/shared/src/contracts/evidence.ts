import Type, { type Static } from 'typebox';
import { eventKinds } from '../evidence/event-catalogue.ts';
import { literals, nullable, Timestamp } from './primitives.ts';

const Text = Type.String();
const HexCode = Type.String({ pattern: '^0x[0-9A-F]{8}$' });
const Parameters = Type.Array(Text, { maxItems: 4 });

/** What the head of a crash dump says; `code` keeps its variant bit. */
export const DumpHeaderView = Type.Object({
  code: HexCode,
  name: Text,
  /** False for a live dump, which a system that keeps running writes. */
  isCrash: Type.Boolean(),
  parameters: Parameters,
  /** What each parameter means; shorter where that is not documented. */
  parameterMeanings: Type.Array(Text, { maxItems: 4 }),
  osBuild: Text,
  machine: Text,
  processors: Type.Integer(),
  dumpType: Text,
  crashedAt: nullable(Timestamp),
  uptimeMs: nullable(Type.Number()),
  comment: nullable(Text),
  exceptionAddress: nullable(Text),
  drivers: Type.Array(
    Type.Object({
      name: Text,
      base: Text,
      sizeBytes: Type.Integer(),
      timestamp: Type.Integer(),
    }),
  ),
  /** The driver the faulting instruction lies in: no debugger and no symbols needed. */
  faultingDriver: nullable(
    Type.Object({ name: Text, rva: Type.Integer(), timestamp: Type.Integer() }),
  ),
  bucketKey: Text,
  warnings: Type.Array(Text),
});
export type DumpHeaderView = Static<typeof DumpHeaderView>;

const DebuggerCrash = {
  code: HexCode,
  name: Text,
  parameters: Parameters,
  module: nullable(Text),
  function: nullable(Text),
  offset: nullable(Type.Integer()),
  bucketKey: Text,
  /** Id of the published defect that explains it, versions unseen; null when none does. */
  knownIssue: nullable(Text),
  confidence: literals(['high', 'low']),
  warnings: Type.Array(Text),
  failureBucket: nullable(Text),
  processName: nullable(Text),
  stack: Type.Array(Text),
};

/** The first crash of a debugger's text, and all others it tells of. */
export const DebuggerTextView = Type.Object({
  ...DebuggerCrash,
  others: Type.Array(Type.Object(DebuggerCrash)),
});
export type DebuggerTextView = Static<typeof DebuggerTextView>;

/** What one Windows event says about crashes. */
export const EventView = Type.Object({
  kind: literals(eventKinds),
  meaning: Text,
  code: nullable(HexCode),
  name: nullable(Text),
  parameters: Parameters,
  /** A Linux guest's own words, which have no STOP code. */
  reason: nullable(Text),
  vmId: nullable(Text),
  vmName: nullable(Text),
  dumpPath: nullable(Text),
  at: nullable(Timestamp),
  /** `next-boot`: `at` is when the system came back, an unknown while after it crashed. */
  timeIs: literals(['crash', 'next-boot']),
  computer: nullable(Text),
});
export type EventView = Static<typeof EventView>;
