import { AppError } from '@gauntlet/shared/contracts/errors';
import { ParseError, parse } from '@gauntlet/shared/contracts/parse';
import { literals, Name, nullable } from '@gauntlet/shared/contracts/primitives';
import Type, { type Static } from 'typebox';

const strict = { additionalProperties: false };
const FilePath = Type.String({ minLength: 1, maxLength: 4096 });
const Microseconds = Type.Integer({ minimum: 0, maximum: 60_000_000 });

const Disks = Type.Object(
  {
    count: Type.Integer({ minimum: 0, maximum: 16 }),
    /** `dynamic`: qcow2 that grows with every first write; `fixed`: raw, fully allocated. */
    format: Type.Optional(literals(['dynamic', 'fixed'])),
    sizeMiB: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_536 })),
    /** I/O operations per second of the storage below the format; null: as fast as it goes. */
    iopsMax: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: 1_000_000 }))),
    /** Synchronous writes per second of the guest on each disk; 0: none. */
    writesPerSecond: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
  },
  strict,
);

/** The planted race (see README): its window and what spares a fast request. */
const Race = Type.Object(
  {
    /** `init`: in PID 1 of the guest; `module`: in a kernel module; `off`: no enumeration. */
    variant: Type.Optional(literals(['init', 'module', 'off'])),
    hotfix: Type.Optional(Type.Boolean()),
    /** A write that takes longer completes late, through the defective path. */
    slowUs: Type.Optional(Microseconds),
    /** How long a LUN is away while it is enumerated. */
    settleMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
    /** From the guest's notice of the migration to the enumeration. */
    delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
  },
  strict,
);

const GuestGroup = Type.Object(
  {
    name: Name,
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 256 })),
    tags: Type.Optional(Type.Array(Name, { maxItems: 32 })),
    ramKiB: Type.Optional(Type.Integer({ minimum: 73_728, maximum: 16_777_216, multipleOf: 8 })),
    /** Leaves the RAM size as it is although this QEMU may lose pages with it: for the showcase. */
    exposeToLostPages: Type.Optional(Type.Boolean()),
    /** RAM stays where it is and only the device state moves. */
    sharedRam: Type.Optional(Type.Boolean()),
    vcpus: Type.Optional(Type.Integer({ minimum: 1, maximum: 16 })),
    disks: Type.Optional(Disks),
    race: Type.Optional(Race),
    /** Pages of 4 KiB the page checker writes and verifies; 0: no page checker. */
    checkedPages: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_048_576 })),
    checkEveryUs: Type.Optional(Microseconds),
    /** Threads of the XCHG probe; 0: none. Needs two vCPUs to mean anything. */
    swappers: Type.Optional(Type.Integer({ minimum: 0, maximum: 8 })),
    /** Breaks the exchange on purpose: a positive control of the XCHG probe. */
    breakExchange: Type.Optional(Type.Boolean()),
    kernelArguments: Type.Optional(Type.String({ maxLength: 1024, pattern: '^[ -~]*$' })),
  },
  strict,
);

export const QemuOptions = Type.Object(
  {
    binary: Type.Optional(FilePath),
    /** Slots of this machine that play hosts. */
    hosts: Type.Optional(Type.Integer({ minimum: 2, maximum: 64 })),
    guests: Type.Optional(Type.Array(GuestGroup, { minItems: 1, maxItems: 32 })),
    kernel: Type.Optional(nullable(FilePath)),
    modules: Type.Optional(nullable(FilePath)),
    initramfs: Type.Optional(nullable(FilePath)),
    /** Builds the guest's init; without one the guest is reduced to heartbeats. */
    compiler: Type.Optional(FilePath),
    accelerator: Type.Optional(literals(['auto', 'tcg', 'kvm'])),
    machine: Type.Optional(literals(['pc', 'q35'])),
    /** Migrations in flight at most; never more than the machine has cores. */
    migrationsMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 256 })),
    bandwidthBytesPerSecond: Type.Optional(
      Type.Integer({ minimum: 65_536, maximum: 1_000_000_000_000 }),
    ),
    downtimeLimitMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 60_000 })),
    /** No byte of RAM copied for so long: the link is black-holed, the migration is cancelled. */
    stallMsMax: Type.Optional(Type.Integer({ minimum: 100, maximum: 600_000 })),
    heartbeatEveryMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 10_000 })),
    heartbeatSilenceMsMax: Type.Optional(Type.Integer({ minimum: 100, maximum: 600_000 })),
    /** Memory dumps: at most so many, none larger; 0 of either: none at all. */
    dumpsMax: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
    dumpMiBMax: Type.Optional(Type.Integer({ minimum: 0, maximum: 1024 })),
  },
  strict,
);

