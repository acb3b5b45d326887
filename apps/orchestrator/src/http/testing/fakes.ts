import { createHash } from 'node:crypto';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import type {
  CampaignEvent,
  ChangeFeed,
  IdempotencyStore,
  Role,
  StoredAnswer,
  UseCases,
} from '../../application/use-cases.ts';
import { hashKey } from '../auth.ts';
import type { ServerDeps } from '../deps.ts';

export const knownId = '019a0000-0000-7000-8000-000000000001';
export const unknownId = '019a0000-0000-7000-8000-00000000dead';
export const evidenceBytes = Buffer.from('MEMORY.DMP, the first bytes');
export const evidenceSha256 = createHash('sha256').update(evidenceBytes).digest('hex');

export const aCluster: ClusterView = {
  id: knownId,
  name: 'demo',
  driver: 'simulated',
  options: {},
  createdAt: '2026-11-24T02:13:00.000Z',
  revision: 1,
  stoppedAt: null,
};

const noOutcomes = {
  clean: 0,
  'guest-bugcheck': 0,
  'guest-hang': 0,
  'guest-fault': 0,
  'host-bugcheck': 0,
  'migration-failed': 0,
  'rig-fault': 0,
  indeterminate: 0,
  cancelled: 0,
};

export const aCampaign = {
  id: knownId,
  name: 'storvsc before hotfix',
  state: 'running',
  blockedBecause: null,
  createdAt: '2026-11-24T02:13:00.000Z',
  startedAt: '2026-11-24T02:13:00.000Z',
  endedAt: null,
  config: { name: 'storvsc before hotfix', clusterId: knownId },
  progress: {
    attemptsPlanned: 8,
    attemptsSettled: 3,
    inFlight: 5,
    perHour: 96,
    etaAt: null,
    outcomes: { ...noOutcomes, clean: 3 },
  },
  arms: [],
  verdict: null,
  lastBugcheck: null,
} as unknown as CampaignView;

const emptyPage = { items: [], nextCursor: null };

/** Knows one cluster and one campaign, both under `knownId`; everything else is unknown. */
export function createFakeUseCases(overrides: Partial<UseCases> = {}): UseCases {
  const only = async <View>(id: string, view: View): Promise<View> => {
    if (id === knownId) return view;
    throw new AppError('resource.unknown', `There is nothing with the id ${id}.`);
  };
  const base: Partial<UseCases> = {
    createCluster: async (cluster) => ({ ...aCluster, name: cluster.name }),
    listClusters: async () => ({ items: [aCluster], nextCursor: null }),
    getCluster: (id) => only(id, aCluster),
    changeCluster: (id, change) => only(id, { ...aCluster, ...change } as ClusterView),
    deleteCluster: (id) => only(id, undefined),
    readInventory: (id) => only(id, { takenAt: aCluster.createdAt, hosts: [], vms: [] }),
    readKnownIssues: (id) => only(id, { items: [] }),
    stopCluster: (id) => only(id, { ...aCluster, stoppedAt: aCluster.createdAt }),
    releaseCluster: (id) => only(id, aCluster),
    stopEverything: async () => ({ clusters: 1, campaigns: 1 }),
    startCampaign: async (campaign) => ({ ...aCampaign, name: campaign.name }),
    planCampaign: async () => ({ warnings: [] }) as never,
    listCampaigns: async () => ({ items: [aCampaign], nextCursor: null }),
    getCampaign: (id) => only(id, aCampaign),
    pauseCampaign: (id) => only(id, { ...aCampaign, state: 'paused' as const }),
    resumeCampaign: (id) => only(id, aCampaign),
    stopCampaign: (id) => only(id, { ...aCampaign, state: 'stopping' as const }),
    listAttempts: (id) => only(id, emptyPage),
    getAttempt: (id) => only(id, { id } as never),
    readEvents: async () => [],
    latestEventSeq: async () => 0,
    listBugchecks: async () => emptyPage,
    getBugcheck: (id) => only(id, { id } as never),
    listBuckets: async () => emptyPage,
    getBucket: (id) => only(id, { id } as never),
    changeBucket: (id, change) => only(id, { id, ...change } as never),
    mergeBucket: (id) => only(id, { id } as never),
    splitBucket: (id) => only(id, { id } as never),
    readEvidence: async (sha256) => {
      if (sha256 !== evidenceSha256) throw new AppError('resource.unknown', 'no such evidence');
      return {
        contentType: 'application/octet-stream',
        name: 'MEMORY.DMP',
        sizeBytes: evidenceBytes.length,
        bytes: evidenceBytes,
      };
    },
    readSystem: async () => ({ version: '0.1.0', workers: [] }) as never,
    readReadiness: async () => ({ ready: true, notReady: [] }),
  };
  return { ...base, ...overrides } as UseCases;
}

export interface FakeIdempotency extends IdempotencyStore {
  readonly answers: Map<string, StoredAnswer>;
}

export function createFakeIdempotency(): FakeIdempotency {
  const answers = new Map<string, StoredAnswer>();
  return {
    answers,
    find: async (key) => answers.get(key),
    save: async (key, answer) => {
      answers.set(key, answer);
    },
  };
}

export function createFakeKeys(keys: Readonly<Record<string, Role>> = {}) {
  const byHash = new Map(Object.entries(keys).map(([key, role]) => [hashKey(key), role]));
  return {
    roleOf: async (hash: string) => byHash.get(hash),
    isEmpty: async () => byHash.size === 0,
  };
}

/** An event log with its change feed, as the database and its notices would be. */
export function createFakeEvents() {
  const events: CampaignEvent[] = [];
  const listeners = new Set<() => void>();
  const changeFeed: ChangeFeed = {
    subscribe: (_campaignId, onChange, signal) => {
      listeners.add(onChange);
      signal.addEventListener('abort', () => listeners.delete(onChange), { once: true });
    },
  };
  return {
    changeFeed,
    listeners,
    append: (kind: CampaignEvent['kind'], data: Record<string, unknown> = {}) => {
      events.push({ seq: events.length + 1, kind, at: aCluster.createdAt, data });
    },
    notify: () => {
      for (const listener of listeners) listener();
    },
    useCases: {
      readEvents: async (_id: string, afterSeq: number, limit: number) =>
        events.slice(afterSeq, afterSeq + limit),
      latestEventSeq: async () => events.length,
    },
  };
}

export function createDeps(overrides: Partial<ServerDeps> = {}): ServerDeps {
  return {
    useCases: createFakeUseCases(),
    changeFeed: createFakeEvents().changeFeed,
    idempotency: createFakeIdempotency(),
    apiKeys: createFakeKeys(),
    metrics: { contentType: 'text/plain; version=0.0.4', text: async () => 'gauntlet_up 1\n' },
    log: createSilentLogger(),
    clock: createFakeClock(),
    ...overrides,
  };
}
