import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { ControlsResult, GuestEvent } from '../../application/ports.ts';
import type { Guest } from './guest.ts';

const quietMs = 1_000;
const panicMsMax = 10_000;
/** Beyond the silence that makes a hang. */
const hangMsMax = 10_000;
const lookEveryMs = 20;

export interface ControlsParts {
  readonly clock: Clock;
  readonly silenceMsMax: number;
  readonly signal: AbortSignal;
}

/**
 * Shows on this guest that the rig would see a crash: "0 bugchecks" of a rig that never saw one
 * proves nothing. The guest is as new afterwards.
 */
export async function runControls(guest: Guest, parts: ControlsParts): Promise<ControlsResult> {
  const noise = await listenToQuiet(guest, parts);
  const misses = [...(await provokePanic(guest, parts)), ...(await provokeHang(guest, parts))];
  return {
    positive: misses.length === 0 ? 'seen' : 'missed',
    negative: noise.length === 0 ? 'quiet' : 'noisy',
    problems: [...noise, ...misses],
  };
}

async function listenToQuiet(guest: Guest, { clock, signal }: ControlsParts): Promise<string[]> {
  using watch = openWatch(guest);
  await clock.sleep(quietMs, signal);
  const { alive } = await guest.probe(signal);
  const findings = watch.events.filter(({ kind }) => kind !== 'heartbeat').map(({ kind }) => kind);
  if (!alive) findings.push('heartbeat-lost');
  return findings.map((kind) => `${guest.id} was left alone and gave ${kind}`);
}

async function provokePanic(guest: Guest, parts: ControlsParts): Promise<string[]> {
  using watch = openWatch(guest);
  guest.process?.console.send('panic');
  const seen = await waitFor(watch, 'bugcheck', { ...parts, waitMsMax: panicMsMax });
  await guest.recover(parts.signal);
  const reason = seen?.kind === 'bugcheck' ? seen.stop.reason : null;
  return reason?.includes('sysrq') ? [] : [`${guest.id} panicked on command; seen: ${reason}`];
}

/** A hang is seen as silence, and an NMI makes the guest say where it hangs. */
async function provokeHang(guest: Guest, parts: ControlsParts): Promise<string[]> {
  using watch = openWatch(guest);
  guest.process?.console.send('hang');
  const waitMsMax = parts.silenceMsMax + hangMsMax;
  const seen = await waitFor(watch, 'heartbeat-lost', { ...parts, waitMsMax });
  const { stop } = await guest.collectEvidence(0);
  await guest.recover(parts.signal);
  if (seen === null) return [`${guest.id} hung on command and nobody noticed`];
  return stop?.function === 'spin'
    ? []
    : [`${guest.id} hung in spin(); its NMI said ${stop?.function}`];
}

interface Watch extends Disposable {
  readonly events: readonly GuestEvent[];
}

function openWatch(guest: Guest): Watch {
  const watching = new AbortController();
  const events: GuestEvent[] = [];
  guest.watch((event) => events.push(event), watching.signal);
  return { events, [Symbol.dispose]: () => watching.abort() };
}

async function waitFor(
  { events }: Watch,
  kind: GuestEvent['kind'],
  { clock, signal, waitMsMax }: ControlsParts & { readonly waitMsMax: number },
): Promise<GuestEvent | null> {
  const giveUpAtMs = clock.monotonicMs() + waitMsMax;
  while (clock.monotonicMs() < giveUpAtMs) {
    const found = events.find((event) => event.kind === kind);
    if (found !== undefined) return found;
    await clock.sleep(lookEveryMs, signal);
  }
  return null;
}
