import { assert } from '@gauntlet/shared/kernel/assert';
import { drawIndex, drawUnit } from '@gauntlet/shared/kernel/stream';
import type { AllocateVm } from './analysis/adaptive-allocation.ts';
import type { PlannedVm } from './records.ts';

export interface PlannedArm {
  readonly name: string;
  readonly probability: number;
  readonly vms: readonly PlannedVm[];
}

export interface Subject {
  readonly arm: number;
  /** The probability with which this arm (and VM, where it was drawn) came up; logged for the analysis. */
  readonly probability: number;
  readonly vm: PlannedVm;
}

const armStream = 'placement.arm';
const orderStream = 'placement.vm-order';

/**
 * Who moves in attempt `ordinal`: first the arm, drawn with its probability, then one VM of the
 * arm. Every block of as many ordinals as the arm has VMs runs through them in a shuffled order,
 * so that VMs are used evenly and a night's drift meets all of them. Pure in (seed, ordinal).
 */
export function chooseSubject(
  seed: number,
  ordinal: number,
  arms: readonly PlannedArm[],
  allocateVm: AllocateVm | null = null,
): Subject {
  const index = chooseArm(seed, ordinal, arms);
  const arm = arms[index];
  assert(arm !== undefined && arm.vms.length > 0, 'every arm has at least one VM');
  if (allocateVm !== null) return chooseAllocated(ordinal, index, arm, allocateVm);
  const count = arm.vms.length;
  const order = shuffledOrder(seed, index, Math.floor(ordinal / count), count);
  const vm = arm.vms[order[ordinal % count] ?? 0];
  assert(vm !== undefined, 'the order of VMs lies within the arm');
  return { arm: index, probability: arm.probability, vm };
}

/** Under adaptive allocation the VM is drawn too, and its share is part of the probability. */
function chooseAllocated(
  ordinal: number,
  index: number,
  arm: PlannedArm,
  allocateVm: AllocateVm,
): Subject {
  const drawn = allocateVm(ordinal);
  const vm = arm.vms[drawn.index];
  assert(vm !== undefined, 'the shares are those of the VMs of the arm');
  return { arm: index, probability: arm.probability * drawn.share, vm };
}

function chooseArm(seed: number, ordinal: number, arms: readonly PlannedArm[]): number {
  if (arms.length === 1) return 0;
  const drawn = drawUnit(seed, armStream, ordinal);
  let cumulated = 0;
  for (const [index, arm] of arms.entries()) {
    cumulated += arm.probability;
    if (drawn < cumulated) return index;
  }
  return arms.length - 1; // the probabilities sum to 1 but for rounding
}

interface CachedOrder {
  readonly key: string;
  readonly order: readonly number[];
}

// The scan asks for neighbouring ordinals: the last few blocks answer nearly every call.
const recentOrders: CachedOrder[] = [];
const recentOrdersMax = 16;

/** Fisher-Yates over [0, count) with draws of its own block. */
function shuffledOrder(seed: number, arm: number, block: number, count: number): readonly number[] {
  const key = `${seed}/${arm}/${block}/${count}`;
  const recent = recentOrders.find((cached) => cached.key === key);
  if (recent !== undefined) return recent.order;
  const order = Array.from({ length: count }, (_, index) => index);
  const stream = `${orderStream}.${arm}`;
  for (let last = count - 1; last > 0; last -= 1) {
    const other = drawIndex(seed, stream, block * count + last, last + 1);
    const swapped = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = swapped;
  }
  recentOrders.push({ key, order });
  if (recentOrders.length > recentOrdersMax) recentOrders.shift();
  return order;
}
