import { drawExponential, drawUnit } from '@gauntlet/shared/kernel/stream';
import { isEnumeratedAtPowerOff, isGrowing, type SimulatedDisk } from './disk.ts';

/**
 * The race of KB2636573. When a live migration has switched over, the source powers off the
 * virtual motherboard. In that window StorVSP enumerates every SCSI disk; each enumeration starts
 * somewhere in the first `enumerationMs` and its callback waits for the write that is pending on
 * the disk. `freedAfterMs` after power-off the ring memory is given back; until `tornDownAfterMs`
 * the VMBus channel still delivers callbacks. A callback between the two touches freed memory:
 * STOP 0xD1 in storvsc!StorChannelVmbusCallback. Later ones are never delivered.
 */
export const powerOff = { enumerationMs: 150, freedAfterMs: 400, tornDownAfterMs: 450 } as const;

/**
 * Mean delay of a pending write in ms. A growing VHD waits for its expansion, longer under load,
 * and the more of them share the storage; a fixed one only for the device. Calibrated against the
 * original story: docs/simulated-cluster.md has the table.
 */
const writeDelay = { deviceMs: 4, growMs: 32.28, contentionMs: 0.1, queueMs: 22.62 } as const;

/** The disks of a VM and its load; all that the race depends on. */
export interface RaceSubject {
  readonly disks: readonly SimulatedDisk[];
  /** >= 0, 1 = the busy SQL Server of the story. */
  readonly loadFactor: number;
}

export interface RaceHit {
  /** Ordinal of the disk on the guest's SCSI controllers. */
  readonly disk: number;
  /** When the callback fell on freed memory, ms after the source's power-off began. */
  readonly afterMs: number;
}

/** Hyper-V's own limit: four SCSI controllers of 64 disks. */
export const scsiDisksMax = 256;

/**
 * What happened in the power-off window of one migration: the first fatal callback or null.
 * A pure function of (seed, k).
 *
 * @param seed the VM's own seed
 * @param k ordinal of the migration of this VM, integer >= 0
 */
export function runStorvscRace(subject: RaceSubject, seed: number, k: number): RaceHit | null {
  let first: RaceHit | null = null;
  for (const [disk, meanMs] of delayMeansMs(subject).entries()) {
    const afterMs = callbackMs(meanMs, seed, k * scsiDisksMax + disk);
    const isFatal = afterMs > powerOff.freedAfterMs && afterMs <= powerOff.tornDownAfterMs;
    if (isFatal && (first === null || afterMs < first.afterMs)) first = { disk, afterMs };
  }
  return first;
}

/**
 * The probability that one migration ends in the bugcheck, in closed form. Per disk with mean
 * delay m, enumeration U, freed F, torn down F + G, the callback E + D (E uniform in [0, U], D
 * exponential) falls into (F, F + G] with probability
 *
 *     (m / U) (exp(-(F - U) / m) - exp(-F / m)) (1 - exp(-G / m))
 *
 * and the disks are independent.
 */
export function storvscRate(subject: RaceSubject): number {
  // log1p/expm1: rates of 1e-12 must not drown in 1 - p.
  const logClean = delayMeansMs(subject).reduce((sum, m) => sum + Math.log1p(-diskRate(m)), 0);
  // Not a bare minus: a VM without such disks has the rate 0, not -0.
  return 0 - Math.expm1(logClean);
}

function diskRate(meanMs: number): number {
  const { enumerationMs, freedAfterMs, tornDownAfterMs } = powerOff;
  const late =
    (meanMs / enumerationMs) *
    (Math.exp(-(freedAfterMs - enumerationMs) / meanMs) - Math.exp(-freedAfterMs / meanMs));
  return late * -Math.expm1(-(tornDownAfterMs - freedAfterMs) / meanMs);
}

function callbackMs(meanMs: number, seed: number, k: number): number {
  const delayMs = drawExponential(seed, 'storvsc.write-delay', k, meanMs);
  // Most writes are far too early for any enumeration start: spare the second draw.
  if (delayMs + powerOff.enumerationMs <= powerOff.freedAfterMs) return delayMs;
  return delayMs + powerOff.enumerationMs * drawUnit(seed, 'storvsc.enumeration', k);
}

/** One mean per SCSI disk, in the order of the disks. */
function delayMeansMs({ disks, loadFactor }: RaceSubject): number[] {
  const enumerated = disks.filter(isEnumeratedAtPowerOff);
  const others = Math.max(0, enumerated.filter(isGrowing).length - 1);
  const growingMs = writeDelay.growMs + writeDelay.contentionMs * others;
  return enumerated.map(
    (disk) => writeDelay.deviceMs + loadFactor * (isGrowing(disk) ? growingMs : writeDelay.queueMs),
  );
}
