import type { BugcheckSubject, StopError } from '../bugcheck.ts';
import type { FileVersion, Fingerprint, Host, Vm } from '../inventory.ts';

export const exposures = ['exposed', 'fixed', 'not-applicable', 'unknown'] as const;
export type Exposure = (typeof exposures)[number];

export interface ExposureVerdict {
  readonly exposure: Exposure;
  /** One sentence for people. */
  readonly because: string;
  readonly filesRead: readonly FileVersion[];
}

/** What was seen of one crash: enough to say whether a published defect explains it. */
export interface Sighting {
  readonly stop: StopError;
  readonly subject: BugcheckSubject;
  /** Versions at that moment; null where nobody read them (a dump sent in by hand). */
  readonly fingerprint: Fingerprint | null;
}

/**
 * A published defect as data. `explains` never decides by a code alone: the module must speak for
 * it, and where the signature has no module, the file versions of the moment must.
 */
export interface KnownIssue {
  readonly id: string;
  readonly title: string;
  /** What dies of it: a guest, a host, or an application that goes on in a living guest. */
  readonly subject: BugcheckSubject | 'application';
  readonly fixedBy: string;
  readonly workaround: string | null;
  explains(sighting: Sighting): boolean;
  /** True when a probe inside the guest that failed bears witness of this defect. */
  explainsFault(probe: string, fingerprint: Fingerprint | null): boolean;
  exposureOfHost(host: Host): ExposureVerdict;
  /** @param throughHosts what `exposureThroughHosts` says of the VM's cluster */
  exposureOfVm(vm: Vm, throughHosts: ExposureVerdict): ExposureVerdict;
}

export function verdict(
  exposure: Exposure,
  because: string,
  filesRead: readonly FileVersion[] = [],
): ExposureVerdict {
  return { exposure, because, filesRead };
}

/** The worst case of several: `exposed`, then `unknown`, then `fixed`, then `not-applicable`. */
export function worstOf(seen: readonly Exposure[]): Exposure {
  const order: readonly Exposure[] = ['exposed', 'unknown', 'fixed', 'not-applicable'];
  return order.find((exposure) => seen.includes(exposure)) ?? 'unknown';
}

/** A VM moves, so it is as exposed as the worst of the hosts it may come to run on. */
export function exposureThroughHosts(
  hosts: readonly Host[],
  exposureOfHost: (host: Host) => ExposureVerdict,
): ExposureVerdict {
  const judged = hosts.map((host) => ({ host, verdict: exposureOfHost(host) }));
  const worst = worstOf(judged.map((one) => one.verdict.exposure));
  const guilty = judged.filter((one) => one.verdict.exposure === worst);
  const named = guilty.slice(0, 8).map(({ host }) => host.name);
  const more = guilty.length > named.length ? ` and ${guilty.length - named.length} more` : '';
  const because =
    judged.length === 0
      ? 'The inventory has no hosts.'
      : `${worst} through ${named.join(', ')}${more}: ${guilty[0]?.verdict.because ?? ''}`;
  return verdict(worst, because, guilty[0]?.verdict.filesRead ?? []);
}
