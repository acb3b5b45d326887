import { type BugcheckSubject, formatStopCode, type StopError } from './bugcheck.ts';
import { baseStopCode, nameOfStopCode } from './stop-codes.ts';

/** What the key of a bucket carries where nothing is known: `guest|0x000000D1|?|?`. */
const absent = '?';
const partLengthMax = 200;

/**
 * The key under which bugchecks of one cause meet: subject, code without the variant bit, image,
 * function. Offsets differ between builds of one driver (`+0x2b8` and `+0x2b5` are one defect) and
 * parameters may all be zero, so neither is ever part of it. A code without an image is a bucket
 * of its own: 0xD1 alone proves nothing about storvsc.
 */
export function bucketKeyOf(stop: StopError, subject: BugcheckSubject): string {
  const image = stop.module === null ? '' : imageOf(stop.module);
  const symbol = stop.function === null ? '' : symbolOf(stop.function);
  return [subject, headOf(stop), image, symbol].map(toKeyPart).join('|');
}

/** The title of a bucket for people: `0xD1 DRIVER_IRQL_NOT_LESS_OR_EQUAL in storvsc!Callback`. */
export function bucketTitleOf(stop: StopError, subject: BugcheckSubject): string {
  const where = placeOf(stop);
  return `${subject === 'host' ? 'host: ' : ''}${whatOf(stop)}${where}`;
}

/**
 * The image of a module, a path or a file name, lower-case, without folder and extension; the
 * kernel's many file names are all `nt`.
 */
export function imageOf(module: string): string {
  const file = module.trim().toLowerCase().split(/[\\/]/).at(-1) ?? '';
  const image = file.replace(/\.(sys|exe|dll|ko)$/, '');
  return kernelImages.has(image) ? 'nt' : image;
}

/** A function name without module and offset: `storvsc!StorChannelVmbusCallback+2b8`. */
export function symbolOf(name: string): string {
  const symbol = name.trim().split('!').at(-1) ?? '';
  return symbol.replace(/\s*\+\s*(0x)?[0-9a-f]+(\/0x[0-9a-f]+)?$/i, '');
}

/** A panic's reason without what varies from crash to crash: addresses, numbers, processes. */
export function normalizeReason(reason: string): string {
  return reason
    .slice(0, 4 * partLengthMax)
    .toLowerCase()
    .replace(/0x[0-9a-f]+|\b(?=[0-9a-f]*[0-9])[0-9a-f]{8,}\b|\d+/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
}

const kernelImages = new Set(['ntoskrnl', 'ntkrnlmp', 'ntkrnlpa', 'ntkrpamp', 'nt']);

function headOf({ code, reason }: StopError): string {
  if (code !== null) return formatStopCode(baseStopCode(code));
  return reason === null ? 'no-code' : `panic:${normalizeReason(reason)}`;
}

function whatOf({ code, reason }: StopError): string {
  if (code !== null) {
    return `0x${baseStopCode(code).toString(16).toUpperCase()} ${nameOfStopCode(code)}`;
  }
  if (reason === null) return 'crash without a code';
  return `panic: ${reason.slice(0, partLengthMax).replace(/\s+/g, ' ').trim()}`;
}

function placeOf(stop: StopError): string {
  if (stop.module === null && stop.function === null) {
    return stop.code === null ? '' : ', unattributed';
  }
  const image = stop.module === null ? absent : imageOf(stop.module);
  return ` in ${stop.function === null ? image : `${image}!${symbolOf(stop.function)}`}`;
}

function toKeyPart(text: string): string {
  const clean = text
    .replace(/[|\p{Cc}]/gu, '_')
    .slice(0, partLengthMax)
    .toWellFormed();
  return clean === '' ? absent : clean;
}
