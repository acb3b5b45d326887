import Type, { type TLiteral, type TUnion } from 'typebox';

/** Names of hosts, VMs, arms and clusters: any Unicode, as the hypervisor gives it, bounded. */
export const nameLengthMax = 1024;
export const Name = Type.String({ minLength: 1, maxLength: nameLengthMax });

export const Uuid = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
});

/** ISO 8601 UTC with milliseconds. */
export const Timestamp = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$',
});

export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** A tuple of literals, not an array of their union: only of a tuple can `Static` tell the values. */
type Literals<Values extends readonly string[]> = {
  -readonly [Index in keyof Values]: TLiteral<Values[Index]>;
};

export function literals<const Values extends readonly string[]>(
  values: Values,
): TUnion<Literals<Values>> {
  const schema: unknown = Type.Union(values.map((value) => Type.Literal(value)));
  return schema as TUnion<Literals<Values>>;
}

export function nullable<Schema extends Type.TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}
