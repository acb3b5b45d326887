import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';

/** One fault of a foreign value: where (a JSON pointer) and what is wrong there. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

/** A foreign value did not match its schema. The message names every fault. */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  readonly what: string;
  readonly faults: readonly Fault[];

  constructor(what: string, faults: readonly Fault[]) {
    super(
      `${what}: ${faults.map((fault) => `${fault.pointer || '/'} ${fault.detail}`).join('; ')}`,
    );
    this.what = what;
    this.faults = faults;
  }
}

const faultsMax = 100;
const validators = new WeakMap<TSchema, Validator>();

/**
 * Turns an unknown value into a typed one, or throws a ParseError that lists the faults (at most
 * 100). The value itself is returned, not a copy: parse once, at the edge.
 */
export function parse<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): Static<Schema> {
  const validator = validatorOf(schema);
  if (validator.Check(value)) return value as Static<Schema>;
  throw new ParseError(what, toFaults(validator, value));
}

function validatorOf(schema: TSchema): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const compiled = Compile(schema) as unknown as Validator;
  validators.set(schema, compiled);
  return compiled;
}

function toFaults(validator: Validator, value: unknown): Fault[] {
  const faults: Fault[] = [];
  for (const error of validator.Errors(value)) {
    if (faults.length === faultsMax) break;
    faults.push({ pointer: error.instancePath, detail: error.message });
  }
  return faults;
}
