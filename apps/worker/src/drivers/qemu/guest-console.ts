import type { Duplex } from 'node:stream';
import type { Clock } from '@gauntlet/shared/kernel/clock';

/** A heartbeat line of our guest: cumulative counters since its boot. */
export interface Heartbeat {
  readonly count: number;
  /** When it arrived, by the driver's monotonic clock, ms. */
  readonly atMs: number;
  readonly pagesLost: number;
  readonly swapsLost: number;
  readonly writesSlow: number;
  readonly writes: number;
  readonly enumerations: number;
  readonly announces: number;
}

export interface ProbeFault {
  readonly probe: string;
  readonly detail: string;
}

export interface ConsoleListener {
  readonly heartbeat?: (beat: Heartbeat) => void;
  readonly fault?: (fault: ProbeFault) => void;
  readonly line?: (line: string) => void;
}

/** The serial line of one guest process. */
export interface GuestConsole {
  /** What the guest printed, without heartbeats: the newest 256 KiB at most. */
  text(): string;
  readonly lastBeat: Heartbeat | null;
  listen(listener: ConsoleListener): () => void;
  /** Sends one command line to the guest. */
  send(command: string): void;
}

const textMax = 256 * 1024;
const lineMax = 4096;

const beatPattern = /^~(\d+) p=(\d+)\/\d+ x=(\d+)\/\d+ w=(\d+)\/(\d+) e=(\d+) a=(\d+)$/;
const faultPattern = /^FAULT (\S+) (.+)$/;

export function createGuestConsole(stream: Duplex, clock: Clock): GuestConsole {
  const listeners = new Set<ConsoleListener>();
  let lines: string[] = [];
  let length = 0;
  let partial = '';
  let lastBeat: Heartbeat | null = null;

  stream.setEncoding('latin1'); // a dying guest prints anything
  stream.on('data', (chunk: string) => {
    const parts = (partial + chunk).split('\n');
    partial = (parts.pop() ?? '').slice(-lineMax);
    for (const part of parts) takeLine(part.replaceAll('\r', ''));
  });
  stream.on('error', () => {});

  function takeLine(line: string): void {
    const beat = parseHeartbeat(line, clock.monotonicMs());
    if (beat !== null) {
      lastBeat = beat;
      for (const listener of listeners) listener.heartbeat?.(beat);
      return;
    }
    keep(line.slice(0, lineMax));
    for (const listener of listeners) listener.line?.(line);
    const fault = faultPattern.exec(line);
    if (fault === null) return;
    const [, probe = '', detail = ''] = fault;
    for (const listener of listeners) listener.fault?.({ probe, detail });
  }

  function keep(line: string): void {
    lines.push(line);
    length += line.length + 1;
    while (length > textMax) length -= (lines.shift()?.length ?? 0) + 1;
  }

  return {
    text: () => [...lines, partial].join('\n'),
    get lastBeat() {
      return lastBeat;
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send: (command) => void stream.write(`${command}\n`),
  };
}

/** @param atMs monotonic arrival time */
export function parseHeartbeat(line: string, atMs: number): Heartbeat | null {
  const match = beatPattern.exec(line);
  if (match === null) return null;
  const [count, pagesLost, swapsLost, writesSlow, writes, enumerations, announces] = match
    .slice(1)
    .map(Number) as [number, number, number, number, number, number, number];
  return { count, atMs, pagesLost, swapsLost, writesSlow, writes, enumerations, announces };
}