type Complete<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };
export type DiskConfig = Complete<Static<typeof Disks>>;
export type RaceConfig = Complete<Static<typeof Race>>;
export type GuestConfig = Complete<
  Omit<Static<typeof GuestGroup>, 'disks' | 'race' | 'exposeToLostPages'>
> & { readonly disks: DiskConfig; readonly race: RaceConfig };
export type QemuConfig = Complete<Omit<Static<typeof QemuOptions>, 'guests' | 'accelerator'>> & {
  readonly guests: readonly GuestConfig[];
  readonly accelerator: 'tcg' | 'kvm';
};

export type ParsedOptions = Static<typeof QemuOptions>;

/** @throws AppError `driver.options` naming every fault */
export function parseOptions(options: unknown): ParsedOptions {
  try {
    return parse(QemuOptions, options ?? {}, 'options of the qemu driver');
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw cause;
    throw new AppError('driver.options', cause.message, {
      cause,
      details: { faults: cause.faults },
    });
  }
}

/** Every default written out. `accelerator` is what the machine can really do. */
export function completeOptions(
  options: ParsedOptions,
  { accelerator, cores }: { accelerator: 'tcg' | 'kvm'; cores: number },
): QemuConfig {
  const groups = options.guests ?? [{ name: 'guest', count: 2 }];
  const config: QemuConfig = {
    ...defaults,
    ...options,
    accelerator,
    // Above the number of cores nothing gets faster and every blackout gets longer.
    migrationsMax: Math.min(options.migrationsMax ?? cores, cores),
    guests: groups.map((group) => completeGuest(group, accelerator)),
  };
  assertDistinct(config.guests.map((guest) => guest.name));
  return config;
}

const defaults = {
  binary: 'qemu-system-x86_64',
  hosts: 2,
  kernel: null,
  modules: null,
  initramfs: null,
  compiler: 'gcc',
  machine: 'pc',
  bandwidthBytesPerSecond: 10_000_000_000,
  downtimeLimitMs: 20,
  stallMsMax: 10_000,
  heartbeatEveryMs: 50,
  heartbeatSilenceMsMax: 3_000,
  dumpsMax: 1,
  dumpMiBMax: 128,
} as const;

const guestDefaults = {
  count: 1,
  tags: [] as string[],
  ramKiB: 98_304,
  sharedRam: false,
  vcpus: 1,
  checkedPages: 1024,
  checkEveryUs: 200,
  swappers: 0,
  breakExchange: false,
  kernelArguments: '',
};

const diskDefaults = {
  count: 0,
  format: 'dynamic',
  sizeMiB: 64,
  iopsMax: null,
  writesPerSecond: 20,
} as const;

const raceDefaults = {
  variant: 'off',
  hotfix: false,
  slowUs: 20_000,
  settleMs: 4,
  delayMs: 100,
} as const;

function completeGuest(
  { exposeToLostPages, ...group }: Static<typeof GuestGroup>,
  accelerator: 'tcg' | 'kvm',
): GuestConfig {
  const guest = { ...guestDefaults, ...group };
  const isSafe = exposeToLostPages === true || guest.sharedRam || accelerator === 'kvm';
  return {
    ...guest,
    ramKiB: isSafe ? guest.ramKiB : avoidLostPages(guest.ramKiB),
    disks: { ...diskDefaults, ...group.disks },
    race: { ...raceDefaults, ...group.race },
  };
}

/** RAM blocks of a multiple of 64 pages take the path of QEMU that loses writes under TCG. */
export const lostPagesRamKiB = 256;

function avoidLostPages(ramKiB: number): number {
  return ramKiB % lostPagesRamKiB === 0 ? ramKiB + 8 : ramKiB;
}

function assertDistinct(names: readonly string[]): void {
  if (new Set(names).size === names.length) return;
  throw new AppError('driver.options', 'options of the qemu driver: /guests names must differ');
}
