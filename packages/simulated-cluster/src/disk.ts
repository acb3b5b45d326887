export interface SimulatedDisk {
  readonly controller: 'scsi' | 'ide';
  readonly format: 'dynamic' | 'fixed' | 'differencing' | 'passthrough';
  readonly sizeMaxMiB: number;
}

/** How hard a guest writes, as a share of the busiest guest of the original story (SQL Server). */
export const namedLoads: Readonly<Record<string, number>> = { idle: 0.05, web: 0.5, sql: 1 };

/** @returns a factor >= 0; a load nobody named counts as idle */
export function toLoadFactor(load: string | number): number {
  return typeof load === 'number' ? load : (namedLoads[load] ?? 0.05);
}

/** VHDs behind StorVSP: only these are enumerated when the virtual motherboard powers off. */
export function isEnumeratedAtPowerOff(disk: SimulatedDisk): boolean {
  return disk.controller === 'scsi' && disk.format !== 'passthrough';
}

/** True when a write may have to wait until its file has grown. */
export function isGrowing(disk: SimulatedDisk): boolean {
  return disk.format === 'dynamic' || disk.format === 'differencing';
}

/** A growing VHD has on disk what was written so far: taken as a third of its maximum. */
export function fileSizeMiB(disk: SimulatedDisk): number | null {
  if (disk.format === 'passthrough') return null;
  return isGrowing(disk) ? Math.ceil(disk.sizeMaxMiB / 3) : disk.sizeMaxMiB;
}
