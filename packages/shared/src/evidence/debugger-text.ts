import type { StopError } from '../domain/bugcheck.ts';
import { imageOf, symbolOf } from '../domain/signature.ts';
import { type Labels, labelsOf, linesOf, splitDumps } from './debugger-lines.ts';
import { normalizeParameter, parseHex, parseStopCode } from './hex.ts';

export interface DebuggerReport {
  readonly stop: StopError;
  /** `low`: the debugger lacked symbols for what it blames, or its own lines disagree. */
  readonly confidence: 'high' | 'low';
  /** Why the confidence is low, a sentence each. */
  readonly warnings: readonly string[];
  /** The debugger's own bucket: `X64_0xD1_storvsc!StorChannelVmbusCallback+2b8`, `AV_mod!func`. */
  readonly failureBucket: string | null;
  readonly imageTimestamp: string | null;
  readonly imageVersion: string | null;
  readonly processName: string | null;
  /** `module!function+0xoffset`, innermost first. */
  readonly stack: readonly string[];
}

const framesMax = 64;

/**
 * Every crash an `!analyze -v` text tells of, of old (6.12, 2010) and new (10, 2022) debuggers.
 * Hostile text costs time linear in its length, at most that of the first 8 MiB.
 */
export function parseDebuggerText(text: string): DebuggerReport[] {
  return splitDumps(linesOf(text)).flatMap((lines) => toReport(lines) ?? []);
}

function toReport(lines: readonly string[]): DebuggerReport | null {
  const labels = labelsOf(lines);
  const codes = codesOf(lines, labels);
  const [code] = codes;
  if (code === undefined) return null;
  const warnings: string[] = [];
  if (new Set(codes).size > 1) warnings.push('The text names more than one STOP code.');
  const place = placeOf(lines, labels);
  warnings.push(...symbolWarnings(lines, place.module));
  return {
    stop: { code, parameters: parametersOf(lines, labels), reason: null, ...place },
    confidence: warnings.length === 0 && place.module !== null ? 'high' : 'low',
    warnings,
    failureBucket: labels.get('FAILURE_BUCKET_ID') ?? labels.get('BUCKET_ID') ?? null,
    imageTimestamp: labels.get('DEBUG_FLR_IMAGE_TIMESTAMP') ?? null,
    imageVersion: labels.get('IMAGE_VERSION') ?? null,
    processName: labels.get('PROCESS_NAME') ?? null,
    stack: stackOf(lines),
  };
}

/**
 * The code by each line that names it, best first. Never from the stack: its KeBugCheckEx frame of
 * a 0xD1 shows 0xA.
 */
function codesOf(lines: readonly string[], labels: Labels): number[] {
  const found = [
    labels.get('BUGCHECK_CODE'),
    firstMatch(lines, /^\s*BugCheck\s+(?:0x)?([0-9A-F]{1,8})\s*,/i),
    firstMatch(lines, /^\s*[A-Z][A-Z0-9_]{5,80}\s*\((?:0x)?([0-9a-f]{1,8})\)\s*$/),
    /^0x[0-9A-F]{1,8}/i.exec(labels.get('BUGCHECK_STR') ?? '')?.[0],
    /_(0x[0-9A-F]{1,8})_/i.exec(labels.get('FAILURE_BUCKET_ID') ?? '')?.[1],
  ];
  return found.flatMap((text) => (text === undefined ? [] : (parseStopCode(text) ?? [])));
}

function parametersOf(lines: readonly string[], labels: Labels): string[] {
  const braces = firstMatch(lines, /^\s*BugCheck\s+[0-9A-Fx]{1,10}\s*,\s*\{([^}]{1,200})\}/i);
  const candidates = [
    [1, 2, 3, 4].map((index) => labels.get(`BUGCHECK_P${index}`)),
    braces?.split(','),
    [1, 2, 3, 4].map((index) =>
      firstMatch(lines, new RegExp(`^\\s*Arg${index}:\\s*([0-9a-f\`x]{1,19})`, 'i')),
    ),
  ];
  for (const texts of candidates) {
    const values = (texts ?? []).map((text) =>
      text === undefined ? null : normalizeParameter(firstWord(text)),
    );
    if (values.length === 4 && values.every((value) => value !== null)) return values;
  }
  return [];
}

