import { expectClose, vectors } from '@gauntlet/statistics/testing/vectors';
import { afterAll, describe, expect, test } from 'vitest';
import { createServer } from './server.ts';
import { createDeps, createFakeKeys } from './testing/fakes.ts';

const app = createServer(createDeps());
afterAll(() => app.close());

async function ask(route: string, payload: unknown) {
  const answer = await app.inject({
    method: 'POST',
    url: `/api/v1/analysis/${route}`,
    payload: payload as object,
  });
  return { status: answer.statusCode, body: answer.json() };
}

describe('POST /analysis/{method}', () => {
  test.each(vectors.map((row) => [`${row.method} ${JSON.stringify(row.inputs)}`, row] as const))(
    '%s',
    async (_, { method, inputs, expected, tolerance }) => {
      const { status, body } = await ask(method.replaceAll('_', '-'), inputs);
      if (expected['error'] === true) {
        expect([400, 422]).toContain(status);
        expect(body.errors.length).toBeGreaterThan(0);
        return;
      }
      expect(status).toBe(200);
      for (const [key, value] of Object.entries(expected)) {
        expectClose(body[key], value, { key, tolerance });
      }
    },
  );

  test('a body of the wrong shape is 400, an impossible one 422, each with every fault', async () => {
    const malformed = await ask('clopper-pearson', { k: '1', n: 2.5, alfa: 0.05 });
    expect(malformed.status).toBe(400);
    expect(malformed.body.errors.map((fault: { pointer: string }) => fault.pointer)).toEqual(
      expect.arrayContaining(['/k', '/n', '/alfa', '/alpha']),
    );
    const impossible = await ask('clopper-pearson', { k: 5, n: 3, alpha: 2 });
    expect(impossible.status).toBe(422);
    expect(impossible.body.errors.map((fault: { pointer: string }) => fault.pointer)).toEqual([
      '/k',
      '/alpha',
    ]);
  });

  test('a method nobody knows is 404', async () => {
    expect((await ask('fortune-telling', {})).status).toBe(404);
  });

  test('one who may read may calculate', async () => {
    await using closed = createServer(createDeps({ apiKeys: createFakeKeys({ eye: 'viewer' }) }));
    const answer = await closed.inject({
      method: 'POST',
      url: '/api/v1/analysis/rule-of-three',
      headers: { authorization: 'Bearer eye' },
      payload: { n: 8000, alpha: 0.05 },
    });
    expect(answer.statusCode).toBe(200);
  });
});

describe('POST /analysis/rate', () => {
  test('answers both intervals and the sentence', async () => {
    const { body } = await ask('rate', { bugchecks: 0, migrations: 8000 });
    expect(body).toMatchObject({ estimate: 0, alpha: 0.05, exact: { lower: 0 } });
    expect(body.upperOneSided).toBeCloseTo(0.00037439643, 10);
    expect(body.anytime.upper).toBeCloseTo(0.000484822, 8);
    expect(body.sentence).toBe(
      '0 bugchecks in 8,000 migrations; the rate is below 1 in 2,671 (95 %).',
    );
  });

  test('names the client’s own fields when the numbers are impossible', async () => {
    const { status, body } = await ask('rate', { bugchecks: 9, migrations: 8 });
    expect(status).toBe(422);
    expect(body.errors).toEqual([
      { pointer: '/bugchecks', detail: expect.stringContaining('at most') },
    ]);
  });

  test('no migrations are no error', async () => {
    const { body } = await ask('rate', { bugchecks: 0, migrations: 0 });
    expect(body).toMatchObject({ estimate: null, exact: { lower: 0, upper: 1 } });
  });
});

const seed = {
  baseline: { bugchecks: 9, migrations: 12_000 },
  candidate: { bugchecks: 0, migrations: 8000 },
  alpha: 0.05,
};

