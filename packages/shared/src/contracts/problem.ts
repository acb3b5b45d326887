import Type, { type Static } from 'typebox';
import { literals } from './primitives.ts';

/** RFC 9457, with this product's extensions. Every error of the API has this shape. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  instance: Type.String(),
  code: Type.String(),
  requestId: Type.String(),
  /** Every fault of the request; `pointer` is a JSON pointer into the part it names. */
  errors: Type.Optional(
    Type.Array(
      Type.Object({
        in: Type.Optional(literals(['body', 'query', 'header', 'path'])),
        pointer: Type.String(),
        detail: Type.String(),
      }),
    ),
  ),
});
export type Problem = Static<typeof Problem>;
