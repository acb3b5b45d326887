import type { HistoricBugcheck } from '@gauntlet/statistics/history';
import { rateSeries } from '@gauntlet/statistics/series';
import { judge } from '@gauntlet/statistics/verdict';
import type { Line } from './table.ts';

const claim = { alpha: 0.05, effectivenessTarget: 0.9, futilityRate: null };
const rounds = 200;

function history(bugchecks: number, migrations: number) {
  const n = migrations / 2;
  const list = Array.from({ length: bugchecks }, (_, j): HistoricBugcheck => {
    const own = Math.floor(((j + 1) * n) / (bugchecks + 1));
    return { arm: j % 5 === 0 ? 1 : 0, r: 0.5, n0: own, n1: own };
  });
  return { bugchecks: list, n0: n, n1: n };
}

/** Milliseconds of processor time a call, the middle one of three batches: others run here too. */
function millisecondsOf(work: () => unknown): number {
  for (let i = 0; i < rounds / 4; i += 1) work();
  const batches = [0, 1, 2].map(() => {
    const start = process.cpuUsage();
    for (let i = 0; i < rounds; i += 1) work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000 / rounds;
  });
  return batches.toSorted((a, b) => a - b)[1] ?? 0;
}

/** What a verdict costs after each settled attempt, and what it depends on. */
export function speed(): Line[] {
  const lines: Line[] = [];
  for (const design of ['interleaved', 'sequence'] as const) {
    const cost = (bugchecks: number, migrations: number) => {
      const given = { design, claim, history: history(bugchecks, migrations) };
      return millisecondsOf(() => judge(given));
    };
    const large = cost(50, 1_000_000);
    const small = cost(50, 1_000);
    const ratio = large / small;
    lines.push({
      proof: `verdict, ${design}`,
      setting: '50 bugchecks in 1,000,000 migrations',
      measured: `${large.toFixed(3)} ms; ${ratio.toFixed(2)} times that in 1,000 migrations`,
      promise: 'under 1 ms, constant in the migrations (ratio below 1.5)',
      holds: large < 1 && ratio < 1.5,
    });
  }
  const bugchecksAt = Array.from({ length: 50 }, (_, j) => 20_000 * (j + 1));
  const chart = millisecondsOf(() =>
    rateSeries({ bugchecksAt, n: 1_000_000, alpha: 0.05, pointsMax: 500 }),
  );
  lines.push({
    proof: 'rate chart',
    setting: '500 points, 50 bugchecks in 1,000,000 migrations',
    measured: `${chart.toFixed(1)} ms`,
    promise: 'for comparison',
    holds: true,
  });
  return lines;
}