type Place = Pick<StopError, 'module' | 'function' | 'offset'>;

/** What is blamed: image, function and offset, from whichever line names them. */
function placeOf(lines: readonly string[], labels: Labels): Place {
  const blamed = /^\s*(\S{1,200})\s*(?:\(\s*(\S{1,400})\s*\))?/.exec(
    firstMatch(lines, /^\s*Probably caused by\s*:\s*(.{1,700})$/i) ?? '',
  );
  const symbol =
    labels.get('SYMBOL_NAME') ?? blamed?.[2] ?? bucketSymbol(labels.get('FAILURE_BUCKET_ID'));
  const image =
    realImage(labels.get('IMAGE_NAME')) ??
    realImage(labels.get('MODULE_NAME')) ??
    realImage(blamed?.[1]) ??
    realImage(symbol?.includes('!') ? symbol.split('!')[0] : undefined);
  if (image === null) return { module: null, function: null, offset: null };
  const named = symbol !== undefined && symbol.includes('!') ? symbolOf(symbol) : '';
  return {
    module: image,
    function: named === '' ? null : named,
    offset: offsetOf(symbol) ?? parseOffset(labels.get('BUCKET_ID_FUNC_OFFSET')),
  };
}

/** `X64_0xD1_storvsc!Callback+2b8` and `AV_storvsc!Callback`: what follows the last prefix. */
function bucketSymbol(bucket: string | undefined): string | undefined {
  return /(?:^|_)([a-z0-9.-]{1,60}![^\s]{1,300})$/i.exec(bucket ?? '')?.[1];
}

/** Words a debugger puts where it can blame no image. */
const noImages = new Set([
  'unknown_image',
  'unknown_module',
  'memory_corruption',
  'hardware',
  'hardware_ram',
  'pool_corruption',
  'ansi',
]);

function realImage(text: string | undefined): string | null {
  const image = text === undefined ? '' : imageOf(firstWord(text));
  return image === '' || noImages.has(image) ? null : image;
}

function offsetOf(symbol: string | undefined): number | null {
  return parseOffset(/\+\s*((?:0x)?[0-9a-f]{1,8})$/i.exec(symbol ?? '')?.[1]);
}

function parseOffset(text: string | undefined): number | null {
  const value = text === undefined ? null : parseHex(firstWord(text));
  return value === null || value > 0x7fffffffn ? null : Number(value);
}

/** Complaints about symbols count only where they concern the module that is blamed. */
function symbolWarnings(lines: readonly string[], module: string | null): string[] {
  if (module === null) return ['The debugger blames no image.'];
  const complaint = lines.find(
    (line) =>
      /symbol file could not be found|symbols could not be loaded|unable to verify timestamp/i.test(
        line,
      ) && imagesIn(line).includes(module),
  );
  return complaint === undefined ? [] : [`No proper symbols for ${module}.`];
}

function imagesIn(line: string): string[] {
  return [...line.matchAll(/([\w.-]{1,80}\.(?:sys|exe|dll))\b/gi)].map((match) =>
    imageOf(match[1] ?? ''),
  );
}

/** STACK_TEXT runs to the next blank line; each frame ends in `: module!function+0xoffset`. */
function stackOf(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => /^STACK_TEXT\s*:/.test(line));
  if (start === -1) return [];
  const frames: string[] = [];
  for (const line of lines.slice(start + 1)) {
    if (line.trim() === '' && frames.length > 0) break;
    const frame = /(?:^|\s|:)([\w.-]{1,80}(?:![^\s]{1,300}|\+0x[0-9a-f]{1,16}))\s*$/i.exec(line);
    if (frame?.[1] !== undefined) frames.push(frame[1]);
    if (frames.length === framesMax) break;
  }
  return frames;
}

function firstMatch(lines: readonly string[], pattern: RegExp): string | undefined {
  for (const line of lines) {
    const match = pattern.exec(line);
    if (match !== null) return match[1];
  }
  return undefined;
}

function firstWord(text: string): string {
  return text.trim().split(/\s/)[0] ?? '';
}
