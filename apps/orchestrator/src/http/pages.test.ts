import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer } from './server.ts';
import { createDeps, createFakeKeys } from './testing/fakes.ts';

let dashboardDir = '';

beforeAll(async () => {
  dashboardDir = await mkdtemp(join(tmpdir(), 'gauntlet-dashboard-'));
  await mkdir(join(dashboardDir, 'assets'));
  await writeFile(join(dashboardDir, 'index.html'), '<!doctype html><title>dashboard</title>');
  await writeFile(join(dashboardDir, 'assets', 'index-1a2b3c.js'), 'export {}');
  await writeFile(join(dashboardDir, '.env'), 'SECRET=1');
});

afterAll(() => rm(dashboardDir, { recursive: true }));

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('the dashboard', () => {
  test.each(['/', '/campaigns/some-id', '/buckets?status=new', '/a/b/c'])(
    'is what a browser gets at %s, keys or not',
    async (url) => {
      const apiKeys = createFakeKeys({ k: 'viewer' });
      await using app = createServer(createDeps({ dashboardDir, apiKeys }));
      const response = await app.inject({ url, headers: browser });
      expect(response.statusCode).toBe(200);
      expect(response.body).toContain('<title>dashboard</title>');
      expect(response.headers['cache-control']).toBe('no-cache');
      expect(response.headers['content-security-policy']).toMatch(/^default-src 'self'; /);
      expect(response.headers['content-security-policy']).not.toContain('unsafe');
    },
  );

  test('lets browsers keep hashed files for ever', async () => {
    await using app = createServer(createDeps({ dashboardDir }));
    const response = await app.inject({ url: '/assets/index-1a2b3c.js' });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toMatch(/javascript/);
    expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  test.each(['/api/v1/nothing', '/assets/index-old.js', '/health/nothing', '/metrics/x'])(
    'does not stand in for what is missing at %s',
    async (url) => {
      await using app = createServer(createDeps({ dashboardDir }));
      const response = await app.inject({ url, headers: browser });
      expect([response.statusCode, response.json().code]).toEqual([404, 'resource.unknown']);
    },
  );

  test.each(['/.env', '/assets/../.env', '/%2e%2e/%2e%2e/etc/passwd', '/assets/..%2f.env'])(
    'hands out nothing at %s',
    async (url) => {
      await using app = createServer(createDeps({ dashboardDir }));
      const response = await app.inject({ url });
      expect(response.statusCode).toBe(404);
    },
  );
});

describe('without a dashboard', () => {
  test('/ says what this is and where the API is', async () => {
    await using app = createServer(createDeps());
    const response = await app.inject({ url: '/', headers: browser });
    expect(response.statusCode).toBe(200);
    expect(response.body).toContain('href="/docs"');
  });

  test('other paths are 404 also for browsers', async () => {
    await using app = createServer(createDeps());
    expect((await app.inject({ url: '/campaigns', headers: browser })).statusCode).toBe(404);
  });
});

test('/docs loads nothing from anywhere else', async () => {
  await using app = createServer(createDeps());
  const response = await app.inject({ url: '/docs/' });
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-security-policy']).not.toMatch(/https:|upgrade-insecure/);
  expect(response.body).not.toMatch(/(src|href)="https?:/);
});
