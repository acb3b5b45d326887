import { toInstant } from '@gauntlet/shared/kernel/instant';
import { expect, test } from 'vitest';
import { createLedger } from './ledger.ts';

const at = toInstant(0);

test('a full ledger drops its oldest entries, keeps its totals and reads on by cursor', () => {
  const ledger = createLedger(100);
  for (let i = 0; i < 1000; i += 1) {
    ledger.append(at, { kind: 'recover', vmId: `${i}`, host: 'h' });
  }
  expect(ledger.totals()).toEqual({ recover: 1000 });
  const kept = ledger.read(0, 10_000);
  expect(kept.length).toBeGreaterThanOrEqual(100);
  expect(kept.length).toBeLessThanOrEqual(113);
  expect(kept.length + ledger.dropped).toBe(1000);
  expect(kept.at(-1)).toMatchObject({ seq: 1000, vmId: '999' });
  expect(ledger.read(990, 5).map((entry) => entry.seq)).toEqual([991, 992, 993, 994, 995]);
  expect(ledger.read(1000, 5)).toEqual([]);
});

test('a ledger goes on from the sequence and totals it is given', () => {
  const ledger = createLedger(10, { seq: 41, totals: { recover: 7 } });
  ledger.append(at, { kind: 'recover', vmId: 'v', host: 'h' });
  expect(ledger.lastSeq).toBe(42);
  expect(ledger.totals()).toEqual({ recover: 8 });
  expect(ledger.read(0, 10)).toHaveLength(1);
  expect(ledger.read(41, 10)).toHaveLength(1);
  expect(ledger.dropped).toBe(0);
});
