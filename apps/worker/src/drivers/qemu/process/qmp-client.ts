import type { Duplex } from 'node:stream';
import { parse } from '@gauntlet/shared/contracts/parse';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Static, TSchema } from 'typebox';
import { late, within } from './deadline.ts';
import { createEventLog, type EventLog } from './event-log.ts';
import { createLineReader } from './line-reader.ts';
import { parseQmpMessage, type QmpMessage, toMs } from './qmp-messages.ts';

/** QEMU refused a command (`errorClass` is its own), or the monitor is `closed` or `late`. */
export class QmpError extends Error {
  override readonly name = 'QmpError';
  readonly errorClass: string;

  constructor(errorClass: string, message: string) {
    super(message);
    this.errorClass = errorClass;
  }
}

const lineLengthMax = 4 * 1024 * 1024;
const answerMsMax = 30_000;

interface Waiting {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: QmpError) => void;
}

/** A QMP monitor on a stream that is connected already. */
export class QmpClient {
  /** Resolves when it is closed and every message that came was handled. */
  readonly whenClosed: Promise<'closed'>;
  readonly events: EventLog;
  readonly #stream: Duplex;
  readonly #clock: Clock;
  readonly #greeting = Promise.withResolvers<void>();
  readonly #closing = Promise.withResolvers<'closed'>();
  readonly #waiting = new Map<number, Waiting>();
  #commandCount = 0;
  #closed = false;

  constructor(stream: Duplex, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.whenClosed = this.#closing.promise;
    this.events = createEventLog(clock, this.whenClosed);
    this.#greeting.promise.catch(() => {}); // nobody may be waiting for it
    const close = () => this.close();
    const read = createLineReader(lineLengthMax, {
      line: (line) => this.#takeLine(line),
      tooLong: close,
    });
    stream.setEncoding('utf8').on('data', read);
    stream.on('error', close).on('end', close).on('close', close);
  }

  /** Resolves once QEMU greeted and accepted our capabilities. @throws QmpError */
  async greet(waitMsMax: number, signal?: AbortSignal): Promise<void> {
    const limits = { clock: this.#clock, waitMsMax };
    const wait = signal === undefined ? limits : { ...limits, signal };
    if ((await within(this.#greeting.promise, wait)) === late) {
      throw new QmpError('late', `no QMP greeting within ${waitMsMax} ms`);
    }
    await this.execute('qmp_capabilities');
  }

  /** @throws QmpError when QEMU refuses, does not answer in time or is gone */
  async execute(command: string, args: object = {}, waitMsMax = answerMsMax): Promise<unknown> {
    if (this.#closed) throw new QmpError('closed', `${command}: the QMP connection is closed`);
    this.#commandCount += 1;
    const id = this.#commandCount;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { command, resolve, reject });
    this.#stream.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    const answer = await within(promise, { clock: this.#clock, waitMsMax });
    if (answer !== late) return answer;
    this.#waiting.delete(id);
    throw new QmpError('late', `${command}: no answer within ${waitMsMax} ms`);
  }

  /** Like `execute`, with the answer parsed. @throws QmpError, ParseError */
  async ask<Schema extends TSchema>(schema: Schema, command: string): Promise<Static<Schema>> {
    return parse(schema, await this.execute(command), `reply to ${command}`);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.destroy();
    const gone = new QmpError('closed', 'the QMP connection is closed');
    this.#greeting.reject(gone);
    for (const waiting of this.#waiting.values()) waiting.reject(gone);
    this.#waiting.clear();
    this.#closing.resolve('closed');
  }

  #takeLine(line: string): void {
    if (line.trim() === '' || this.#closed) return;
    try {
      this.#handle(parseQmpMessage(line));
    } catch {
      this.close(); // not a monitor, or one we cannot trust any more
    }
  }

  #handle(message: QmpMessage): void {
    if ('QMP' in message) return this.#greeting.resolve();
    if ('event' in message) {
      const { event: name, data, timestamp } = message;
      return this.events.append({ name, data, atMs: toMs(timestamp) });
    }
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (message.id === undefined || waiting === undefined) return;
    this.#waiting.delete(message.id);
    if (!('error' in message)) return waiting.resolve(message.return);
    const { class: errorClass, desc } = message.error;
    waiting.reject(new QmpError(errorClass, `${waiting.command}: ${desc}`));
  }
}
