import { unreachable } from '../kernel/assert.ts';

export const outcomes = [
  'clean',
  'guest-bugcheck',
  'guest-hang',
  'guest-fault',
  'host-bugcheck',
  'migration-failed',
  'rig-fault',
  'indeterminate',
  'cancelled',
] as const;

/** What an attempt found. Exactly one per attempt, and final. */
export type Outcome = (typeof outcomes)[number];

/** True when the attempt counts in the denominator of a rate. */
export function isExposure(outcome: Outcome): boolean {
  switch (outcome) {
    case 'clean':
    case 'guest-bugcheck':
    case 'guest-hang':
    case 'guest-fault':
    case 'host-bugcheck':
      return true;
    case 'migration-failed':
    case 'rig-fault':
    case 'indeterminate':
    case 'cancelled':
      return false;
    default:
      return unreachable(outcome);
  }
}

/** True when the attempt found what campaigns look for: it counts against its arm. */
export function isFinding(outcome: Outcome): boolean {
  return isExposure(outcome) && outcome !== 'clean';
}

/** True for the outcomes that bring a bugcheck record with them. */
export function isBugcheck(outcome: Outcome): boolean {
  return outcome === 'guest-bugcheck' || outcome === 'host-bugcheck';
}
