import { readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { CollectedEvidence } from '@gauntlet/shared/domain/evidence';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { EvidenceBundle } from '../../application/ports.ts';
import type { SymbolTable } from './guest/symbols.ts';
import { parsePanic } from './panic.ts';
import type { QemuProcess } from './process/qemu-process.ts';

export interface EvidenceParts {
  readonly process: QemuProcess;
  readonly runDir: string;
  readonly symbols: SymbolTable;
  readonly clock: Clock;
  /** It does not beat and did not panic: make it panic, so that it shows where it hangs. */
  readonly hung: boolean;
  /** What the guest printed in the processes it lived in before. */
  readonly history: string;
  /** Largest memory dump to take, MiB; 0: none. */
  readonly dumpMiBMax: number;
}

const flushMsMax = 300;
const flushEveryMs = 10;
const lastLine = 'end Kernel panic';
/** From the injected NMI to the panic it makes. */
const nmiMsMax = 3_000;
const dumpMsMax = 60_000;
const mebibyte = 1024 * 1024;

/**
 * Everything a dead guest still tells: registers, screen, memory, and its last words on the serial
 * line. Each piece is taken for itself: one that fails is left out, the rest is kept.
 */
export async function collectFrom(parts: EvidenceParts): Promise<EvidenceBundle> {
  const { process, clock, symbols } = parts;
  const pieces: (CollectedEvidence | null)[] = [];
  if (parts.hung) await makePanic(process);
  pieces.push(await registers(process), await screenshot(parts), await memoryDump(parts));
  await flushSerial(process, clock);
  const text = parts.history + process.console.text();
  pieces.push(toPiece('console', 'serial.log', 'text/plain', Buffer.from(text, 'latin1')));
  const errors = process.errorText();
  pieces.push(toPiece('event-record', 'qemu-stderr.log', 'text/plain', Buffer.from(errors)));
  return {
    evidence: pieces.filter((piece) => piece !== null),
    stop: parsePanic(text, symbols),
  };
}

/**
 * A panicked guest is paused before its last lines are out, so it runs a moment longer. Not more:
 * a dead kernel may still write to its disks.
 */
async function flushSerial({ qmp, console }: QemuProcess, clock: Clock): Promise<void> {
  try {
    await qmp.execute('cont');
    const giveUpAtMs = clock.monotonicMs() + flushMsMax;
    while (clock.monotonicMs() < giveUpAtMs && !console.text().includes(lastLine)) {
      await clock.sleep(flushEveryMs);
    }
    await qmp.execute('stop');
  } catch {
    // The process is gone: what it printed is all there is.
  }
}

async function makePanic({ qmp }: QemuProcess): Promise<void> {
  const since = qmp.events.count;
  const match = ({ name }: { name: string }) => name === 'GUEST_PANICKED';
  await qmp.execute('inject-nmi').catch(() => {});
  await qmp.events.waitFor({ since, match, waitMsMax: nmiMsMax });
}

async function registers({ qmp }: QemuProcess): Promise<CollectedEvidence | null> {
  const command = { 'command-line': 'info registers -a' };
  const text = await qmp.execute('human-monitor-command', command).catch(() => null);
  if (typeof text !== 'string') return null;
  return toPiece('registers', 'registers.txt', 'text/plain', Buffer.from(text));
}

async function screenshot(parts: EvidenceParts): Promise<CollectedEvidence | null> {
  const name = 'screen.png';
  return fromFile(parts, name, async (file) => {
    await parts.process.qmp.execute('screendump', { filename: file, format: 'png' });
    return ['screenshot', 'image/png'];
  });
}

async function memoryDump(parts: EvidenceParts): Promise<CollectedEvidence | null> {
  const { dumpMiBMax, process } = parts;
  if (dumpMiBMax <= 0) return null;
  return fromFile(parts, 'memory.kdump', async (file) => {
    const args = { paging: false, protocol: `file:${file}`, format: 'kdump-zlib' };
    await process.qmp.execute('dump-guest-memory', args, dumpMsMax);
    return ['dump', 'application/octet-stream'];
  });
}

type Kind = readonly [CollectedEvidence['kind'], string];

/** QEMU writes into its working folder; the file is read, if it is not too large, and removed. */
async function fromFile(
  { process, runDir, dumpMiBMax }: EvidenceParts,
  name: string,
  write: (file: string) => Promise<Kind>,
): Promise<CollectedEvidence | null> {
  const file = `${process.name}-${name}`;
  const full = path.join(runDir, file);
  try {
    const [kind, contentType] = await write(file);
    const limit = kind === 'dump' ? dumpMiBMax * mebibyte : 4 * mebibyte;
    if (statSync(full).size > limit) return null;
    return toPiece(kind, name, contentType, readFileSync(full));
  } catch {
    return null;
  } finally {
    rmSync(full, { force: true });
  }
}

function toPiece(
  kind: CollectedEvidence['kind'],
  name: string,
  contentType: string,
  bytes: Buffer,
): CollectedEvidence | null {
  return bytes.length === 0 ? null : { kind, name, contentType, bytes };
}
