import { parse } from '@gauntlet/shared/contracts/parse';
import Type, { type Static } from 'typebox';

/** Begins the one line a reply is; versioned, because module and worker are updated apart. */
export const replyMarker = 'GAUNTLET/1';
export const protocolVersion = 1;

/**
 * The longest line sent. Nobody published how much Windows PowerShell accepts on one line of its
 * standard input; 8 KiB has been seen to work everywhere.
 */
export const requestCharsMax = 8 * 1024;

export interface Request {
  readonly id: string;
  readonly op: string;
  readonly args: unknown;
  /** What the operation itself may take, ms; its caller waits a little longer. */
  readonly deadlineMs: number;
}

const Text = Type.String({ maxLength: 100_000 });
const OptionalText = Type.Union([Text, Type.Null()]);

export const RemoteError = Type.Object({
  /** FullyQualifiedErrorId, never localised. */
  fqid: OptionalText,
  category: OptionalText,
  type: OptionalText,
  /** `0x80070005`: the deepest HRESULT of the exception chain. */
  hresult: OptionalText,
  message: Text,
});
export type RemoteError = Static<typeof RemoteError>;

const Reply = Type.Object({
  v: Type.Literal(protocolVersion),
  id: Text,
  ok: Type.Boolean(),
  data: Type.Optional(Type.Unknown()),
  warnings: Type.Optional(Type.Array(Text, { maxItems: 64 })),
  error: Type.Optional(Type.Union([RemoteError, Type.Null()])),
  /** Memory of the shell, bytes; it is replaced when it grows. */
  workingSetBytes: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
});
export type Reply = Static<typeof Reply>;

/**
 * The one physical line of a request. Data travel as base64 inside single quotes: nothing in the
 * base64 alphabet can end a quote, whichever of PowerShell's many quotation marks it knows.
 */
export function toRequestLine({ id, op, args, deadlineMs }: Request): string {
  const json = JSON.stringify({ v: protocolVersion, id, op, args, deadlineMs });
  return `Invoke-GauntletOp '${toBase64(json)}'`;
}

/** The line a new shell is given first: it loads the module and says nothing. */
export function toBootstrapLine(modulePath: string): string {
  const path = `[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${toBase64(modulePath)}'))`;
  return `$ProgressPreference='SilentlyContinue'; Import-Module -Name (${path}) -DisableNameChecking -ErrorAction Stop`;
}

/** The reply in a call's output, or why there is none. */
export function readReply(output: string, id: string): Reply | { readonly fault: string } {
  const lines = output.split('\n').filter((line) => line.startsWith(`${replyMarker} `));
  const [line] = lines;
  if (line === undefined) return { fault: 'the shell gave no reply' };
  if (lines.length > 1) return { fault: `the shell gave ${lines.length} replies` };
  const [, seenId, payload = ''] = line.trim().split(' ');
  if (seenId !== id) return { fault: 'the reply is to another request' };
  // Buffer's decoder forgives everything; a line that was cut must not.
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(payload)) {
    return { fault: 'the reply is no base64' };
  }
  try {
    const reply = parse(Reply, JSON.parse(fromBase64(payload)), 'reply of the PowerShell module');
    return reply.id === id ? reply : { fault: 'the reply is to another request' };
  } catch (error) {
    return { fault: error instanceof Error ? error.message.slice(0, 500) : 'unreadable' };
  }
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
