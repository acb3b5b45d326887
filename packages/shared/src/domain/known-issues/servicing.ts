import type { FileVersion } from '../inventory.ts';

/** A Windows file version `major.minor.build.revision`. */
export interface ServicedVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  readonly revision: number;
}

/** `6.1.7601.21726`, also with trailing words (`6.1.7601.21726 (win7sp1_ldr.110511-1508)`). */
export function parseServicedVersion(text: string): ServicedVersion | null {
  const match = /^\s*(\d{1,5})\.(\d{1,5})\.(\d{1,6})\.(\d{1,6})(?!\d|\.\d)/.exec(text);
  if (match === null) return null;
  const [major = 0, minor = 0, build = 0, revision = 0] = match.slice(1).map(Number);
  return { major, minor, build, revision };
}

/**
 * The servicing branch of a Vista to Windows 7 era file: revisions of 20000 and above are built in
 * the branch of hotfixes (LDR), the rest in that of general releases (GDR). Numbers of one branch
 * say nothing about the other.
 */
export function branchOf({ revision }: ServicedVersion): 'ldr' | 'gdr' {
  return revision >= 20_000 ? 'ldr' : 'gdr';
}

/** The first fixed file of one product and service pack, in the one branch it was published for. */
export interface PublishedFix {
  readonly version: string;
  /** The GDR revision the service pack itself came with: older than any fix of it. */
  readonly baselineRevision: number;
}

export type FileVerdict = 'fixed' | 'exposed' | 'unknown' | 'other-product';

/**
 * Judges one file against one published fix. `other-product`: a file of another product or service
 * pack. `unknown`: a later file of the branch the fix was not published for.
 */
export function judgeFile(file: string, fix: PublishedFix): FileVerdict {
  const read = parseServicedVersion(file);
  const fixed = parseServicedVersion(fix.version);
  if (read === null || fixed === null) return 'unknown';
  const sameProduct =
    read.major === fixed.major && read.minor === fixed.minor && read.build === fixed.build;
  if (!sameProduct) return 'other-product';
  if (branchOf(read) === branchOf(fixed)) {
    return read.revision >= fixed.revision ? 'fixed' : 'exposed';
  }
  return read.revision <= fix.baselineRevision ? 'exposed' : 'unknown';
}

export function findFile(files: readonly FileVersion[], name: string): FileVersion | undefined {
  return files.find((file) => file.name.toLowerCase() === name);
}

export type WindowsProduct = 'windows-2008' | 'windows-2008-r2' | 'later' | 'none';

export interface WindowsBuild {
  readonly product: WindowsProduct;
  readonly build: number | null;
}

/** Reads `6.1.7601`, `6.1.7601.17514` or `7601`. Not Windows (`none`) when it reads otherwise. */
export function windowsBuildOf(osBuild: string): WindowsBuild {
  const match = /^(?:(?:6\.[0-3]|10\.0)\.)?(\d{4,6})(?:\.\d{1,6})?$/.exec(osBuild.trim());
  if (match === null) return { product: 'none', build: null };
  const build = Number(match[1]);
  if (build >= 6000 && build <= 6003) return { product: 'windows-2008', build };
  if (build === 7600 || build === 7601) return { product: 'windows-2008-r2', build };
  return { product: build > 7601 ? 'later' : 'none', build };
}
