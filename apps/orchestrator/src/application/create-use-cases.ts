import type { ChannelChange, NewChannel } from '@gauntlet/shared/contracts/notifications';
import { createAnalysisUseCases } from './analysis/create-analysis-use-cases.ts';
import { changeCluster } from './change-cluster.ts';
import { findCampaign } from './control-campaign.ts';
import { createCluster } from './create-cluster.ts';
import { deleteCluster } from './delete-cluster.ts';
import { findCluster } from './find-cluster.ts';
import { mergeBucket, splitBucket } from './move-buckets.ts';
import {
  changeChannel,
  createChannel,
  deleteChannel,
  getChannel,
  listChannels,
  listDeliveries,
  testChannel,
} from './notify/channels.ts';
import type { Parts } from './parts.ts';
import { pauseCampaign } from './pause-campaign.ts';
import { planCampaign } from './plan-campaign.ts';
import { getAttempt, listAttempts } from './read-attempts.ts';
import {
  changeBucket,
  getBucket,
  getBugcheck,
  listBuckets,
  listBugchecks,
  readEvidence,
} from './read-bugchecks.ts';
import { readInventory } from './read-inventory.ts';
import { readKnownIssues } from './read-known-issues.ts';
import { readLanes } from './read-lanes.ts';
import { readReadiness, readSystem, type SystemFacts } from './read-system.ts';
import { readReport } from './report/read-report.ts';
import { resumeCampaign } from './resume-campaign.ts';
import {
  changeRetention,
  previewRetention,
  readRetention,
  runRetention,
} from './retention/retention.ts';
import {
  changeSchedule,
  createSchedule,
  deleteSchedule,
  findSchedule,
  previewSchedule,
  toScheduleView,
} from './schedules/manage-schedules.ts';
import { startCampaign } from './start-campaign.ts';
import { stopCampaign } from './stop-campaign.ts';
import { releaseCluster, stopCluster } from './stop-cluster.ts';
import { stopEverything } from './stop-everything.ts';
import { readCampaignView } from './to-campaign-view.ts';
import { toClusterView } from './to-cluster-view.ts';
import type { PageRequest, UseCases } from './use-cases.ts';

/** The table of contents: every use case by its name, bound to what it is made of. */
export function createUseCases(parts: Parts, facts: SystemFacts): UseCases {
  return {
    ...clusterUseCases(parts),
    ...campaignUseCases(parts),
    ...scheduleUseCases(parts),
    ...createAnalysisUseCases(parts),
    listAttempts: (campaignId, query) => listAttempts(parts, campaignId, query),
    getAttempt: (id) => getAttempt(parts, id),
    readLanes: (clusterId) => readLanes(parts, clusterId),
    async readEvents(campaignId, afterSeq, limit) {
      await findCampaign(parts, campaignId);
      return parts.stores.events.read(campaignId, afterSeq, limit);
    },
    async latestEventSeq(campaignId) {
      await findCampaign(parts, campaignId);
      return parts.stores.events.latestSeq(campaignId);
    },
    readReport: (id, query) => readReport(parts, id, { query, version: facts.version }),
    listBugchecks: (filter, page) => listBugchecks(parts, filter, page),
    getBugcheck: (id) => getBugcheck(parts, id),
    listBuckets: (page) => listBuckets(parts, page),
    getBucket: (id) => getBucket(parts, id),
    changeBucket: (id, change) => changeBucket(parts, id, change),
    mergeBucket: (id, merge) => mergeBucket(parts, id, merge),
    splitBucket: (id, split) => splitBucket(parts, id, split),
    readEvidence: (sha256) => readEvidence(parts, sha256),
    ...notificationUseCases(parts),
    readRetention: () => readRetention(parts),
    changeRetention: (change) => changeRetention(parts, change),
    previewRetention: () => previewRetention(parts),
    runRetention: () => runRetention(parts),
    readSystem: () => readSystem(parts, facts),
    readReadiness: () => readReadiness(parts, facts),
  };
}

function notificationUseCases(parts: Parts) {
  return {
    createChannel: (channel: NewChannel) => createChannel(parts, channel),
    listChannels: (page: PageRequest) => listChannels(parts, page),
    getChannel: (id: string) => getChannel(parts, id),
    changeChannel: (id: string, change: ChannelChange) => changeChannel(parts, id, change),
    deleteChannel: (id: string) => deleteChannel(parts, id),
    testChannel: (id: string) => testChannel(parts, id),
    listDeliveries: (id: string, query: Parameters<UseCases['listDeliveries']>[1]) =>
      listDeliveries(parts, id, query),
  };
}

type ClusterUseCases = Pick<
  UseCases,
  | 'createCluster'
  | 'listClusters'
  | 'getCluster'
  | 'changeCluster'
  | 'deleteCluster'
  | 'readInventory'
  | 'readKnownIssues'
  | 'stopCluster'
  | 'releaseCluster'
  | 'stopEverything'
>;

function clusterUseCases(parts: Parts): ClusterUseCases {
  return {
    createCluster: (cluster) => createCluster(parts, cluster),
    async listClusters(page) {
      const found = await parts.stores.clusters.list(page);
      return { ...found, items: found.items.map(toClusterView) };
    },
    getCluster: async (id) => toClusterView(await findCluster(parts, id)),
    changeCluster: (id, change) => changeCluster(parts, { id, change }),
    deleteCluster: (id) => deleteCluster(parts, id),
    readInventory: (id, { refresh }) => readInventory(parts, { id, refresh }),
    readKnownIssues: (id) => readKnownIssues(parts, id),
    stopCluster: (id) => stopCluster(parts, id),
    releaseCluster: (id) => releaseCluster(parts, id),
    stopEverything: () => stopEverything(parts),
  };
}

type ScheduleUseCases = Pick<
  UseCases,
  | 'createSchedule'
  | 'listSchedules'
  | 'getSchedule'
  | 'changeSchedule'
  | 'deleteSchedule'
  | 'previewSchedule'
>;

function scheduleUseCases(parts: Parts): ScheduleUseCases {
  return {
    createSchedule: (schedule) => createSchedule(parts, schedule),
    async listSchedules(page) {
      const found = await parts.stores.schedules.list(page);
      return { ...found, items: found.items.map(toScheduleView) };
    },
    getSchedule: async (id) => toScheduleView(await findSchedule(parts, id)),
    changeSchedule: (id, change) => changeSchedule(parts, id, change),
    deleteSchedule: (id) => deleteSchedule(parts, id),
    previewSchedule: (id, count) => previewSchedule(parts, id, count),
  };
}

type CampaignUseCases = Pick<
  UseCases,
  | 'startCampaign'
  | 'planCampaign'
  | 'listCampaigns'
  | 'getCampaign'
  | 'pauseCampaign'
  | 'resumeCampaign'
  | 'stopCampaign'
>;

function campaignUseCases(parts: Parts): CampaignUseCases {
  const view = (campaign: Parameters<typeof readCampaignView>[1]) =>
    readCampaignView(parts, campaign, parts.clock.now());
  return {
    startCampaign: (campaign) => startCampaign(parts, campaign),
    planCampaign: (campaign) => planCampaign(parts, campaign),
    async listCampaigns(filter, page) {
      const found = await parts.stores.campaigns.list(filter, page);
      return { ...found, items: await Promise.all(found.items.map(view)) };
    },
    getCampaign: async (id) => view(await findCampaign(parts, id)),
    pauseCampaign: (id) => pauseCampaign(parts, id),
    resumeCampaign: (id) => resumeCampaign(parts, id),
    stopCampaign: (id) => stopCampaign(parts, id),
  };
}
