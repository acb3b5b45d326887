import type { StopError } from '@gauntlet/shared/domain/bugcheck';
import { type SymbolTable, symbolAt } from './guest/symbols.ts';

/**
 * What a Linux guest printed when it died, as a STOP error without a code: the reason in its own
 * words, and the function and module the instruction pointer was in. null: it did not panic.
 *
 * Only the first death counts; what a dying kernel stumbles over later is its consequence.
 * @param symbols names for addresses of our own init
 */
export function parsePanic(text: string, symbols: SymbolTable): StopError | null {
  const lines = text.split('\n').map(withoutTime);
  const start = lines.findIndex((line) => isFirstSign(line) || segmentationFault.test(line));
  if (start < 0) return null;
  const dying = lines.slice(start, start + linesMax);
  const reason = reasonOf(dying);
  if (reason === null) return null;
  return { code: null, parameters: [], reason, ...placeOf(dying, symbols) };
}

const linesMax = 400;
const panicPattern = /^(?!---).*Kernel panic - not syncing: (.+)/;
const bugPattern =
  /\b(?:BUG: |kernel BUG at |general protection fault|invalid opcode|double fault|int3:|stack segment:|divide error|PANIC: |Oops: )(.*)/;

/** Hex addresses differ from crash to crash, so they tell nothing; the bucket drops them too. */
function isFirstSign(line: string): boolean {
  return bugPattern.test(line) || panicPattern.test(line) || line.startsWith('Uhhuh. NMI received');
}

function reasonOf(lines: readonly string[]): string | null {
  const panic = firstMatch(lines, panicPattern);
  const bug = lines.find((line) => bugPattern.test(line));
  // "Fatal exception" says nothing; the complaint before it does.
  if (bug !== undefined && (panic === null || panic.startsWith('Fatal exception')))
    return bug.trim();
  return panic?.trim() ?? null;
}

interface Place {
  readonly module: string | null;
  readonly function: string | null;
  readonly offset: number | null;
}

const nowhere: Place = { module: null, function: null, offset: null };
const kernelPointer = /RIP: 0010:([\w.]+)\+0x([0-9a-f]+)\/0x[0-9a-f]+(?: \[(\w+)[^\]]*\])?/;
/** Of the thread that made PID 1 die; the registers of the panic are of the last to go. */
const segmentationFault = /^init\[\d+\]: segfault at \S+ ip ([0-9a-f]+)/;
const userPointer = /RIP: 0033:(?:0x)?([0-9a-f]+)/;
const frame = /^\s*([\w.]+)\+0x([0-9a-f]+)\/0x[0-9a-f]+(?: \[(\w+)[^\]]*\])?\s*$/;
/** What stands at the top of every trace and tells nothing of the cause. */
const machinery =
  /^(?:dump_stack|panic|nmi_panic|unknown_nmi|(?:asm_)?exc_nmi|end_repeat_nmi|oops_end|die)/;

/**
 * Where it died: the kernel's instruction pointer; for PID 1 that died of an exception or hangs,
 * the pointer into our init; for a panic out of a system call, the first frame that tells.
 */
function placeOf(lines: readonly string[], symbols: SymbolTable): Place {
  const fault = firstMatch(lines, segmentationFault);
  if (fault !== null) return placeInInit(Number.parseInt(fault, 16), symbols);
  const kernel = lines.map((line) => kernelPointer.exec(line)).find((match) => match !== null);
  if (kernel !== undefined) return toPlace(kernel);
  const frames = lines.map((line) => frame.exec(line)).filter((match) => match !== null);
  const ofInit = lines.some((line) => line.includes('Attempted to kill init'));
  const telling = ofInit ? undefined : frames.find(([, name = '']) => !machinery.test(name));
  const fromSystemCall = frames.some(([, name = '']) => name.startsWith('entry_SYSCALL'));
  if (telling !== undefined && fromSystemCall) return toPlace(telling);
  const user = firstMatch(lines, userPointer);
  // Without its fault, PID 1 in a system call is a bystander: another of its threads did it.
  if (user !== null && !(ofInit && fromSystemCall))
    return placeInInit(Number.parseInt(user, 16), symbols);
  if (ofInit) return { ...nowhere, module: 'init' };
  return telling === undefined ? nowhere : toPlace(telling);
}

function toPlace([, name = '', offset = '0', module]: RegExpExecArray): Place {
  // `.isra.0`, `.cold` and the like name a compiler's copy of the function.
  const [plain = name] = name.split('.');
  return { module: module ?? 'vmlinux', function: plain, offset: Number.parseInt(offset, 16) };
}

/** PID 1 died: the kernel gives the address, our own symbol table the name. */
function placeInInit(address: number, symbols: SymbolTable): Place {
  const symbol = symbolAt(symbols, address);
  if (symbol === null) return { ...nowhere, module: 'init' };
  return { module: 'init', function: symbol.name, offset: address - symbol.start };
}

function firstMatch(lines: readonly string[], pattern: RegExp): string | null {
  for (const line of lines) {
    const found = pattern.exec(line)?.[1];
    if (found !== undefined) return found;
  }
  return null;
}

function withoutTime(line: string): string {
  return line.replace(/^\s*\[\s*\d+\.\d+\]\s?(?:\[\s*[TC]\d+\]\s?)?/, '');
}
