import type { FactorName } from '@gauntlet/shared/contracts/analysis';

const factorTexts = {
  diskFormat: 'Disk format',
  scsiDisks: 'SCSI disks',
  load: 'Load',
  hostPair: 'Host pair',
  direction: 'Direction',
  guestOs: 'Guest OS',
  processorCompatibility: 'Processor compatibility',
} as const satisfies Record<FactorName, string>;

export const factorList = Object.keys(factorTexts) as readonly FactorName[];

export function factorText(factor: FactorName): string {
  return factorTexts[factor];
}
