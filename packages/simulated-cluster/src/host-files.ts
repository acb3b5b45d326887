export interface HostFile {
  readonly name: string;
  readonly version: string;
}

/** Versions each product came with: before any of the fixes. */
const baseVersions: Readonly<Record<string, string>> = {
  '6.1.7601': '6.1.7601.17514',
  '6.1.7600': '6.1.7600.16385',
  '6.0.6002': '6.0.6002.18005',
};

/** First fixed hypervisor images of the published articles, by hotfix and product. */
const fixedVersions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  KB2550569: { '6.1.7601': '6.1.7601.21726' },
  'XCHG-FIX': { '6.1.7600': '6.1.7600.20888', '6.0.6002': '6.0.6002.22492' },
};

/** What decides on a host whether a defect is present. */
export interface HostSoftware {
  readonly osBuild: string;
  readonly cpuVendor: string;
  readonly hotfixes: readonly string[];
  /** Overrides the version of both hypervisor images; undefined: as the hotfixes say. */
  readonly hypervisorVersion?: string | undefined;
}

/** The images of the hypervisor as installed: both are there, the processor decides which boots. */
export function hypervisorFilesOf(host: HostSoftware): HostFile[] {
  const version = hypervisorVersionOf(host);
  return [
    { name: 'Hvix64.exe', version },
    { name: 'Hvax64.exe', version },
  ];
}

function hypervisorVersionOf({ osBuild, hotfixes, hypervisorVersion }: HostSoftware): string {
  if (hypervisorVersion !== undefined) return hypervisorVersion;
  const fixed = hotfixes.flatMap((name) => fixedVersions[name.toUpperCase()]?.[osBuild] ?? []);
  return fixed.at(-1) ?? baseVersions[osBuild] ?? `${osBuild}.0`;
}

/** KB2636573 ships a file version nobody published: the hotfix itself decides. */
export function hasStorvscRace(host: HostSoftware): boolean {
  return host.osBuild.startsWith('6.1.760') && !host.hotfixes.some(isKb2636573);
}

/** KB2550569: 2008 R2 SP1 on Intel with a hypervisor older than the fix. */
export function hasXrstorDefect(host: HostSoftware): boolean {
  const isAffected = host.osBuild === '6.1.7601' && /intel/i.test(host.cpuVendor);
  return isAffected && revisionOf(host) < 21_726;
}

/** XCHG is emulated in several steps: 2008 R2 without service pack, 2008 SP2. */
export function hasXchgDefect(host: HostSoftware): boolean {
  if (host.osBuild === '6.1.7600') return revisionOf(host) < 20_888;
  return host.osBuild === '6.0.6002' && revisionOf(host) < 22_492;
}

function revisionOf(host: HostSoftware): number {
  return Number(hypervisorVersionOf(host).split('.')[3] ?? 0);
}

function isKb2636573(name: string): boolean {
  return name.toUpperCase().includes('2636573');
}
