import Type, { type TSchema } from 'typebox';

export const pageLimitMax = 500;
export const pageLimitDefault = 100;

/** Query of every list: keyset paging, stable while rows are added. */
export const PageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: pageLimitMax, default: pageLimitDefault }),
  cursor: Type.Optional(Type.String({ maxLength: 512 })),
};

export function page<Item extends TSchema>(item: Item) {
  return Type.Object({
    items: Type.Array(item),
    nextCursor: Type.Union([Type.String(), Type.Null()]),
  });
}
