import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../e2e/harness/process.ts';
import { chromiumPath, launchBrowser, openPage } from './support/browser.ts';
import { type List, runToVerdict, show } from './support/screens.ts';
import { type Service, startService } from './support/service.ts';

describe.skipIf(chromiumPath === undefined)('with the keyboard alone', () => {
  let service: Service;
  let browser: Browser;
  let page: Page;
  let campaign: CampaignView;

  beforeAll(async () => {
    service = await startService();
    campaign = await runToVerdict(service);
    browser = await launchBrowser();
    ({ page } = await openPage(browser));
    await show(page, service.url);
  });

  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  test('the first stop leads past the navigation, and every stop can be seen', async () => {
    await page.keyboard.press('Tab');
    expect(await focusedText()).toBe('Skip to the content');
    for (let i = 0; i < 25; i += 1) {
      await page.keyboard.press('Tab');
      const outline = await page.evaluate<string>(
        `(({ outlineStyle, outlineWidth }) => outlineStyle + ' ' + outlineWidth)(
          getComputedStyle(document.activeElement))`,
      );
      expect(outline).toMatch(/^(solid|auto) [1-9]/);
    }
  });

  test('g and a letter go to a screen, ? lists them all, Escape closes the list', async () => {
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await press('g', 'c');
    await page.getByRole('heading', { name: 'Crash inbox' }).waitFor();
    await press('g', 'e');
    await page.getByRole('heading', { name: 'Migrations', exact: true }).waitFor();
  });

  test('j and k go through the rows, Enter opens one', async () => {
    await page.locator('[data-rows] tr').nth(2).waitFor();
    await press('j', 'j', 'k');
    expect(await focusedText()).toMatch(/#/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/attempts\//);
  });

  test('keys mean letters where somebody types', async () => {
    await press('g', 'n');
    await page.getByRole('textbox', { name: 'Name' }).focus();
    await page.keyboard.type('gc? Sj');
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('gc? Sj');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('a chart is read with the arrow keys', async () => {
    await show(page, `${service.url}/campaigns/${campaign.id}`);
    await page.getByRole('group', { name: /Rate of bugchecks/ }).focus();
    await page.keyboard.press('End');
    await page.getByText(/exposures of the arm [\d,]+: /).waitFor();
  });

  test('STOP is two presses away on every screen, and can be taken back', async () => {
    await press('g', 'y');
    await page.getByRole('heading', { name: 'System' }).waitFor();
    await page.keyboard.press('Shift+S');
    const dialog = page.getByRole('dialog', { name: 'Stop starting migrations' });
    await dialog.getByRole('button', { name: 'Stop everything now' }).focus();
    await page.keyboard.press('Enter');
    await eventually('every cluster stopped', 5_000, async () => {
      const { items } = await service.get<List<ClusterView>>('/clusters');
      return items.every((cluster) => cluster.stoppedAt !== null);
    });
    await dialog.getByRole('button', { name: 'Release lab' }).focus();
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Stop lab' }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  async function press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await page.keyboard.press(key);
  }

  function focusedText(): Promise<string> {
    return page.evaluate<string>('document.activeElement.textContent');
  }
});
