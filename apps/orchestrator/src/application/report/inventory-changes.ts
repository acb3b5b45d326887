import {
  type FingerprintPayload,
  FingerprintPayload as FingerprintSchema,
} from '@gauntlet/shared/contracts/attempt-report';
import { parse } from '@gauntlet/shared/contracts/parse';
import type { InventoryChangeView } from '@gauntlet/shared/contracts/reports';
import { type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import type { FingerprintUse } from './ports.ts';

interface Facts {
  readonly at: Instant;
  readonly values: ReadonlyMap<string, string>;
}

interface Trail {
  readonly first: Facts;
  last: Facts;
}

const changesMax = 500;

/**
 * What each host was when an attempt last looked at it and had not been at the first look. Guests
 * are left out: a fingerprint does not say whose guest it was, and two arms' guests differ by design.
 */
export function inventoryChanges(uses: readonly FingerprintUse[]): InventoryChangeView[] {
  const trails = new Map<string, Trail>();
  for (const use of uses) {
    const fingerprint = parse(FingerprintSchema, use.content, 'a stored fingerprint');
    for (const [subject, values] of subjectsOf(fingerprint)) {
      note(trails, subject, { use, values });
    }
  }
  const changes = [...trails].flatMap(([subject, trail]) => differences(subject, trail));
  return changes.toSorted((a, b) => (a.changedAt < b.changedAt ? -1 : 1)).slice(0, changesMax);
}

function note(
  trails: Map<string, Trail>,
  subject: string,
  { use, values }: { use: FingerprintUse; values: ReadonlyMap<string, string> },
): void {
  const known = trails.get(subject);
  if (known === undefined) {
    trails.set(subject, { first: { at: use.firstAt, values }, last: { at: use.lastAt, values } });
    return;
  }
  if (use.lastAt > known.last.at) known.last = { at: use.lastAt, values };
}

function subjectsOf(fingerprint: FingerprintPayload): [string, ReadonlyMap<string, string>][] {
  return fingerprint.hosts.map((host) => {
    const facts = new Map(host.files.map((file) => [file.name, file.version]));
    for (const hotfix of host.hotfixes) facts.set(hotfix, 'installed');
    return [`host ${host.name}`, facts];
  });
}

function differences(subject: string, { first, last }: Trail): InventoryChangeView[] {
  const names = new Set([...first.values.keys(), ...last.values.keys()]);
  return [...names].toSorted().flatMap((fact) => {
    const before = first.values.get(fact) ?? null;
    const after = last.values.get(fact) ?? null;
    if (before === after) return [];
    return [{ subject, fact, before, after, changedAt: toIso(last.at) }];
  });
}
