import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import { type ApiClient, createApiClient, serviceUrl } from './api-client.ts';

// npm run stop: the kill switch for everything, or for the one cluster that is named.

/** What a person can do when the service does not answer. */
const elsewise = [
  'Workers start nothing once the orchestrator is gone for a second: end its process, or its Redis.',
  'GAUNTLET_URL and GAUNTLET_API_KEY say which service is meant.',
].join('\n');

const [wanted] = process.argv.slice(2);
const service = createApiClient(serviceUrl());
try {
  process.stdout.write(
    `${wanted === undefined ? await stopAll(service) : await stopOne(service, wanted)}\n`,
  );
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  process.stderr.write(`NOT STOPPED: ${why}\n${elsewise}\n`);
  process.exitCode = 1;
}

async function stopAll(api: ApiClient): Promise<string> {
  const { clusters, campaigns } = await api.post<{ clusters: number; campaigns: number }>('/stop');
  return `stopped: nothing starts on ${clusters} clusters any more; ${campaigns} campaigns are paused`;
}

async function stopOne(api: ApiClient, name: string): Promise<string> {
  const { items } = await api.get<{ items: ClusterView[] }>('/clusters?limit=500');
  const cluster = items.find((one) => one.id === name || one.name === name);
  if (cluster === undefined) throw new Error(`there is no cluster ${name}`);
  await api.post(`/clusters/${cluster.id}/stop`);
  return `stopped: nothing starts on cluster ${cluster.name} any more`;
}
