import type { StopError } from '@gauntlet/shared/domain/bugcheck';
import { baseStopCode } from '@gauntlet/shared/domain/stop-codes';
import { type AttemptWindow, attributeCrash } from '@gauntlet/shared/evidence/attribution';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { GuestEvent } from '../../application/ports.ts';

export interface TellerParts {
  readonly vmId: string;
  readonly armedAt: Instant;
  /** This watch and earlier ones of the VM. */
  readonly windows: readonly AttemptWindow[];
  readonly clockSkewMs: number;
  readonly emit: (event: GuestEvent) => void;
}

export interface ToldCrash {
  readonly stop: StopError;
  readonly host: string | null;
  readonly at: Instant;
  readonly channel: string;
}

export interface CrashTeller {
  /** A crash whose moment is known. */
  tell(crash: ToldCrash): void;
  /** A crash the guest tells of after its boot; `okAt`: when it was last known to live. */
  tellFromBoot(crash: ToldCrash, okAt: Instant | null): void;
}

/**
 * Tells each crash of a guest once. Later channels of the same crash follow as resets, which only
 * add their name to its list of channels; another code is another crash.
 */
export function createCrashTeller(parts: TellerParts): CrashTeller {
  const { emit, vmId, armedAt } = parts;
  const told: StopError[] = [];

  function tell({ stop, host, at, channel }: ToldCrash): void {
    if (told.some((other) => isSameCrash(other, stop))) {
      return emit({ kind: 'reset', at, channel });
    }
    told.push(stop);
    emit({ kind: 'bugcheck', subject: 'guest', host, at, channel, stop });
  }

  return {
    tell,
    tellFromBoot(crash, okAt) {
      const { at, channel } = crash;
      // It may have been down already when the watch was armed: then the crash is not ours.
      const from = okAt ?? (told.length > 0 ? armedAt : null);
      const found = { subject: 'guest', vmId, host: null, from, until: at } as const;
      const blame = attributeCrash(found, parts.windows, parts.clockSkewMs);
      const isOurs = told.length > 0 || okAt !== null || blame.kind === 'attempt';
      if (isOurs) return tell({ ...crash, at: okAt ?? at });
      const among = blame.kind === 'indeterminate' ? blame.among.length : 0;
      const detail = `${channel} tells of a crash that is indeterminate among ${among} attempts`;
      emit({ kind: 'rig', at, detail });
    },
  };
}

function isSameCrash(a: StopError, b: StopError): boolean {
  if (a.code === null || b.code === null) return true;
  return baseStopCode(a.code) === baseStopCode(b.code);
}
