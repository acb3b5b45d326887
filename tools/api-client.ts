/** The little of HTTP that the command-line tools need. */
export interface ApiClient {
  readonly url: string;
  get<Answer>(path: string): Promise<Answer>;
  /** @param waitMsMax 30 s unless told otherwise: a person who stops everything must not wait longer */
  post<Answer>(path: string, body?: unknown, waitMsMax?: number): Promise<Answer>;
  patch<Answer>(path: string, body: unknown): Promise<Answer>;
  /** True when the service answers and is ready. */
  isReady(): Promise<boolean>;
}

const requestMsMax = 30_000;

/** The service a tool speaks to: GAUNTLET_URL, else HOST and PORT as `npm start` reads them. */
export function serviceUrl(env: NodeJS.ProcessEnv = process.env): string {
  return env['GAUNTLET_URL'] ?? `http://${env['HOST'] ?? '127.0.0.1'}:${env['PORT'] ?? '8080'}`;
}

export function createApiClient(url: string, apiKey = process.env['GAUNTLET_API_KEY']): ApiClient {
  async function send<Answer>(
    method: string,
    path: string,
    { body, waitMsMax = requestMsMax }: { body?: unknown; waitMsMax?: number | undefined } = {},
  ): Promise<Answer> {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(waitMsMax),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await describe(response)}`);
    return (response.status === 204 ? undefined : await response.json()) as Answer;
  }
  return {
    url,
    get: (path) => send('GET', path),
    post: (path, body, waitMsMax) => send('POST', path, { body, waitMsMax }),
    patch: (path, body) => send('PATCH', path, { body }),
    async isReady() {
      try {
        const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
        await response.body?.cancel();
        return response.ok;
      } catch {
        return false;
      }
    },
  };
}

interface ProblemBody {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

async function describe(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { title, detail, errors = [] } = JSON.parse(text) as ProblemBody;
    const faults = errors.map((fault) => `\n  ${fault.pointer}: ${fault.detail}`);
    return `${response.status} ${title ?? ''}: ${detail ?? ''}${faults.join('')}`;
  } catch {
    return `${response.status} ${text.slice(0, 500)}`;
  }
}
