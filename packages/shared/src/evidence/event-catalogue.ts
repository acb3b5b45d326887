import type { WindowsEvent } from './windows-event.ts';

export const eventKinds = [
  'guest-bugcheck',
  'guest-reset',
  'host-bugcheck',
  'boot',
  'other',
] as const;
export type EventKind = (typeof eventKinds)[number];

/** How the facts of an event are read; `none`: its id says it all. */
export type EventReader = 'worker-fatal-error' | 'error-reporting' | 'kernel-power' | 'none';

export interface EventMeaning {
  readonly providers: readonly string[];
  readonly ids: readonly number[];
  /** Only this log; left out, any. */
  readonly channel?: string;
  /** Highest level number (1 critical, 2 error, ...) this meaning holds for; left out, any. */
  readonly levelMax?: number;
  readonly kind: EventKind;
  readonly reader: EventReader;
  /** The name of the channel in a bugcheck's list. */
  readonly name: string;
  readonly meaning: string;
}

const worker = ['Microsoft-Windows-Hyper-V-Worker'];
/** Boot results are written by Chipset on new hosts; older notes saw them under Worker. */
const chipset = ['Microsoft-Windows-Hyper-V-Chipset', 'Microsoft-Windows-Hyper-V-Worker'];

/**
 * What the events of a host's and a guest's logs mean, by provider, id and level: ids alone are
 * not unique (1001 is also Windows Error Reporting's, in another log), and community lists call
 * 18602 and 18604 crashes that are boot results.
 */
export const eventMeanings: readonly EventMeaning[] = [
  {
    providers: worker,
    ids: [18590],
    levelMax: 2,
    kind: 'guest-bugcheck',
    reader: 'worker-fatal-error',
    name: 'event-18590',
    meaning: 'the guest reported a fatal error to its host',
  },
  {
    providers: worker,
    ids: [18539, 18540, 18550, 18560],
    kind: 'guest-reset',
    reader: 'none',
    name: 'event-triple-fault',
    meaning: 'triple fault: the guest was reset without a code',
  },
  {
    providers: worker,
    ids: [18514, 18515],
    kind: 'guest-reset',
    reader: 'none',
    name: 'event-reset',
    meaning: 'the guest reset itself',
  },
  {
    providers: worker,
    ids: [18528],
    kind: 'guest-reset',
    reader: 'none',
    name: 'event-18528',
    meaning: 'turned off after an unrecoverable error',
  },
  other(worker, [18502], 'turned off by an operator'),
  other(worker, [18504], 'shut down through integration services'),
  other(worker, [18508], 'the guest shut itself down'),
  other(worker, [18512], 'reset by the host'),
  other(worker, [18608], 'the guest hibernated'),
  other(worker, [18620], 'failed in the management VTL before the guest started'),
  boot([18601], 'booted'),
  boot([18602], 'booted, with secure boot failures'),
  boot([18603], 'could not boot'),
  boot([18604], 'could not boot: secure boot failed'),
  boot([18605], 'no device to boot from'),
  boot([18606], 'tries to boot (generation 1)'),
  other(
    ['Microsoft-Windows-Hyper-V-VMMS'],
    [14070],
    'the worker process of the VM died on the host; the guest is a victim',
  ),
  other(['Microsoft-Windows-Hyper-V-CrashDump'], [40001], 'the host wrote a dump of the guest'),
  {
    providers: ['Microsoft-Windows-WER-SystemErrorReporting', 'BugCheck', 'Save Dump'],
    ids: [1001],
    channel: 'System',
    kind: 'guest-bugcheck',
    reader: 'error-reporting',
    name: 'event-1001',
    meaning: 'the system came back from a bugcheck',
  },
  {
    providers: ['Microsoft-Windows-Kernel-Power'],
    ids: [41],
    kind: 'guest-bugcheck',
    reader: 'kernel-power',
    name: 'event-41',
    meaning: 'the system came back without having been shut down',
  },
  {
    providers: ['EventLog'],
    ids: [6008],
    kind: 'guest-reset',
    reader: 'none',
    name: 'event-6008',
    meaning: 'the previous shutdown was unexpected',
  },
  other(['volmgr'], [161], 'the dump could not be written'),
  other(['volmgr'], [46], 'the dump was never set up'),
  other(['Microsoft-Windows-Hyper-V-VMMS'], [20415, 20418], 'a live migration completed'),
  other(
    ['Microsoft-Windows-Hyper-V-VMMS'],
    [20417],
    'a live migration completed with an unexpectedly long blackout',
  ),
];

export function findMeaning({ provider, id, channel, level }: WindowsEvent) {
  return eventMeanings.find(
    (one) =>
      one.ids.includes(id) &&
      one.providers.includes(provider) &&
      (one.channel === undefined || channel === null || channel === one.channel) &&
      (one.levelMax === undefined || level === null || level <= one.levelMax),
  );
}

function other(
  providers: readonly string[],
  ids: readonly number[],
  meaning: string,
): EventMeaning {
  return { providers, ids, kind: 'other', reader: 'none', name: `event-${ids[0]}`, meaning };
}

function boot(ids: readonly number[], meaning: string): EventMeaning {
  return {
    providers: chipset,
    ids,
    kind: 'boot',
    reader: 'none',
    name: `event-${ids[0]}`,
    meaning,
  };
}
