import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { type Fault, toFaults } from './faults.ts';

export type { Fault } from './faults.ts';

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
  throw new ParseError(what, toFaults(validator.Errors(value)));
}

/** True when the value matches: for what may be of several kinds, or broken without harm. */
export function matches<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
): value is Static<Schema> {
  return validatorOf(schema).Check(value);
}

function validatorOf(schema: TSchema): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const compiled = Compile(schema) as unknown as Validator;
  validators.set(schema, compiled);
  return compiled;
}
