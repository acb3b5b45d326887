import type { Problem } from '@gauntlet/shared/contracts/problem';

/** Why a request gave nothing, as the screens tell it apart. */
export type FailureKind = 'no-key' | 'forbidden' | 'unknown' | 'refused' | 'unreachable' | 'fault';

export interface Failure {
  readonly kind: FailureKind;
  /** What happened, for people. */
  readonly title: string;
  readonly detail: string;
  readonly status: number | null;
  readonly requestId: string | null;
  /** Each fault of the body that was sent, under its JSON pointer. */
  readonly faults: readonly { readonly pointer: string; readonly detail: string }[];
}

export const unreachable: Failure = {
  kind: 'unreachable',
  title: 'The service does not answer',
  detail: 'It may be restarting, or the network is down. Trying again.',
  status: null,
  requestId: null,
  faults: [],
};

/** Reads an answer that is not 2xx; never throws. */
export async function toFailure(response: Response): Promise<Failure> {
  const problem = await readProblem(response);
  return {
    kind: kindOf(response.status),
    title: problem?.title ?? `The service answered ${response.status}`,
    detail: problem?.detail ?? response.statusText,
    status: response.status,
    requestId: problem?.requestId ?? null,
    faults: problem?.errors ?? [],
  };
}

function kindOf(status: number): FailureKind {
  if (status === 401) return 'no-key';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'unknown';
  if (status === 502 || status === 503 || status === 504) return 'unreachable';
  return status < 500 ? 'refused' : 'fault';
}

async function readProblem(response: Response): Promise<Problem | undefined> {
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null && 'title' in body
      ? (body as Problem)
      : undefined;
  } catch {
    return undefined;
  }
}
