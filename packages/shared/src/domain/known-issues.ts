import type { BugcheckSubject, StopError } from './bugcheck.ts';
import type { Fingerprint, Inventory } from './inventory.ts';
import { kb2550569 } from './known-issues/kb2550569.ts';
import { kb2636573 } from './known-issues/kb2636573.ts';
import {
  type ExposureVerdict,
  exposureThroughHosts,
  type KnownIssue,
} from './known-issues/known-issue.ts';
import { qemuLostPages } from './known-issues/qemu-lost-pages.ts';
import { xchgNotAtomic } from './known-issues/xchg-not-atomic.ts';

/** Every published defect the product knows; one module each. */
export const knownIssues: readonly KnownIssue[] = [
  kb2636573,
  kb2550569,
  xchgNotAtomic,
  qemuLostPages,
];

/**
 * The known issue that explains a bugcheck, or null. A code alone never suffices: see each issue.
 * A fingerprint of null means that nobody read the versions.
 */
export function matchKnownIssue(
  stop: StopError,
  subject: BugcheckSubject,
  fingerprint: Fingerprint | null,
): KnownIssue | null {
  return knownIssues.find((issue) => issue.explains({ stop, subject, fingerprint })) ?? null;
}

/** The known issue a failed probe inside the guest bears witness of, or null. */
export function matchKnownFault(probe: string, fingerprint: Fingerprint | null): KnownIssue | null {
  return knownIssues.find((issue) => issue.explainsFault(probe, fingerprint)) ?? null;
}

export interface SubjectExposure extends ExposureVerdict {
  readonly kind: 'host' | 'vm';
  readonly name: string;
}

export interface IssueExposure {
  readonly id: string;
  readonly title: string;
  readonly subjects: readonly SubjectExposure[];
}

/** Every known issue against every host and VM of a cluster. */
export function evaluateExposure(inventory: Inventory): IssueExposure[] {
  return knownIssues.map((issue) => ({
    id: issue.id,
    title: issue.title,
    subjects: subjectsOf(issue, inventory),
  }));
}

function subjectsOf(issue: KnownIssue, { hosts, vms }: Inventory): SubjectExposure[] {
  const throughHosts = exposureThroughHosts(hosts, (host) => issue.exposureOfHost(host));
  return [
    ...hosts.map((host) => ({
      kind: 'host' as const,
      name: host.name,
      ...issue.exposureOfHost(host),
    })),
    ...vms.map((vm) => ({
      kind: 'vm' as const,
      name: vm.name,
      ...issue.exposureOfVm(vm, throughHosts),
    })),
  ];
}
