import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { eventually } from './core.ts';

/** A test looks at whatever came back. */
type Whatever = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly status: number;
  readonly body: Whatever;
}

/** A client of the service, as an outsider would write one. */
export interface Client {
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  /** Starts a campaign and waits until it is over. */
  run(campaign: unknown): Promise<CampaignView>;
}

export function createClient(url: string): Client {
  const send = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(`${url}/api/v1${path}`, init);
    return { status: response.status, body: await response.json() };
  };
  const post = (path: string, body: unknown) =>
    send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return {
    get: (path) => send(path),
    post,
    async run(campaign) {
      const started = await post('/campaigns', campaign);
      if (started.status !== 201) throw new Error(JSON.stringify(started.body));
      const ended = await eventually(
        () => send(`/campaigns/${started.body.id}`),
        ({ body }) => ['finished', 'stopped', 'failed'].includes(body.state),
        90_000,
      );
      return ended.body as CampaignView;
    },
  };
}
