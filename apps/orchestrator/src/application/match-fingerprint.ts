import type { ArmFingerprint } from '@gauntlet/shared/contracts/campaigns';
import type { FileVersion, Fingerprint } from '@gauntlet/shared/domain/inventory';

/**
 * True when the hosts and the guest were what the arm declares: every hotfix named on each host of
 * the migration, none of those declared absent on any, every file in exactly that version.
 * Names of files and hotfixes are compared without regard to case, as Windows does.
 */
export function matchFingerprint(declared: ArmFingerprint, seen: Fingerprint): boolean {
  return (
    seen.hosts.every((host) => {
      const fixes = new Set(host.hotfixes.map(fold));
      return (
        (declared.hotfixes ?? []).every((fix) => fixes.has(fold(fix))) &&
        !(declared.hotfixesAbsent ?? []).some((fix) => fixes.has(fold(fix))) &&
        haveVersions(host.files, declared.hostFiles ?? {})
      );
    }) &&
    haveVersions(seen.guestFiles, declared.guestFiles ?? {}) &&
    Object.entries(declared.settings ?? {}).every(
      ([name, value]) => Object.hasOwn(seen.settings, name) && seen.settings[name] === value,
    )
  );
}

function haveVersions(
  files: readonly FileVersion[],
  declared: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(declared).every(([name, version]) =>
    files.some((file) => fold(file.name) === fold(name) && file.version === version),
  );
}

function fold(name: string): string {
  return name.toLowerCase();
}
