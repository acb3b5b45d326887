import { toIso } from '@gauntlet/shared/kernel/instant';
import type { Selectable } from 'kysely';
import type {
  AnalysisStore,
  ComparisonRecord,
  SerialPlanRecord,
} from '../../application/analysis/ports.ts';
import type { Db, SerialPlanTable } from './database.ts';
import { instantOf } from './times.ts';

type Records = Pick<
  AnalysisStore,
  'insertSerialPlan' | 'findSerialPlan' | 'bindSerialPlan' | 'insertComparison' | 'findComparison'
>;

/** Serial plans and comparisons: written once, read whole. */
export function analysisRecords(db: Db): Records {
  return {
    async insertSerialPlan(plan) {
      await db.insertInto('serial_plan').values(toInsert(plan)).execute();
    },
    async findSerialPlan(id) {
      const query = db.selectFrom('serial_plan').selectAll().where('id', '=', id);
      const row = await query.executeTakeFirst();
      return row === undefined ? undefined : toPlan(row);
    },
    async bindSerialPlan(id, campaignId) {
      const update = db.updateTable('serial_plan').set({ candidate_campaign_id: campaignId });
      const free = update
        .where('id', '=', id)
        .where((eb) =>
          eb.or([
            eb('candidate_campaign_id', 'is', null),
            eb('candidate_campaign_id', '=', campaignId),
          ]),
        );
      return (await free.executeTakeFirst()).numUpdatedRows === 1n;
    },
    async insertComparison({ id, createdAt, question }) {
      const row = { id, created_at: toIso(createdAt), question: JSON.stringify(question) };
      await db.insertInto('comparison').values(row).execute();
    },
    async findComparison(id) {
      const query = db.selectFrom('comparison').selectAll().where('id', '=', id);
      const row = await query.executeTakeFirst();
      if (row === undefined) return undefined;
      const question = row.question as ComparisonRecord['question'];
      return { id: row.id, createdAt: instantOf(row.created_at), question };
    },
  };
}

function toInsert(plan: SerialPlanRecord) {
  return {
    id: plan.id,
    registered_at: toIso(plan.registeredAt),
    baseline_campaign_id: plan.baselineCampaignId,
    baseline_arm: plan.baselineArm,
    bucket_id: plan.bucketId,
    bugchecks: plan.bugchecks,
    migrations: plan.migrations,
    alpha: plan.alpha,
    rate_ratio_max: plan.rateRatioMax,
    stages: JSON.stringify(plan.stages),
    candidate_campaign_id: plan.candidateCampaignId,
  };
}

function toPlan(row: Selectable<SerialPlanTable>): SerialPlanRecord {
  return {
    id: row.id,
    registeredAt: instantOf(row.registered_at),
    baselineCampaignId: row.baseline_campaign_id,
    baselineArm: row.baseline_arm,
    bucketId: row.bucket_id,
    bugchecks: row.bugchecks,
    migrations: Number(row.migrations),
    alpha: row.alpha,
    rateRatioMax: row.rate_ratio_max,
    stages: row.stages as SerialPlanRecord['stages'],
    candidateCampaignId: row.candidate_campaign_id,
  };
}
