import type { UseCases } from '@gauntlet/orchestrator/application/use-cases';
import { systemIds } from '@gauntlet/shared/platform/ids';
import type { SqlPool } from '@gauntlet/shared/platform/postgres-pool';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { registerFastCluster, startProduct } from '../support/product.ts';
import { quantile, type Report } from '../support/report.ts';
import { openRig, type Size } from '../support/rig.ts';

const reads = 400;
const few = 200;

/**
 * The time to read a campaign with many attempts stored over that with few: its view is made of its
 * tallies, so it must not matter. Attempts are written by SQL; reads take turns.
 */
export async function benchCampaignRead(size: Size, many: number, report: Report): Promise<void> {
  await using rig = await openRig(size);
  await using product = await startProduct(rig, 1);
  const { useCases } = product;
  const clusterId = await registerFastCluster(useCases, 8);
  const small = await storeCampaign(rig.pool, useCases, { clusterId, attempts: few });
  const large = await storeCampaign(rig.pool, useCases, { clusterId, attempts: many });
  await rig.pool.query('analyze attempt');
  const ms = { small: [] as number[], large: [] as number[] };
  for (let read = 0; read < reads; read += 1) {
    ms.small.push(await timed(() => useCases.getCampaign(small)));
    ms.large.push(await timed(() => useCases.getCampaign(large)));
  }
  const p99 = { few: quantile(ms.small, 0.99), many: quantile(ms.large, 0.99) };
  const p50 = { few: quantile(ms.small, 0.5), many: quantile(ms.large, 0.5) };
  report.add({
    bench: 'GET /campaigns/{id}',
    case: `${size}, p99 with ${many} attempts over ${few}`,
    value: p99.many / p99.few,
    unit: 'ratio',
    target: { atMost: 1.5 },
    parts: { p99FewMs: p99.few, p99ManyMs: p99.many, p50Ratio: p50.many / p50.few },
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** A campaign that is paused at once, and then has so many settled attempts. */
async function storeCampaign(
  pool: SqlPool,
  useCases: UseCases,
  { clusterId, attempts }: { clusterId: string; attempts: number },
): Promise<string> {
  const { id } = await start(useCases, clusterId);
  await pool.query(
    `insert into attempt (id, campaign_id, cluster_id, ordinal, arm, probability, action, vm_id,
       vm_name, source, target, state, outcome, planned_at, started_at, settled_at, settled_seq)
     select gen_random_uuid(), $1, $2, n, 0, 1, 'live-migration', 'vm-' || n % 8, 'vm-' || n % 8,
       'host-0', 'host-1', 'settled', 'clean', now(), now(), now(), nextval('event_seq')
     from generate_series(1000000, 1000000 + $3::int) as n`,
    [id, clusterId, attempts],
  );
  await pool.query(
    `insert into tally (campaign_id, arm, outcome, counted, attempts) values ($1, 0, 'clean', true, $2)
     on conflict (campaign_id, arm, outcome, counted) do update set attempts = excluded.attempts`,
    [id, attempts],
  );
  return id;
}

async function start(useCases: UseCases, clusterId: string): Promise<{ id: string }> {
  const name = `reads ${systemIds.next()}`;
  const campaign = { name, clusterId, settleMs: 0, stop: { attemptsMax: 4 }, seed: 1 };
  let view = await useCases.startCampaign(campaign);
  while (view.state !== 'finished') {
    await systemClock.sleep(50);
    view = await useCases.getCampaign(view.id);
  }
  return view;
}
