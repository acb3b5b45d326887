import type { StopError } from '@gauntlet/shared/domain/bugcheck';
import type { EventFinding } from '@gauntlet/shared/evidence/event-finding';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import { createCrashTeller, type TellerParts } from './crash-teller.ts';
import { trackHeartbeat } from './heartbeat-track.ts';
import type { VmHeartbeat } from './operations.ts';

export interface WatchParts extends TellerParts {
  /** Where the VM was when the watch was armed. */
  readonly host: string | null;
  /** Per host, the newest record of its worker log when the watch was armed. */
  readonly marks: ReadonlyMap<string, bigint>;
  readonly heartbeatLostMs: number;
}

export interface GuestWatch {
  readonly vmId: string;
  readonly host: string | null;
  readonly armedAt: Instant;
  /** True after a sign of a restart, until the guest's own log told of it. */
  readonly wantsGuestLog: boolean;
  onHostEvent(host: string, recordId: bigint, finding: EventFinding): void;
  onHeartbeat(host: string, beat: VmHeartbeat, seen: { at: Instant; ms: number }): void;
  onGuestLog(findings: readonly EventFinding[]): void;
  onHostCrash(host: string, stop: StopError, seen: { at: Instant; channel: string }): void;
  onRig(at: Instant, detail: string): void;
}

/** Reads of a guest's log after a restart until it is given up that it wrote anything. */
const guestReadsMax = 30;

/** What one watch makes of what the pump sees. */
export function createGuestWatch(parts: WatchParts): GuestWatch {
  const { emit, vmId, armedAt } = parts;
  const teller = createCrashTeller(parts);
  const track = trackHeartbeat(parts.heartbeatLostMs);
  const read = new Set<string>();
  let onHost = parts.host;
  let guestReadsLeft = 0;

  function isNews({ channel, at }: EventFinding): boolean {
    if (at === null || at < armedAt - parts.clockSkewMs) return false;
    const key = `${channel} ${at}`;
    if (read.has(key)) return false;
    read.add(key);
    return true;
  }

  return {
    vmId,
    armedAt,
    get host() {
      return onHost;
    },
    get wantsGuestLog() {
      return guestReadsLeft > 0 && track.isBeating;
    },
    onHostEvent(host, recordId, { kind, stop, channel, ...finding }) {
      if (recordId <= (parts.marks.get(host) ?? 0n)) return;
      const at = finding.at ?? armedAt;
      if (kind === 'guest-bugcheck' && stop !== null) teller.tell({ stop, host, at, channel });
      else if (kind === 'guest-reset') emit({ kind: 'reset', at, channel });
      else return;
      guestReadsLeft = guestReadsMax;
    },
    onHeartbeat(host, beat, seen) {
      if (beat.state === 'running') onHost = host;
      const news = track.sample(beat, seen);
      if (news === null) return;
      if (news.kind === 'heartbeat') guestReadsLeft = guestReadsMax;
      emit(news);
    },
    onGuestLog(findings) {
      guestReadsLeft -= 1;
      for (const finding of findings.filter(isNews)) {
        const { kind, stop, channel } = finding;
        const at = finding.at ?? armedAt;
        guestReadsLeft = 0;
        if (kind === 'guest-bugcheck' && stop !== null) {
          teller.tellFromBoot({ stop, host: onHost, at, channel }, track.okAt);
        } else if (kind === 'guest-reset') emit({ kind: 'reset', at, channel });
      }
    },
    onHostCrash(host, stop, { at, channel }) {
      emit({ kind: 'bugcheck', subject: 'host', host, at, channel, stop });
    },
    onRig(at, detail) {
      emit({ kind: 'rig', at, detail });
    },
  };
}
