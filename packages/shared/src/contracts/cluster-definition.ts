import Type, { type Static } from 'typebox';
import { driverNames } from '../domain/inventory.ts';
import { literals, Name, Uuid } from './primitives.ts';

/** A cluster as workers must know it. `revision` rises with every change of it. */
export const ClusterDefinition = Type.Object({
  id: Uuid,
  name: Name,
  driver: literals(driverNames),
  options: Type.Record(Type.String(), Type.Unknown()),
  revision: Type.Integer({ minimum: 1 }),
});
export type ClusterDefinition = Static<typeof ClusterDefinition>;
