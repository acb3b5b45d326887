import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DriverLog } from '../../../application/ports.ts';
import { compileInit, initSourceFiles } from './compile-init.ts';
import { type CpioEntry, packCpio } from './cpio.ts';
import { findGuestKernel, type GuestKernel, type KernelRequest } from './guest-kernel.ts';
import { collectModules, guestModules, type KernelModule } from './kernel-modules.ts';
import { buildRaceModule } from './race-module.ts';
import { reducedGuestFiles } from './reduced-guest.ts';
import { readSymbols, type SymbolTable } from './symbols.ts';

export interface GuestImage {
  readonly kernel: GuestKernel;
  readonly initramfs: string;
  /** SHA-256 of kernel and initramfs together. */
  readonly sha256: string;
  /** `full`: our init with all probes; `reduced`: a shell, heartbeats only; `user`: not ours. */
  readonly kind: 'full' | 'reduced' | 'user';
  /** Names for addresses inside our init; empty when it is not ours. */
  readonly symbols: SymbolTable;
}

export interface ImageRequest extends KernelRequest {
  readonly initramfs: string | null;
  /** Build the kernel module with the planted race too. */
  readonly raceModule: boolean;
  readonly compiler: string;
  readonly log: DriverLog;
}

/**
 * The kernel and the first file system of the guests. What is built is cached under the hash of
 * everything that went into it. @throws AppError `driver.unavailable` with what is missing
 */
export async function buildGuestImage(
  request: ImageRequest,
  signal: AbortSignal,
): Promise<GuestImage> {
  mkdirSync(request.cacheDir, { recursive: true });
  const kernel = await findGuestKernel(request, signal);
  if (request.initramfs !== null) {
    const { initramfs } = request;
    return {
      kernel,
      initramfs,
      sha256: hashFiles([kernel.image, initramfs]),
      kind: 'user',
      symbols: [],
    };
  }
  const init = await buildInit(request, signal);
  const modules = kernel.modules === null ? [] : collectModules(kernel.modules, guestModules);
  if (request.raceModule) modules.push(await buildRaceModule(kernel, request.cacheDir, signal));
  const archive = packCpio(toEntries(init.files, modules));
  const initramfs = writeOnce(request.cacheDir, 'initramfs', archive);
  const sha256 = hashFiles([kernel.image, initramfs]);
  return { kernel, initramfs, sha256, kind: init.kind, symbols: init.symbols };
}

interface Init {
  readonly kind: 'full' | 'reduced';
  readonly files: readonly CpioEntry[];
  readonly symbols: SymbolTable;
}

async function buildInit(
  { cacheDir, compiler, log }: ImageRequest,
  signal: AbortSignal,
): Promise<Init> {
  const binary = path.join(cacheDir, `init-${initHash(compiler)}`);
  try {
    if (!existsSync(binary)) await compileInto(binary, compiler, signal);
  } catch (err) {
    const files = await reducedGuestFiles(cacheDir, signal).catch(() => {
      throw err; // what to install is said there
    });
    log.warn({ err }, 'no compiler: guests are reduced to heartbeats, without integrity probes');
    return { kind: 'reduced', files, symbols: [] };
  }
  const bytes = readFileSync(binary);
  const files: CpioEntry[] = [{ kind: 'file', path: 'init', bytes, executable: true }];
  return { kind: 'full', files, symbols: readSymbols(bytes) };
}

/** Another compiler builds another init; one that is missing must not find what gcc once built. */
function initHash(compiler: string): string {
  const sources = initSourceFiles().map((file) => readFileSync(file));
  return sha256(Buffer.from(compiler), ...sources).slice(0, 32);
}

async function compileInto(binary: string, compiler: string, signal: AbortSignal): Promise<void> {
  const scratch = `${binary}.${process.pid}.partial`;
  try {
    await compileInit(scratch, compiler, signal);
    renameSync(scratch, binary);
  } finally {
    rmSync(scratch, { force: true });
  }
}

/** Without /dev/console the kernel gives PID 1 no output at all. */
function toEntries(init: readonly CpioEntry[], modules: readonly KernelModule[]): CpioEntry[] {
  // The race module is loaded by init itself, with parameters, once the disks are there.
  const listed = modules.filter(({ file }) => file !== 'lmstor.ko').map(({ file }) => `${file}\n`);
  const folders = ['dev', 'proc', 'sys', 'modules'];
  return [
    ...folders.map((folder) => ({ kind: 'folder', path: folder }) as const),
    { kind: 'device', path: 'dev/console', major: 5, minor: 1 },
    ...init,
    ...modules.map(
      ({ file, bytes }) => ({ kind: 'file', path: `modules/${file}`, bytes }) as const,
    ),
    { kind: 'file', path: 'modules/list', bytes: Buffer.from(listed.join('')) },
  ];
}

function writeOnce(folder: string, name: string, bytes: Buffer): string {
  const file = path.join(folder, `${name}-${sha256(bytes).slice(0, 32)}`);
  if (existsSync(file)) return file;
  const scratch = `${file}.${process.pid}.partial`;
  writeFileSync(scratch, bytes);
  renameSync(scratch, file);
  return file;
}

function hashFiles(files: readonly string[]): string {
  return sha256(...files.map((file) => readFileSync(file)));
}

function sha256(...pieces: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
