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

export function literals<const Values extends readonly string[]>(
  values: Values,
): TUnion<TLiteral<Values[number]>[]> {
  return Type.Union(values.map((value) => Type.Literal(value) as TLiteral<Values[number]>));
}

export function nullable<Schema extends Type.TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}
