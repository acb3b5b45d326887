import { parse } from '@gauntlet/shared/contracts/parse';
import type { Static, TSchema } from 'typebox';

/** The value when it fits the schema, else null: for events of a QEMU that may be newer than us. */
export function readAs<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
): Static<Schema> | null {
  try {
    return parse(schema, value, 'value');
  } catch {
    return null;
  }
}
