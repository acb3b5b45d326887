import { PageQuery } from '@gauntlet/shared/contracts/lists';
import { Sha256, Uuid } from '@gauntlet/shared/contracts/primitives';
import Type from 'typebox';

export const IdParams = Type.Object({ id: Uuid });
export const HashParams = Type.Object({ sha256: Sha256 });

export const strict = { additionalProperties: false };
export const ListQuery = Type.Object(PageQuery, strict);
/** For routes that take no query at all: a misspelt filter is refused, not ignored. */
export const NoQuery = Type.Object({}, strict);
/** For actions: an empty body or `{}`. */
export const NoBody = Type.Union([Type.Null(), Type.Object({}, strict)]);
