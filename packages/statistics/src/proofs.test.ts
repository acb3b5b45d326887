import { expect, test } from 'vitest';
import {
  driftedSerialEnding,
  etaCoversAt,
  interleavedEnding,
  peekedEnding,
  rateMissedSlowly,
  rateMisses,
  registeredEnding,
  type Shares,
  sequenceConfirmedSlowly,
  sequenceEnding,
  summarise,
} from './testing/simulate.ts';

/*
 * The promises, by simulation, sized for every run; `npm run bench:statistics` has them at full
 * size. Seeds are fixed, so these cannot fail by chance; limits leave three standard errors.
 */
const seconds = 30_000;
const p0 = 7.5e-4;
const shareOf = ({ hits, campaigns }: Shares) => hits / campaigns;

test(
  'looking after every migration, the anytime interval misses at most 5 %, the exact one often',
  () => {
    const { anytime, clopperPearson } = rateMisses(2000, { p: p0, n: 20_000 });
    expect(shareOf(anytime)).toBeLessThan(0.05);
    expect(shareOf(anytime)).toBeGreaterThan(0.01);
    expect(shareOf(clopperPearson)).toBeGreaterThan(0.15);
  },
  seconds,
);

test(
  'a fix that does nothing is confirmed in at most alpha of the campaigns',
  () => {
    const rates = { p0, p1: p0, cap: 40_000 };
    const interleaved = summarise(2000, (seed) => interleavedEnding(rates, seed));
    const peeked = summarise(2000, (seed) => peekedEnding(rates, seed));
    const sequence = summarise(500, (seed) => sequenceEnding(rates, 9, seed));
    const registered = summarise(2000, (seed) =>
      registeredEnding(rates, { k0: 3, alpha: 0.05 }, seed),
    );
    expect(interleaved.confirmed / 2000).toBeLessThan(0.05);
    expect(peeked.confirmed / 2000).toBeGreaterThan(0.1);
    expect(sequence.confirmed / 500).toBeLessThan(0.02);
    expect(registered.confirmed / 2000).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 2000));
  },
  seconds,
);

test(
  'rates that fall by themselves fool arms in sequence, not interleaved ones',
  () => {
    const interleaved = summarise(2000, (seed) =>
      interleavedEnding({ p0, p1: p0, cap: 40_000, drift: 0.2 }, seed),
    );
    const serial = summarise(2000, (seed) =>
      driftedSerialEnding({ p0, drift: 0.2 }, { k0: 3, alpha: 0.05 }, seed),
    );
    expect(interleaved.confirmed / 2000).toBeLessThan(0.05);
    expect(serial.confirmed / 2000).toBeGreaterThan(0.2);
  },
  seconds,
);

test(
  'the original scenario ends sooner than its 20,000 migrations',
  () => {
    const rates = { p0, p1: 0, cap: 40_000 };
    const interleaved = summarise(1000, (seed) => interleavedEnding(rates, seed));
    const registered = summarise(1000, (seed) =>
      registeredEnding(rates, { k0: 3, alpha: 0.05 }, seed),
    );
    expect(interleaved.confirmed / 1000).toBeGreaterThan(0.95);
    expect(interleaved.meanMigrations).toBeLessThan(14_500);
    expect(registered.confirmed).toBe(1000);
    expect(registered.meanMigrations).toBeLessThan(12_000);
  },
  seconds,
);

test(
  'the 80 % interval of the next bugcheck holds it in 75 to 85 % of the campaigns',
  () => {
    for (const n of [4000, 12_000]) {
      const covered = shareOf(etaCoversAt(1500, { p: p0, n }));
      expect(covered).toBeGreaterThan(0.75);
      expect(covered).toBeLessThan(0.85);
    }
  },
  seconds,
);

test(
  'the quick looks decide as a look after every migration does',
  () => {
    for (let seed = 1; seed <= 15; seed += 1) {
      const rates = { p0: 0.02, p1: seed % 3 === 0 ? 0.02 : 0.002, cap: 3000 };
      const quick = sequenceEnding(rates, 6, seed).confirmed;
      expect(sequenceConfirmedSlowly(rates, 6, seed), `seed ${seed}`).toBe(quick);
    }
    let misses = 0;
    for (let seed = 1; seed <= 30; seed += 1) {
      if (rateMissedSlowly({ p: 0.01, n: 1000 }, seed)) misses += 1;
    }
    expect(misses).toBe(rateMisses(30, { p: 0.01, n: 1000 }).anytime.hits);
  },
  seconds,
);