describe('POST /analysis/compare', () => {
  test('the original story at a planned look', async () => {
    const { body } = await ask('compare', { ...seed, design: 'planned' });
    expect(body).toMatchObject({ state: 'confirmed', cleanNeeded: 4740 });
    expect(body.pValue).toBeCloseTo(0.010077696, 9);
    expect(body.sentence).toBe(
      '0 bugchecks in 8,000 migrations; the rate is below 1 in 2,671 (95 %). ' +
        'Against 9 in 12,000 before, p = 0.010; effectiveness at least 41 %. Not shown: fixed.',
    );
  });

  test('the same numbers, peeked at, are inconclusive', async () => {
    const { body } = await ask('compare', { ...seed, design: 'sequence' });
    expect(body.state).toBe('inconclusive');
    expect(body.eValue).toBeCloseTo(3.5156, 3);
    expect(body.rateRatio.anytime.upper).toBeCloseTo(1.53245, 4);
  });

  test('interleaved arms need the order only when both bugchecked', async () => {
    const clean = await ask('compare', { ...seed, design: 'interleaved' });
    expect(clean.body.state).toBe('confirmed');
    const both = { ...seed, candidate: { bugchecks: 1, migrations: 8000 }, design: 'interleaved' };
    const refused = await ask('compare', both);
    expect(refused.status).toBe(422);
    expect(refused.body.errors[0].pointer).toBe('/order');
    const order = ['candidate', ...Array.from({ length: 9 }, () => 'baseline')];
    expect((await ask('compare', { ...both, order })).status).toBe(200);
    const short = await ask('compare', { ...both, order: order.slice(1) });
    expect(short.status).toBe(422);
  });

  test('"eliminated" is refuted by one bugcheck', async () => {
    const body = { ...seed, candidate: { bugchecks: 1, migrations: 8000 }, effectivenessTarget: 1 };
    for (const design of ['planned', 'sequence']) {
      expect((await ask('compare', { ...body, design })).body.state).toBe('refuted');
    }
  });

  test('nothing seen anywhere is no error', async () => {
    const none = { bugchecks: 0, migrations: 0 };
    for (const design of ['planned', 'sequence', 'interleaved']) {
      const { status, body } = await ask('compare', { baseline: none, candidate: none, design });
      expect(status).toBe(200);
      expect(body).toMatchObject({ state: 'inconclusive', cleanNeeded: 'Infinity' });
    }
  });
});

describe('POST /analysis/plan', () => {
  const night = { probability: 0.95, migrationsPerHour: 96, hoursPerNight: 10 };

  test('with the rate unknown it says what the migrations find, and in how many nights', async () => {
    const { body } = await ask('plan', { migrations: 12_000, ...night });
    expect(body.sentence).toBe(
      'Rate unknown: 12,000 migrations find a rate of 1 in 4,006 or more with 95 %; ' +
        'at 96 an hour in a 10-hour night that is 13 nights.',
    );
    expect(body.budget).toEqual({ migrations: 12_000, hours: 125, nights: 13 });
  });

  test('with counts it forecasts, and says what is cautious', async () => {
    const { body } = await ask('plan', { bugchecks: 9, migrations: 12_000, ...night });
    expect(body.plugIn.migrations).toBe(3993);
    expect(body.predictive.migrations).toBe(4448);
    expect(body.cautious.migrations).toBeGreaterThan(4448);
  });

  test('with a known rate it is the textbook number', async () => {
    const { body } = await ask('plan', { rate: 0.00075, probability: 0.95 });
    expect(body.plugIn).toEqual({ migrations: 3993, hours: null, nights: null });
  });

  test('without a bugcheck there is no finite guarantee', async () => {
    const { body } = await ask('plan', { bugchecks: 0, migrations: 8000, probability: 0.95 });
    expect(body.cautious.migrations).toBe('Infinity');
    expect(body.sentence).toContain('no forecast');
  });

  test('nothing to go by, or half of it, is refused', async () => {
    expect((await ask('plan', { probability: 0.95 })).status).toBe(422);
    expect((await ask('plan', { bugchecks: 1, probability: 0.95 })).status).toBe(422);
    expect((await ask('plan', { bugchecks: 9, migrations: 1 })).status).toBe(422);
  });
});
