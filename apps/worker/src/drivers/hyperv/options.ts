import { AppError } from '@gauntlet/shared/contracts/errors';
import { ParseError, parse } from '@gauntlet/shared/contracts/parse';
import { literals } from '@gauntlet/shared/contracts/primitives';
import { migrationErrorClasses } from '@gauntlet/shared/domain/migration';
import Type, { type Static } from 'typebox';

const Text = Type.String({ minLength: 1, maxLength: 1024 });
const Ms = Type.Integer({ minimum: 1, maximum: 86_400_000 });
const Names = Type.Array(Text, { maxItems: 1024 });

/** What `POST /clusters` takes as `options` for the driver `hyperv`. Secrets go by name only. */
export const HypervOptions = Type.Object(
  {
    /** An administrator's word that this cluster is for tests: without it nothing is touched. */
    testCluster: Type.Literal(true),
    mode: Type.Optional(literals(['cluster', 'standalone'])),
    /** Name of the failover cluster; `mode: cluster` needs it. */
    cluster: Type.Optional(Text),
    /** Hosts by name; `mode: standalone` needs at least two. */
    hosts: Type.Optional(Names),
    /** `wmi-v1`: Windows Server 2008 R2 hosts, driven from a newer machine. */
    adapter: Type.Optional(literals(['hyperv', 'wmi-v1'])),
    /** The only VMs this driver sees, by name or id; left out, all. */
    vms: Type.Optional(Names),
    /** Walks the whole way but never moves, resets or turns off a VM. */
    dryRun: Type.Optional(Type.Boolean()),
    executable: Type.Optional(Text),
    /** PowerShell's own, such as `RemoteSigned`; left out, the machine's. */
    executionPolicy: Type.Optional(Text),
    modulePath: Type.Optional(Text),
    guest: Type.Optional(
      Type.Object(
        {
          /** `direct`: PowerShell Direct through the owner; `remote`: WinRM by the guest's name. */
          access: literals(['none', 'direct', 'remote']),
          user: Type.Optional(Text),
          /** Name of the secret with the password, read by the worker from its own environment. */
          passwordReference: Type.Optional(Text),
          /** Name of a credential PowerShell's SecretManagement knows on the worker. */
          secretName: Type.Optional(Text),
        },
        { additionalProperties: false },
      ),
    ),
    /** Added to the table of migration errors, or overruling it: code or id to class. */
    errorClasses: Type.Optional(Type.Record(Type.String(), literals(migrationErrorClasses))),
    pollMs: Type.Optional(Ms),
    heartbeatLostMs: Type.Optional(Ms),
    cancelMs: Type.Optional(Ms),
    callMs: Type.Optional(Ms),
    dumpMs: Type.Optional(Ms),
    recoverMs: Type.Optional(Ms),
    clockSkewMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000 })),
  },
  { additionalProperties: false },
);
export type HypervOptions = Static<typeof HypervOptions>;

export type Adapter = 'hyperv' | 'wmi-v1';

/** Where the module finds the cluster: part of every operation's arguments. */
export interface Where {
  readonly mode: 'cluster' | 'standalone';
  readonly cluster: string | null;
  readonly hosts: readonly string[];
  readonly adapter: Adapter;
}

export interface GuestAccess {
  readonly access: 'none' | 'direct' | 'remote';
  readonly user: string | null;
  readonly passwordReference: string | null;
  readonly secretName: string | null;
}

/** The options with every default filled in; durations in ms. */
export interface HypervSettings {
  readonly where: Where;
  readonly vms: ReadonlySet<string> | null;
  readonly dryRun: boolean;
  readonly executable: string;
  readonly executionPolicy: string | null;
  readonly modulePath: string | null;
  readonly guest: GuestAccess;
  readonly errorClasses: NonNullable<HypervOptions['errorClasses']>;
  readonly pollMs: number;
  /** A heartbeat gone for longer is a finding; a hand-over interrupts it for seconds. */
  readonly heartbeatLostMs: number;
  /** How long a cancelled migration may take to come to rest. */
  readonly cancelMs: number;
  /** What one question to PowerShell may take. */
  readonly callMs: number;
  /** How long a dead guest may take to write its dump and come back by itself. */
  readonly dumpMs: number;
  readonly recoverMs: number;
  readonly clockSkewMs: number;
}

/** @throws AppError `driver.options` naming every fault */
export function parseHypervOptions(options: unknown): HypervSettings {
  const given = parseGiven(options);
  const mode = given.mode ?? 'cluster';
  const faults = contradictionsOf(given, mode);
  if (faults.length > 0) refuse(`hyperv cluster: ${faults.join('; ')}`, faults);
  return {
    where: {
      mode,
      cluster: given.cluster ?? null,
      hosts: given.hosts ?? [],
      adapter: given.adapter ?? 'hyperv',
    },
    vms: given.vms === undefined ? null : new Set(given.vms.map((name) => name.toLowerCase())),
    dryRun: given.dryRun ?? false,
    // FailoverClusters is untested under PowerShell 7, which loads it through a 5.1 session.
    executable: given.executable ?? 'powershell.exe',
    executionPolicy: given.executionPolicy ?? null,
    modulePath: given.modulePath ?? null,
    guest: {
      access: given.guest?.access ?? 'none',
      user: given.guest?.user ?? null,
      passwordReference: given.guest?.passwordReference ?? null,
      secretName: given.guest?.secretName ?? null,
    },
    errorClasses: given.errorClasses ?? {},
    pollMs: given.pollMs ?? 1000,
    heartbeatLostMs: given.heartbeatLostMs ?? 15_000,
    cancelMs: given.cancelMs ?? 60_000,
    callMs: given.callMs ?? 60_000,
    dumpMs: given.dumpMs ?? 180_000,
    recoverMs: given.recoverMs ?? 420_000,
    clockSkewMs: given.clockSkewMs ?? 5000,
  };
}

function parseGiven(options: unknown): HypervOptions {
  try {
    return parse(HypervOptions, options, 'options of the hyperv cluster');
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new AppError('driver.options', error.message, {
      details: { faults: error.faults },
      cause: error,
    });
  }
}

function contradictionsOf({ cluster, hosts, guest }: HypervOptions, mode: string): string[] {
  const faults: string[] = [];
  if (mode === 'cluster' && cluster === undefined) faults.push('`cluster` must name the cluster');
  if (mode === 'standalone' && (hosts?.length ?? 0) < 2) {
    faults.push('`hosts` must name at least two hosts');
  }
  const { access = 'none', user, passwordReference, secretName } = guest ?? {};
  if ((user === undefined) !== (passwordReference === undefined)) {
    faults.push('`guest.user` and `guest.passwordReference` go together');
  }
  if (access === 'direct' && user === undefined && secretName === undefined) {
    faults.push('`guest.access: direct` needs a credential of the guest');
  }
  return faults;
}

function refuse(message: string, faults: readonly string[]): never {
  throw new AppError('driver.options', message, {
    details: { faults: faults.map((detail) => ({ pointer: '', detail })) },
  });
}
