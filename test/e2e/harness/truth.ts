import type { AttemptView } from '@gauntlet/shared/contracts/attempts';
import type { BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { InventoryView } from '@gauntlet/shared/contracts/clusters';
import { expect } from 'vitest';
import type { ApiClient } from '../../../tools/api-client.ts';
import { eventually } from './process.ts';
import type { World } from './world.ts';

/** An entry of the simulator's ledger: only what the rules are held against. */
export interface LedgerEntry {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly attemptId: string | null;
  readonly vmId: string;
  readonly source: string;
  readonly target: string;
  readonly beganAt: number;
  readonly result: string;
  readonly reason: string;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

const pagesMax = 1_000;

async function readAll<Item>(api: ApiClient, path: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor = '';
  for (let page = 0; page < pagesMax; page += 1) {
    const answer = await api.get<Page<Item>>(`${path}&limit=500${cursor}`);
    items.push(...answer.items);
    if (answer.nextCursor === null) return items;
    cursor = `&cursor=${encodeURIComponent(answer.nextCursor)}`;
  }
  throw new Error(`${path} has more than ${pagesMax} pages`);
}

export function readAttempts(api: ApiClient, campaignId: string): Promise<AttemptView[]> {
  return readAll(api, `/campaigns/${campaignId}/attempts?`);
}

export function readBugchecks(api: ApiClient, campaignId: string): Promise<BugcheckView[]> {
  return readAll(api, `/bugchecks?campaignId=${campaignId}`);
}

export async function readLedger({ simulatorUrl }: World, clusterId: string) {
  const entries: LedgerEntry[] = [];
  for (let page = 0; page < pagesMax; page += 1) {
    const after = entries.at(-1)?.seq;
    const query = `limit=10000${after === undefined ? '' : `&after=${after}`}`;
    const response = await fetch(`${simulatorUrl}/clusters/${clusterId}/ledger?${query}`);
    const answer = (await response.json()) as { entries: LedgerEntry[] };
    if (answer.entries.length === 0) return entries;
    entries.push(...answer.entries);
  }
  throw new Error('the ledger does not end');
}

export async function waitForEnd(
  { api, output }: Pick<World, 'api' | 'output'>,
  campaignId: string,
  withinMs: number,
): Promise<CampaignView> {
  let view: CampaignView | undefined;
  await eventually(`the end of campaign ${campaignId}`, withinMs, async () => {
    view = await api.get<CampaignView>(`/campaigns/${campaignId}`);
    return view.state === 'finished' || view.state === 'stopped';
  }).catch((cause: unknown) => {
    const { state, blockedBecause, progress } = view ?? {};
    const seen = JSON.stringify({ state, blockedBecause, progress });
    throw new Error(`${String(cause)}\n${seen}\n${output()}`, { cause });
  });
  if (view === undefined) throw new Error('never seen');
  return view;
}

/** Rule 1: the cluster refused nothing, and no VM's migrations overlap. */
export function expectNothingForbidden(ledger: readonly LedgerEntry[]): void {
  expect(ledger.filter((entry) => entry.kind === 'refused')).toEqual([]);
  const lastEndOf = new Map<string, number>();
  for (const entry of ledger.filter(({ kind }) => kind === 'migration')) {
    expect(entry.beganAt).toBeGreaterThanOrEqual(lastEndOf.get(entry.vmId) ?? 0);
    lastEndOf.set(entry.vmId, entry.at);
  }
}

/** Rule 2: each ordinal once, every attempt settled, the tallies equal a recount. */
export function expectSettledOnce(
  campaign: CampaignView,
  attempts: readonly AttemptView[],
  bugchecks: readonly BugcheckView[],
): void {
  expect(new Set(attempts.map(({ ordinal }) => ordinal)).size).toBe(attempts.length);
  expect(attempts.filter(({ state }) => state !== 'settled')).toEqual([]);
  const counts = Object.entries(campaign.progress.outcomes).filter(([, count]) => count > 0);
  const recount = Object.entries(Object.groupBy(attempts, ({ outcome }) => outcome ?? 'none'));
  expect(Object.fromEntries(counts)).toEqual(
    Object.fromEntries(recount.map(([outcome, group]) => [outcome, group?.length ?? 0])),
  );
  const crashed = attempts.filter(({ bugcheckId }) => bugcheckId !== null);
  expect(bugchecks.map(({ attemptId }) => attemptId).toSorted()).toEqual(
    crashed.map(({ id }) => id).toSorted(),
  );
}

/**
 * Rules 2 and 5 against the truth: whatever was recorded as a finding or as clean happened once, and
 * whatever happened was recorded, if only as `indeterminate`.
 */
export function expectRecordsMatchLedger(
  attempts: readonly AttemptView[],
  ledger: readonly LedgerEntry[],
): void {
  const byAttempt = Map.groupBy(ledger, ({ attemptId }) => attemptId ?? '');
  const known = new Set(attempts.map(({ id }) => id));
  const migrations = ledger.filter(({ kind }) => kind === 'migration');
  expect(migrations.filter(({ attemptId }) => !known.has(attemptId ?? ''))).toEqual([]);
  for (const attempt of attempts) {
    const facts = byAttempt.get(attempt.id) ?? [];
    const moved = facts.filter(({ kind }) => kind === 'migration');
    const crashed = facts.some(({ kind }) => kind === 'bugcheck');
    const seen = `${attempt.id} ${attempt.outcome} ${attempt.reason ?? ''}: ${JSON.stringify(facts)}`;
    expect(moved.length, seen).toBeLessThanOrEqual(1);
    switch (attempt.outcome) {
      case 'clean':
        expect(moved[0]?.result, seen).toBe('completed');
        expect(crashed, seen).toBe(false);
        break;
      case 'guest-bugcheck':
        expect(crashed, seen).toBe(true);
        break;
      case 'migration-failed':
        expect(moved[0]?.result, seen).toBe('failed');
        break;
      case 'cancelled':
        expect(moved, seen).toEqual([]);
        break;
      default:
        // indeterminate and rig-fault claim nothing about what happened.
        expect(['indeterminate', 'rig-fault'], seen).toContain(attempt.outcome);
    }
  }
}

/** Rule 3: where the orchestrator believes each VM to be is where it is. */
export async function expectPlacementsMatch(world: World, clusterId: string): Promise<void> {
  const believed = await world.api.get<InventoryView>(`/clusters/${clusterId}/inventory`);
  const asked = await world.api.get<InventoryView>(`/clusters/${clusterId}/inventory?refresh=true`);
  const placement = ({ vms }: InventoryView) =>
    vms.map(({ id, host }) => `${id} on ${host}`).toSorted();
  expect(placement(believed)).toEqual(placement(asked));
}
