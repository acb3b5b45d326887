import { toFaults } from '@gauntlet/shared/contracts/faults';
import type { FastifyInstance, FastifyRequest, FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Value } from 'typebox/value';
import { isStorable, unstorable } from './json-body.ts';
import { MalformedRequest, type RequestFault } from './malformed-request.ts';

const validators = new WeakMap<object, Validator>();

/**
 * TypeBox checks requests, so that a schema means the same here, in queues and in drivers. Path and
 * query arrive as text and are converted; bodies are taken as they are. Fastify stops at the first
 * part that does not fit; `faultsOfRequest` then names the faults of all of them.
 */
export function addValidation(app: FastifyInstance): void {
  app.setValidatorCompiler(compileValidator as FastifySchemaCompiler<unknown>);
  // Views are made by us and typed by their schemas. A second, schema-driven writer would only add
  // a way to fail: it throws on a value it does not expect.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
}

const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = validatorOf(schema);
  const convert = httpPart !== 'body';
  return (value: unknown) => {
    const given = convert ? fromText(schema, value) : (value ?? null);
    if (validator.Check(given) && !(convert && hasUnstorable(given))) return { value: given };
    return { error: new MalformedRequest([]) };
  };
};

function validatorOf(schema: object): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const compiled = Compile(schema as TSchema) as unknown as Validator;
  validators.set(schema, compiled);
  return compiled;
}

function fromText(schema: TSchema, value: unknown): unknown {
  return Value.Default(schema, Value.Convert(schema, Value.Clone(value)));
}

const parts = [
  { in: 'path', schema: 'params', value: (request: FastifyRequest) => request.params },
  { in: 'query', schema: 'querystring', value: (request: FastifyRequest) => request.query },
  { in: 'body', schema: 'body', value: (request: FastifyRequest) => request.body },
] as const;

/** Every fault of every part of the request, path first. */
export function faultsOfRequest(request: FastifyRequest): RequestFault[] {
  const schemas = request.routeOptions.schema as
    | Readonly<Record<string, TSchema | undefined>>
    | undefined;
  return parts.flatMap((part) => {
    const schema = schemas?.[part.schema];
    if (schema === undefined) return [];
    const value = part.value(request);
    const given = part.in === 'body' ? (value ?? null) : fromText(schema, value);
    const faults = toFaults(validatorOf(schema).Errors(given));
    const texts = part.in === 'body' ? [] : unstorableTexts(given);
    return [...faults, ...texts].map((fault) => ({ in: part.in, ...fault }));
  });
}

function hasUnstorable(value: unknown): boolean {
  return unstorableTexts(value).length > 0;
}

function unstorableTexts(value: unknown) {
  return Object.entries(value ?? {})
    .filter(([, text]) => typeof text === 'string' && !isStorable(text))
    .map(([key]) => unstorable(`/${key}`));
}
