import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../e2e/harness/process.ts';
import { chromiumPath, launchBrowser, openPage } from './support/browser.ts';
import { registerLab, twoArms } from './support/screens.ts';
import { type Service, startService } from './support/service.ts';

describe.skipIf(chromiumPath === undefined)('when the service is killed', () => {
  let service: Service;
  let browser: Browser;

  beforeAll(async () => {
    service = await startService();
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  test('an open campaign says within five seconds that it is stale, and goes on by itself', async () => {
    const cluster = await registerLab(service);
    const campaign = await service.post<CampaignView>('/campaigns', {
      ...twoArms(cluster.id),
      limits: { concurrency: 1 },
      stop: { attemptsMax: 100_000 },
    });
    const { page } = await openPage(browser);
    await page.goto(`${service.url}/campaigns/${campaign.id}`);
    await page.getByText('event stream connected').waitFor();

    await service.kill();
    const killedMs = performance.now();
    await page.getByText('Stale:').waitFor({ timeout: 10_000 });
    const silentMs = performance.now() - killedMs;
    expect(silentMs).toBeLessThan(5_500);
    // What was known stays on the screen, STOP too.
    await page.getByRole('heading', { name: campaign.name }).waitFor();
    await page.getByRole('button', { name: 'STOP' }).waitFor();
    const before = await settled(page);

    await service.restart();
    await page.getByText('Stale:').waitFor({ state: 'detached', timeout: 20_000 });
    await page.getByText('event stream connected').waitFor();
    await eventually('more exposures', 30_000, async () => (await settled(page)) > before);
  });

  async function settled(page: Page): Promise<number> {
    const meter = page.getByRole('meter', { name: 'Attempts settled' });
    return Number(await meter.getAttribute('aria-valuenow'));
  }
});
