import { toIso } from '@gauntlet/shared/kernel/instant';
import { type Selectable, sql } from 'kysely';
import type {
  AnalysisStore,
  CellRecord,
  FindingRecord,
  SignatureRecord,
} from '../../application/analysis/ports.ts';
import { analysisRecords } from './analysis-records.ts';
import type { Db, FindingTable } from './database.ts';
import { instantOf } from './times.ts';

export function createAnalysisStore(db: Db): AnalysisStore {
  return { ...writes(db), ...findingReads(db), ...cellReads(db), ...analysisRecords(db) };
}

function writes(db: Db): Pick<AnalysisStore, 'addFindings' | 'addCells'> {
  return {
    async addFindings(findings) {
      if (findings.length === 0) return;
      await db.insertInto('finding').values(findings.map(toInsert)).execute();
    },
    // One statement a batch, whatever the number of cells.
    async addCells(cells) {
      if (cells.length === 0) return;
      const rows = cells.map((cell) => ({
        campaign_id: cell.campaignId,
        arm: cell.arm,
        vm_id: cell.vmId,
        source: cell.source,
        target: cell.target,
        exposures: cell.exposures,
        busy_ms: cell.busyMs,
      }));
      await sql`
        insert into exposure_cell (campaign_id, arm, vm_id, source, target, exposures, busy_ms)
        select campaign_id, arm, vm_id, source, target, exposures, busy_ms
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as cell(
          campaign_id uuid, arm smallint, vm_id text, source text, target text,
          exposures integer, busy_ms double precision)
        on conflict (campaign_id, arm, vm_id, source, target) do update set
          exposures = exposure_cell.exposures + excluded.exposures,
          busy_ms = exposure_cell.busy_ms + excluded.busy_ms`.execute(db);
    },
  };
}

type FindingReads = Pick<
  AnalysisStore,
  'listFindings' | 'listLatestFindings' | 'listSignatures' | 'countFindingsByVm'
>;

function findingReads(db: Db): FindingReads {
  return {
    async listFindings(campaignId, signature, limit) {
      const query = db.selectFrom('finding').selectAll().where('campaign_id', '=', campaignId);
      const own = signature === null ? query : query.where('signature', '=', signature);
      return (await own.orderBy('seq').limit(limit).execute()).map(toFinding);
    },
    async listLatestFindings(campaignId, limit) {
      const query = db.selectFrom('finding').selectAll().where('campaign_id', '=', campaignId);
      const rows = await query.orderBy('seq', 'desc').limit(limit).execute();
      return rows.map(toFinding).reverse();
    },
    async listSignatures(campaignId, limit) {
      const { rows } = await sql<SignatureRow>`
        select finding.signature, finding.bucket_id, coalesce(bucket.title, finding.signature) as title,
          count(*) as findings, min(finding.seq) as first_seq
        from finding left join bucket on bucket.id = finding.bucket_id
        where finding.campaign_id = ${campaignId}
        group by finding.signature, finding.bucket_id, bucket.title
        order by findings desc, first_seq
        limit ${limit}`.execute(db);
      return rows.map(toSignature);
    },
    async countFindingsByVm(campaignId) {
      const query = db.selectFrom('finding').select('vm_id');
      const counted = query.select(({ fn }) => fn.countAll().as('findings'));
      const rows = await counted.where('campaign_id', '=', campaignId).groupBy('vm_id').execute();
      return new Map(rows.map((row) => [row.vm_id, Number(row.findings)]));
    },
  };
}

interface SignatureRow {
  signature: string;
  bucket_id: string | null;
  title: string;
  findings: string | number;
}

function toSignature(row: SignatureRow): SignatureRecord {
  return {
    signature: row.signature,
    bucketId: row.bucket_id,
    title: row.title,
    findings: Number(row.findings),
  };
}

function cellReads(
  db: Db,
): Pick<AnalysisStore, 'readCells' | 'readShares' | 'readLatestShares' | 'saveShares'> {
  return {
    async readCells(campaignId) {
      const query = db.selectFrom('exposure_cell').selectAll();
      const rows = await query.where('campaign_id', '=', campaignId).execute();
      return rows.map(
        (row): CellRecord => ({
          arm: row.arm,
          vmId: row.vm_id,
          source: row.source,
          target: row.target,
          exposures: row.exposures,
          busyMs: row.busy_ms,
        }),
      );
    },
    async readShares(campaignId, { from, to }) {
      const query = db.selectFrom('allocation_block').select(['block', 'shares']);
      const own = query.where('campaign_id', '=', campaignId).where('block', '>=', from);
      const rows = await own.where('block', '<=', to).execute();
      return new Map(rows.map((row) => [row.block, row.shares]));
    },
    async readLatestShares(campaignId) {
      const query = db.selectFrom('allocation_block').select('shares');
      const own = query.where('campaign_id', '=', campaignId).orderBy('block', 'desc').limit(1);
      return (await own.executeTakeFirst())?.shares;
    },
    async saveShares(campaignId, block, shares) {
      await db
        .insertInto('allocation_block')
        .values({ campaign_id: campaignId, block, shares: [...shares] })
        .execute();
    },
  };
}

function toInsert(finding: FindingRecord) {
  return {
    campaign_id: finding.campaignId,
    attempt_id: finding.attemptId,
    signature: finding.signature,
    bucket_id: finding.bucketId,
    arm: finding.arm,
    probability: finding.probability,
    exposures: [...finding.exposures],
    vm_id: finding.vmId,
    source: finding.source,
    target: finding.target,
    settled_at: toIso(finding.settledAt),
  };
}

function toFinding(row: Selectable<FindingTable>): FindingRecord {
  return {
    campaignId: row.campaign_id,
    attemptId: row.attempt_id,
    signature: row.signature,
    bucketId: row.bucket_id,
    arm: row.arm,
    probability: row.probability,
    exposures: row.exposures,
    vmId: row.vm_id,
    source: row.source,
    target: row.target,
    settledAt: instantOf(row.settled_at),
  };
}
