import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Sha256, Timestamp, Uuid } from './primitives.ts';

/** One fault of a foreign value: where (a JSON pointer) and what is wrong there. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

/** What TypeBox says about one failed keyword. */
export interface SchemaError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/** Faults one answer names; a body with more is wrong from the ground up. */
export const faultsMax = 100;

// TypeBox stops at 8 errors by itself, and a union spends one per branch. A thousand is enough for a
// hundred faults and still bounds the work on a body of a million wrong entries.
Settings.Set({ maxErrors: 1000 });

interface Entry extends Fault {
  readonly schemaPath: string;
  /** What would have been right here, when that is a list of types or values. */
  readonly expects: readonly string[];
}

/** Schema errors as faults for people: each field once, the missing ones by their own pointer. */
export function toFaults(errors: readonly SchemaError[]): Fault[] {
  const entries: Entry[] = [];
  for (const error of errors) {
    if (error.keyword === 'anyOf') foldUnion(entries, error);
    else entries.push(...toEntries(error));
  }
  const faults = new Map<string, Fault>();
  for (const { pointer, detail } of entries)
    faults.set(`${pointer} ${detail}`, { pointer, detail });
  return [...faults.values()].slice(0, faultsMax);
}

function toEntries(error: SchemaError): Entry[] {
  const params = error.params as Record<string, unknown>;
  const at = (pointer: string, detail: string, expects: readonly string[] = []): Entry => ({
    schemaPath: error.schemaPath,
    pointer,
    detail,
    expects,
  });
  const here = error.instancePath;
  switch (error.keyword) {
    case 'required':
      return keysOf(params.requiredProperties).map((key) => at(child(here, key), 'is required'));
    case 'additionalProperties':
      return keysOf(params.additionalProperties).map((key) =>
        at(child(here, key), 'is not a known field'),
      );
    case 'boolean': // said once more by the additionalProperties error beside it
      return error.schemaPath.endsWith('/additionalProperties')
        ? []
        : [at(here, 'is not allowed here')];
    case 'type':
      return expecting(at, here, [nameType(params.type)]);
    case 'const':
      return expecting(at, here, [JSON.stringify(params.allowedValue)]);
    case 'enum':
      return expecting(at, here, keysOf(params.allowedValues).map(quote));
    default:
      return [at(here, describeBound(error.keyword, params) ?? error.message)];
  }
}

function expecting(
  at: (pointer: string, detail: string, expects: readonly string[]) => Entry,
  pointer: string,
  expects: readonly string[],
): Entry[] {
  return [at(pointer, `must be ${join(expects)}`, expects)];
}

/**
 * A union's error follows those of its branches. When no branch came near (each wanted another type
 * or value), they become one fault; otherwise only the branches that came nearer are kept.
 */
function foldUnion(entries: Entry[], union: SchemaError): void {
  const prefix = `${union.schemaPath}/anyOf/`;
  const branches = new Map<string, Entry[]>();
  while (isOfUnion(entries.at(-1), prefix, union.instancePath)) {
    const entry = entries.pop() as Entry;
    const branch = entry.schemaPath.slice(prefix.length).split('/', 1)[0] ?? '';
    branches.set(branch, [entry, ...(branches.get(branch) ?? [])]);
  }
  const inOrder = [...branches.values()].reverse();
  const near = inOrder.filter((branch) => !isFarOff(branch, union.instancePath));
  if (near.length > 0) {
    entries.push(...near.flat());
    return;
  }
  const expects = [...new Set(inOrder.flatMap(narrowest))];
  const detail = expects.length > 0 ? `must be ${join(expects)}` : 'is none of what is allowed';
  entries.push({
    schemaPath: union.schemaPath,
    pointer: union.instancePath,
    detail,
    expects,
  });
}

function isOfUnion(entry: Entry | undefined, prefix: string, instancePath: string): boolean {
  return (
    entry !== undefined &&
    entry.schemaPath.startsWith(prefix) &&
    entry.pointer.startsWith(instancePath)
  );
}

function isFarOff(branch: readonly Entry[], pointer: string): boolean {
  return branch.every((entry) => entry.pointer === pointer && entry.expects.length > 0);
}

/** A literal's branch fails twice when the type is wrong as well: its value says it all. */
function narrowest(branch: readonly Entry[]): readonly string[] {
  return branch.at(-1)?.expects ?? [];
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

function nameType(type: unknown): string {
  return typeNames[String(type)] ?? String(type);
}

const patternNames = new Map<string, string>([
  [patternOf(Uuid), 'must be a UUID in lower case'],
  [patternOf(Sha256), 'must be a SHA-256 in lower-case hex'],
  [patternOf(Timestamp), 'must be a time like 2026-11-24T02:13:00.000Z'],
]);

function patternOf(schema: TSchema): string {
  return 'pattern' in schema ? String(schema.pattern) : '';
}

function describeBound(keyword: string, params: Record<string, unknown>): string | undefined {
  const limit = String(params.limit);
  switch (keyword) {
    case 'minLength':
      return limit === '1' ? 'must not be empty' : `must have at least ${limit} characters`;
    case 'maxLength':
      return `must have at most ${limit} characters`;
    case 'minItems':
      return `must have at least ${limit} entries`;
    case 'maxItems':
      return `must have at most ${limit} entries`;
    case 'minProperties':
      return `must name at least ${limit} field`;
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'exclusiveMinimum':
      return `must be more than ${limit}`;
    case 'exclusiveMaximum':
      return `must be less than ${limit}`;
    case 'pattern':
      return describePattern(params.pattern);
    default:
      return undefined;
  }
}

function describePattern(pattern: unknown): string {
  const text = pattern instanceof RegExp ? pattern.source : String(pattern);
  return patternNames.get(text) ?? `must match ${text}`;
}

function keysOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** RFC 6901: `~` and `/` are escaped. */
export function child(pointer: string, key: string): string {
  return `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function join(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? 'something else';
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
