import Type, { type Static } from 'typebox';
import type { ErrorCode } from './errors.ts';
import { literals, Name, nullable } from './primitives.ts';

/**
 * What the simulator (`apps/simulator`) speaks over HTTP with the workers that share it. Every call
 * is `POST /clusters/{name}/{call}`; `PUT /clusters/{name}` with SimulatedOptions makes or changes
 * a cluster.
 */
const closed = { additionalProperties: false } as const;
const Ms = Type.Number({ minimum: 0 });
const At = Type.Integer();
const Text = Type.String({ maxLength: 16_384 });
const Parameters = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 4 });
/** Chosen by the caller, so that it can cancel what it has not been answered yet. */
const CallId = Type.String({ minLength: 1, maxLength: 128 });

export const SimulatedClusterView = Type.Object({
  name: Name,
  /** The cluster's own time, ms since the epoch. */
  now: At,
  timeScale: Type.Number({ exclusiveMinimum: 0 }),
});
export type SimulatedClusterView = Static<typeof SimulatedClusterView>;

export const VmCall = Type.Object({ vmId: Name }, closed);
export const FingerprintCall = Type.Object(
  { vmId: Name, hosts: Type.Array(Name, { maxItems: 1024 }) },
  closed,
);
export const MigrateCall = Type.Object(
  { callId: CallId, attemptId: Name, vmId: Name, source: Name, target: Name, timeoutMs: Ms },
  closed,
);
export const CancelCall = Type.Object({ callId: CallId }, closed);
export const PowerCycleCall = Type.Object({ attemptId: Name, vmId: Name, host: Name }, closed);
export const FindBugcheckCall = Type.Object({ vmId: Name, since: At }, closed);
export const PutBackCall = Type.Object(
  { placements: Type.Array(Type.Object({ vmId: Name, host: Name }, closed), { maxItems: 16_384 }) },
  closed,
);
export const LedgerQuery = Type.Object(
  {
    after: Type.Optional(Type.String({ pattern: '^\\d{1,15}$' })),
    limit: Type.Optional(Type.String({ pattern: '^\\d{1,6}$' })),
  },
  closed,
);

const Failure = Type.Object({ class: Type.String(), code: nullable(Text), message: Text });
export const MigrationEndPayload = Type.Union([
  Type.Object({
    kind: Type.Literal('completed'),
    switchedOverAt: At,
    copyMs: Ms,
    blackoutMs: nullable(Ms),
  }),
  Type.Object({ kind: literals(['failed', 'unknown']), failure: Failure }),
]);
export type MigrationEndPayload = Static<typeof MigrationEndPayload>;

export const ProbePayload = Type.Object({
  alive: Type.Boolean(),
  faults: Type.Array(Type.Object({ probe: Name, detail: Text })),
});

export const DifferencesPayload = Type.Object({ differences: Type.Array(Type.String()) });

const StopPayload = Type.Object({
  code: Type.Integer(),
  parameters: Parameters,
  module: nullable(Name),
  function: nullable(Name),
  offset: nullable(Type.Integer()),
});
const entry = { seq: Type.Integer(), at: At, attemptId: nullable(Name), host: Name };

/** The ledger's entry of the bugcheck that was asked for, or null. */
export const BugcheckEntryPayload = Type.Object({
  entry: nullable(
    Type.Union([
      Type.Object({
        ...entry,
        kind: Type.Literal('bugcheck'),
        vmId: Name,
        stop: StopPayload,
        disk: nullable(Type.Integer()),
      }),
      Type.Object({
        ...entry,
        kind: Type.Literal('host-crash'),
        stop: nullable(StopPayload),
        vmIds: Type.Array(Name),
      }),
    ]),
  ),
});

const EventPayload = Type.Union([
  Type.Object({
    kind: Type.Literal('bugcheck'),
    subject: literals(['guest', 'host']),
    host: nullable(Name),
    at: At,
    channel: Name,
    code: Type.Integer(),
    parameters: Parameters,
  }),
  Type.Object({
    kind: literals(['reset', 'heartbeat-lost', 'heartbeat']),
    at: At,
    channel: Name,
  }),
  Type.Object({ kind: Type.Literal('fault'), at: At, probe: Name, detail: Text }),
]);

/** A line of `POST /clusters/{name}/watch`; the first, without event, says that it is armed. */
export const WatchLine = Type.Object({
  /** Events of this VM so far, this one included. */
  count: Type.Integer({ minimum: 0 }),
  event: nullable(EventPayload),
});
export type WatchLine = Static<typeof WatchLine>;

/**
 * A header of every answer about one VM: its events so far. Answers and watches travel on different
 * connections, so a caller that watches waits until its watch has come as far.
 */
export const eventCountHeader = 'gauntlet-vm-events';

/** The errors of a simulated cluster by the codes of this house. */
export const clusterErrorCodes = {
  'vm-unknown': 'driver.vm-unknown',
  'host-unknown': 'driver.host-unknown',
  aborted: 'migration.aborted',
  'no-host-up': 'driver.unavailable',
} as const satisfies Record<string, ErrorCode>;
