import type { FileVersion } from '../inventory.ts';
import { type ExposureVerdict, verdict, worstOf } from './known-issue.ts';
import { findFile, judgeFile, type PublishedFix } from './servicing.ts';

/** The hypervisor's own image: one for Intel, one for AMD. Both are installed, one is booted. */
const images = ['hvix64.exe', 'hvax64.exe'] as const;

/**
 * The image that decides on this host: that of its processor, or every one that was read while the
 * vendor is unknown.
 */
export function decidingImages(
  files: readonly FileVersion[],
  cpuVendor: string | null,
): readonly FileVersion[] {
  const wanted = images.filter(
    (image) => cpuVendor === null || (image === 'hvix64.exe') === /intel/i.test(cpuVendor),
  );
  return wanted.flatMap((image) => findFile(files, image) ?? []);
}

/** Judges a host's hypervisor images against the published first fixed version. */
export function judgeImages(
  files: readonly FileVersion[],
  cpuVendor: string | null,
  fix: PublishedFix,
): ExposureVerdict {
  const deciding = decidingImages(files, cpuVendor);
  if (deciding.length === 0) {
    return verdict('unknown', `The version of ${images.join(' or ')} could not be read.`);
  }
  const judged = deciding.map((file) => ({ file, is: judgeFile(file.version, fix) }));
  const exposure = worstOf(judged.map(({ is }) => (is === 'other-product' ? 'unknown' : is)));
  const read = deciding.map((file) => `${file.name} ${file.version}`).join(', ');
  return verdict(exposure, sentenceFor(exposure, read, fix), deciding);
}

function sentenceFor(exposure: string, read: string, fix: PublishedFix): string {
  switch (exposure) {
    case 'fixed':
      return `${read} carries the fix of ${fix.version}.`;
    case 'exposed':
      return `${read} is older than the fix of ${fix.version}.`;
    default:
      return `${read} is of another servicing branch or product than the fix of ${fix.version}.`;
  }
}
