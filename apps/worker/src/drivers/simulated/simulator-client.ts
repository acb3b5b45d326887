import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { AppError, type ErrorCode, errorCatalog } from '@gauntlet/shared/contracts/errors';
import { parse } from '@gauntlet/shared/contracts/parse';
import { eventCountHeader } from '@gauntlet/shared/contracts/simulator';
import Type, { type Static, type TSchema } from 'typebox';

export interface SimulatorClient extends Disposable {
  /**
   * @param silenceMsMax real ms without an answer after which the call is given up
   * @throws AppError what the simulator says, or `driver.unavailable`; the signal's reason
   */
  call<Schema extends TSchema>(
    request: CallRequest,
    schema: Schema,
    signal?: AbortSignal,
  ): Promise<Answer<Static<Schema>>>;
  /** The answer's body as it comes, once it began; the signal hangs up. */
  open(request: CallRequest, signal: AbortSignal): Promise<Readable>;
}

export interface Answer<Value> {
  readonly value: Value;
  /** Events so far of the VM that was asked about; 0 when it was none. */
  readonly eventCount: number;
}

export interface CallRequest {
  readonly method: 'PUT' | 'POST';
  readonly path: string;
  readonly body: object;
  /** Real ms of silence after which it is given up; 0: never. */
  readonly silenceMsMax: number;
}

/** Answers are read into memory: an inventory of 10,000 VMs is some megabytes. */
const socketsMax = 4096;

/**
 * Speaks with one simulator. Plain `node:http`: `fetch` gives up on an answer after five minutes, and
 * a migration in true seconds may take longer.
 */
export function createSimulatorClient(url: string): SimulatorClient {
  const { Agent, request } = url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: socketsMax });

  function send(
    { method, path, body, silenceMsMax }: CallRequest,
    signal?: AbortSignal,
  ): Promise<http.IncomingMessage> {
    const payload = Buffer.from(JSON.stringify(body));
    const headers = { 'content-type': 'application/json', 'content-length': payload.byteLength };
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const options = { method, agent, headers, ...(signal === undefined ? {} : { signal }) };
    const sent = request(`${url}${path}`, options, resolve);
    sent.setTimeout(silenceMsMax, () => sent.destroy(new Error(`silent for ${silenceMsMax} ms`)));
    sent.on('error', reject);
    sent.end(payload);
    return promise;
  }

  async function open(request: CallRequest, signal?: AbortSignal) {
    signal?.throwIfAborted();
    try {
      const answer = await send(request, signal);
      if (answer.statusCode === 200) return answer;
      throw toAppError(await text(answer), answer.statusCode ?? 0);
    } catch (error) {
      signal?.throwIfAborted();
      throw unavailable(url, error);
    }
  }

  return {
    open,
    async call(request, schema, signal) {
      const answer = await open(request, signal);
      try {
        const body: unknown = JSON.parse(await text(answer));
        return {
          value: parse(schema, body, `answer to ${request.path}`),
          eventCount: Number(answer.headers[eventCountHeader] ?? 0),
        };
      } catch (error) {
        signal?.throwIfAborted();
        throw unavailable(url, error);
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

const ProblemAnswer = Type.Object({
  code: Type.String(),
  detail: Type.String(),
  errors: Type.Optional(Type.Array(Type.Unknown())),
});

function toAppError(body: string, status: number): AppError {
  const { code, detail, errors = [] } = parse(ProblemAnswer, JSON.parse(body), `answer ${status}`);
  const known = isErrorCode(code) ? code : 'driver.unavailable';
  return new AppError(known, detail, { details: { errors } });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalog, code);
}

function unavailable(url: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AppError('driver.unavailable', `the simulator at ${url} does not answer: ${reason}`, {
    details: { url },
    cause,
  });
}
