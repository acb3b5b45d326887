import type {
  FileVersionList,
  FingerprintPayload,
} from '@gauntlet/shared/contracts/attempt-report';
import { nameLengthMax } from '@gauntlet/shared/contracts/primitives';
import type { FileVersion, Fingerprint } from '@gauntlet/shared/domain/inventory';
import type { Static } from 'typebox';

const textLengthMax = 4_096;
const settingsMax = 256;

/**
 * Text of foreign origin as the contracts carry it: bounded, whole code points, and without NUL,
 * which PostgreSQL's jsonb refuses.
 */
export function clipText(text: string, lengthMax = textLengthMax): string {
  const clean = text.replaceAll('\0', '\ufffd').toWellFormed();
  return clean.length <= lengthMax ? clean : `${clean.slice(0, lengthMax - 1)}…`.toWellFormed();
}

/** Like `clipText`, for names, which are never empty. */
export function clipName(text: string): string {
  return text === '' ? '(no name)' : clipText(text, nameLengthMax);
}

export function clipMaybe(text: string | null): string | null {
  return text === null ? null : clipText(text);
}

export function clipNameMaybe(text: string | null): string | null {
  return text === null || text === '' ? null : clipName(text);
}

/** A duration as reports carry it: never negative, null when it was not measured. */
export function toDuration(ms: number | null): number | null {
  return ms === null || !Number.isFinite(ms) ? null : Math.max(0, ms);
}

export function clipFingerprint(fingerprint: Fingerprint): FingerprintPayload {
  return {
    hosts: fingerprint.hosts.slice(0, 8).map((host) => ({
      name: clipName(host.name),
      files: clipFiles(host.files),
      hotfixes: host.hotfixes.slice(0, 1_024).map(clipName),
    })),
    guestFiles: clipFiles(fingerprint.guestFiles),
    settings: Object.fromEntries(
      Object.entries(fingerprint.settings)
        .slice(0, settingsMax)
        .map(([name, value]) => [clipName(name), clipText(value)]),
    ),
  };
}

function clipFiles(files: readonly FileVersion[]): Static<typeof FileVersionList> {
  return files
    .slice(0, 256)
    .map(({ name, version }) => ({ name: clipName(name), version: clipName(version) }));
}
