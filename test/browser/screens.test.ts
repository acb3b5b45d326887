import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launchBrowser, openPage } from './support/browser.ts';
import { prepareNights, runToVerdict, screenPaths, show, withNights } from './support/screens.ts';
import { buildDashboard, builtDashboard, type Service, startService } from './support/service.ts';

const screenshots = join(import.meta.dirname, '../../screenshots');
const firstLoadKibMax = 110;

/** 200 % zoom of a 1280 pixel wide window lays out like 640 pixels at twice the density. */
const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1360, height: 900 }, density: 1 },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1360, height: 900 }, density: 1 },
  { name: 'phone', colorScheme: 'light', viewport: { width: 380, height: 800 }, density: 1 },
  { name: 'zoom', colorScheme: 'dark', viewport: { width: 640, height: 450 }, density: 2 },
] as const;

describe('the built files', () => {
  test(`load at most ${firstLoadKibMax} KiB of script first, compressed`, () => {
    buildDashboard();
    const html = readFileSync(join(builtDashboard, 'index.html'), 'utf8');
    const scripts = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(
      ([, path]) => path ?? '',
    );
    expect(scripts.length).toBeGreaterThan(0);
    const bytes = scripts.reduce(
      (sum, path) => sum + gzipSync(readFileSync(join(builtDashboard, path))).byteLength,
      0,
    );
    expect(bytes / 1024).toBeLessThanOrEqual(firstLoadKibMax);
  });

  test('name no other origin', () => {
    const html = readFileSync(join(builtDashboard, 'index.html'), 'utf8');
    expect(html).not.toMatch(/(?:src|href)="https?:/);
  });
});

describe.skipIf(chromiumPath === undefined)('every screen', () => {
  let service: Service;
  let browser: Browser;
  let paths: Readonly<Record<string, string>>;

  beforeAll(async () => {
    mkdirSync(screenshots, { recursive: true });
    service = await startService(withNights);
    await runToVerdict(service);
    await prepareNights(service);
    paths = await screenPaths(service);
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  // Side by side: each has a page of its own, and a browser draws with more than one core.
  test.concurrent.each(looks)(
    'has no serious accessibility finding and fits: $name',
    async (look) => {
      const { colorScheme, viewport, density } = look;
      const { page, complaints } = await openPage(browser, {
        colorScheme,
        viewport,
        deviceScaleFactor: density,
        reducedMotion: 'reduce',
      });
      const findings: string[] = [];
      for (const [name, path] of Object.entries(paths)) {
        await show(page, service.url + path);
        if (name === 'campaign') await page.locator('canvas').first().waitFor();
        await page.screenshot({
          path: join(screenshots, `${name}-${look.name}.png`),
          fullPage: true,
        });
        // What axe finds depends on the scheme, hardly on the width: once a scheme is enough.
        if (density === 1 && viewport.width > 380) {
          findings.push(...(await findSerious(page)).map((finding) => `${name}: ${finding}`));
        }
        const beyond = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        if (beyond > 0) findings.push(`${name}: ${beyond} px wider than the window`);
      }
      expect(findings).toEqual([]);
      expect(complaints).toEqual([]);
    },
    300_000,
  );

  test('says what an unknown address is, and what an unknown thing is', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${service.url}/no/such/screen`);
    await page.getByText('There is no such screen').waitFor();
    await page.goto(`${service.url}/campaigns/019a0000-0000-7000-8000-00000000dead`);
    await page.getByText('There is no such thing').waitFor();
  });
});

describe.skipIf(chromiumPath === undefined)('with API keys', () => {
  test('a screen asks for a key, takes it, and keeps it out of the address', async () => {
    const key = 'a-key-for-the-browser-test-0123456789abcdef';
    await using service = await startService({
      GAUNTLET_API_KEYS: `browser:viewer:${createHash('sha256').update(key).digest('hex')}`,
    });
    const browser = await launchBrowser();
    const { page } = await openPage(browser);
    await page.goto(service.url);
    await page.getByText('This service asks for an API key').first().waitFor();
    await page.getByLabel('API key').first().fill(key);
    await page.getByRole('button', { name: 'Use this key' }).first().click();
    await page.getByText('the cluster is armed').waitFor();
    expect(page.url()).not.toContain(key);
    await browser.close();
  });
});

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** Through the debugger, which the page's content security policy does not bind. */
async function findSerious(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResult;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)} ${nodes[0]?.failureSummary ?? ''}`,
    );
}
