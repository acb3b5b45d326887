import Type, { type Static } from 'typebox';
import { driverNames } from '../domain/inventory.ts';
import { literals, Name, Timestamp, Uuid } from './primitives.ts';
import { HostPayload, VmPayload } from './worker-messages.ts';

/** Driver options: foreign to the orchestrator, parsed by the driver. Secrets never belong here. */
export const ClusterOptions = Type.Record(Type.String({ maxLength: 256 }), Type.Unknown());

export const NewCluster = Type.Object(
  {
    name: Name,
    driver: literals(driverNames),
    options: Type.Optional(ClusterOptions),
  },
  { additionalProperties: false },
);
export type NewCluster = Static<typeof NewCluster>;

export const ClusterChange = Type.Object(
  { name: Type.Optional(Name), options: Type.Optional(ClusterOptions) },
  { additionalProperties: false, minProperties: 1 },
);
export type ClusterChange = Static<typeof ClusterChange>;

export const ClusterView = Type.Object({
  id: Uuid,
  name: Name,
  driver: literals(driverNames),
  options: ClusterOptions,
  createdAt: Timestamp,
  /** Rises with every change; workers use it to notice one. */
  revision: Type.Integer(),
  /** Since when the kill switch holds; null when attempts may start. */
  stoppedAt: Type.Union([Timestamp, Type.Null()]),
});
export type ClusterView = Static<typeof ClusterView>;

export const InventoryView = Type.Object({
  takenAt: Timestamp,
  hosts: Type.Array(HostPayload),
  vms: Type.Array(VmPayload),
});
export type InventoryView = Static<typeof InventoryView>;

export const exposureStates = ['exposed', 'fixed', 'not-applicable', 'unknown'] as const;
export const KnownIssueView = Type.Object({
  id: Name,
  title: Type.String(),
  subjects: Type.Array(
    Type.Object({
      kind: literals(['host', 'vm']),
      name: Name,
      exposure: literals(exposureStates),
      because: Type.String(),
      filesRead: Type.Array(Type.Object({ name: Name, version: Name })),
    }),
  ),
});
export type KnownIssueView = Static<typeof KnownIssueView>;
