import Type, { type Static } from 'typebox';
import { diskControllers, diskFormats } from '../domain/inventory.ts';
import { migrationErrorClasses } from '../domain/migration.ts';
import { literals, Name, nullable } from './primitives.ts';

const closed = { additionalProperties: false } as const;
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Ms = Type.Number({ minimum: 0, maximum: 1e13 });
const Hotfixes = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 256 });
const Parameters = Type.Array(Type.String({ pattern: '^0x[0-9a-fA-F]{1,16}$' }), { maxItems: 4 });

const SimulatedHost = Type.Object(
  {
    name: Name,
    osBuild: Type.Optional(Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+$' })),
    cpuVendor: Type.Optional(Name),
    hotfixes: Type.Optional(Hotfixes),
    hypervisorVersion: Type.Optional(Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+\\.\\d+$' })),
    migrationsMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
    /** Room for VMs; left out: enough that the others can take those of any one host. */
    memoryMiB: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 30 })),
  },
  closed,
);

const SimulatedDisks = Type.Object(
  {
    controller: literals(diskControllers),
    format: literals(diskFormats),
    sizeMaxMiB: Type.Optional(Type.Integer({ minimum: 1 })),
    /** So many alike. */
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 256 })),
  },
  closed,
);

const SimulatedVm = Type.Object(
  {
    name: Name,
    id: Type.Optional(Name),
    host: Type.Optional(Name),
    os: Type.Optional(literals(['windows', 'linux'])),
    guestOs: Type.Optional(Name),
    vcpus: Type.Optional(Type.Integer({ minimum: 1, maximum: 4096 })),
    memoryMiB: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 30 })),
    processorCompatibility: Type.Optional(Type.Boolean()),
    disks: Type.Optional(Type.Array(SimulatedDisks, { maxItems: 256 })),
    load: Type.Optional(
      Type.Union([literals(['idle', 'web', 'sql']), Type.Number({ minimum: 0, maximum: 10 })]),
    ),
    tags: Type.Optional(Type.Array(Name, { maxItems: 256 })),
    exchangeProbe: Type.Optional(Type.Boolean()),
  },
  closed,
);

const SimulatedFaults = Type.Object(
  {
    failedMigrations: Type.Optional(
      Type.Array(
        Type.Object(
          {
            share: Share,
            class: literals(migrationErrorClasses),
            code: Type.Optional(nullable(Type.String({ maxLength: 256 }))),
            message: Type.Optional(Type.String({ maxLength: 4096 })),
            vms: Type.Optional(Type.Array(Name, { maxItems: 1024 })),
          },
          closed,
        ),
        { maxItems: 32 },
      ),
    ),
    slowMigrations: Type.Optional(
      Type.Object({ share: Share, factor: Type.Number({ minimum: 1, maximum: 1e6 }) }, closed),
    ),
    lostHeartbeats: Type.Optional(Type.Object({ share: Share, lastsMs: Ms }, closed)),
    hungGuests: Type.Optional(Type.Object({ share: Share }, closed)),
    hostDown: Type.Optional(
      Type.Array(
        Type.Object(
          {
            host: Name,
            afterMs: Type.Optional(nullable(Ms)),
            afterMigrations: Type.Optional(nullable(Type.Integer({ minimum: 1 }))),
            lastsMs: Type.Optional(Ms),
          },
          closed,
        ),
        { maxItems: 256 },
      ),
    ),
    otherBugchecks: Type.Optional(
      Type.Array(
        Type.Object(
          {
            share: Share,
            code: Type.Integer({ minimum: 0, maximum: 0xffffffff }),
            parameters: Type.Optional(Parameters),
            module: Type.Optional(nullable(Name)),
            function: Type.Optional(nullable(Name)),
          },
          closed,
        ),
        { maxItems: 32 },
      ),
    ),
  },
  closed,
);

/**
 * The `options` of a cluster with driver `simulated`. Without `hosts` and `vms` it is the preset.
 * Also what the simulator is told when a cluster is created on it.
 */
export const SimulatedOptions = Type.Object(
  {
    preset: Type.Optional(Type.Literal('demo')),
    /** Address of a simulator that several workers share; without it the cluster is in-process. */
    url: Type.Optional(Type.String({ pattern: '^https?://[^\\s/]+/?$', maxLength: 2048 })),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    /** Simulated ms per real ms; 1 = true seconds. */
    timeScale: Type.Optional(Type.Number({ minimum: 0.001, maximum: 100_000 })),
    hosts: Type.Optional(Type.Array(SimulatedHost, { minItems: 1, maxItems: 1024 })),
    vms: Type.Optional(Type.Array(SimulatedVm, { minItems: 1, maxItems: 10_000 })),
    /** Installed on every host, or by name of the host. */
    hotfixes: Type.Optional(Type.Union([Hotfixes, Type.Record(Type.String(), Hotfixes)])),
    faults: Type.Optional(SimulatedFaults),
    timing: Type.Optional(
      Type.Object(
        {
          bandwidthMbps: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1e6 })),
          blackoutMs: Type.Optional(Ms),
          powerCycleMs: Type.Optional(Ms),
          hostRebootMs: Type.Optional(Ms),
          failoverMs: Type.Optional(Ms),
        },
        closed,
      ),
    ),
    defects: Type.Optional(
      Type.Object(
        {
          xrstorMeanUptimeMs: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1e13 })),
          lostExchangesPerSecond: Type.Optional(Type.Number({ minimum: 0, maximum: 1e6 })),
          exchangeSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 1e6 })),
        },
        closed,
      ),
    ),
    ledgerMax: Type.Optional(Type.Integer({ minimum: 100, maximum: 10_000_000 })),
  },
  closed,
);
export type SimulatedOptions = Static<typeof SimulatedOptions>;
