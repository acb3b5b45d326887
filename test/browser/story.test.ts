import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ScheduleView } from '@gauntlet/shared/contracts/schedules';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launchBrowser, openPage } from './support/browser.ts';
import { labOptions } from './support/lab.ts';
import { type List, withNights } from './support/screens.ts';
import { buildDashboard, type Service, startService } from './support/service.ts';

describe.skipIf(chromiumPath === undefined)('from an empty service to a verdict', () => {
  let service: Service;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    buildDashboard();
    service = await startService(withNights);
    browser = await launchBrowser();
    ({ page, complaints } = await openPage(browser));
  });

  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  const menu = (name: string) => page.getByRole('navigation', { name: 'Screens' }).getByText(name);

  test('says that there is nothing yet, and what to do', async () => {
    await page.goto(service.url);
    await page.getByRole('link', { name: 'Plan the first campaign' }).waitFor();
    await page.getByText('the cluster is armed').waitFor();
  });

  test('a cluster is registered, its hosts and VMs appear', async () => {
    await menu('Inventory').click();
    await page.getByText('Name, driver and options').click();
    const form = page.getByRole('region', { name: 'Register a cluster' });
    await form.getByLabel('Name', { exact: true }).fill('lab');
    await form.getByLabel('Options (JSON)', { exact: true }).fill(JSON.stringify(labOptions));
    await form.getByRole('button', { name: 'Register', exact: true }).click();
    await page.getByRole('rowheader', { name: 'dynamic-1' }).first().waitFor();
    await page.getByText('KB2636573').first().waitFor();
  });

  test('a campaign is planned: the plan and the number stand there before anything starts', async () => {
    await menu('New campaign').click();
    await page.getByLabel('Name', { exact: true }).fill('growing disks against fixed ones');
    await page.getByLabel('Cluster', { exact: true }).selectOption({ label: 'lab (simulated)' });
    await page.getByRole('button', { name: 'Add an arm' }).click();
    await tick('Arm baseline', ['dynamic-1', 'dynamic-2', 'dynamic-3']);
    await tick('Arm fixed', ['fixed-1', 'fixed-2', 'fixed-3']);
    await page.getByLabel('Placement', { exact: true }).selectOption('random');
    await page.getByLabel('After this many attempts', { exact: true }).fill('5000');
    await page.getByLabel('Once a verdict on the fix').check();
    await page.getByLabel('Settle window, s', { exact: true }).fill('0.5');
    await page.getByLabel('Unhealthy VMs at most', { exact: true }).fill('6');
    const plan = page.getByRole('region', { name: 'The plan' });
    await plan.getByText('5,000', { exact: true }).waitFor();
    await plan.getByText('3 VMs: dynamic-1').waitFor();
    expect((await service.get<List<CampaignView>>('/campaigns')).items).toEqual([]);
  });

  test('the shell lines show the same request', async () => {
    const start = page.getByRole('region', { name: 'Start', exact: true });
    await start.getByText('The same from a shell').click();
    const curl = await start
      .getByRole('region', { name: 'Start the campaign with cURL' })
      .innerText();
    expect(curl).toContain(`curl -sS -X POST '${service.url}/api/v1/campaigns'`);
    expect(curl).toContain('"attemptsMax": 5000');
  });

  test('the form comes back after a reload: it lives in the URL', async () => {
    await page.reload();
    await page
      .getByRole('region', { name: 'The plan' })
      .getByText('5,000', { exact: true })
      .waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe(
      'growing disks against fixed ones',
    );
  });

  test('it runs until the verdict, said in one sentence', async () => {
    await page.getByRole('button', { name: 'Start the campaign' }).click();
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
    await page.getByText('event stream connected').waitFor();
    await page
      .getByText(/lower rate confirmed|target confirmed/)
      .first()
      .waitFor({ timeout: 90_000 });
    await page.getByText('finished').first().waitFor({ timeout: 30_000 });
    const sentence = await page.getByRole('region', { name: 'Verdict' }).innerText();
    const [campaign] = (await service.get<List<CampaignView>>('/campaigns')).items;
    expect(sentence).toContain(campaign?.verdict?.sentence);
    await page.getByRole('group', { name: /Evidence for the fix/ }).waitFor();
  });

  test('the crash is decoded, judged and noted', async () => {
    await menu('Crash inbox').click();
    await page.getByRole('link', { name: /storvsc!StorChannelVmbusCallback/ }).click();
    await page.getByText('address referenced').waitFor();
    await page.getByText('+0x2b8').waitFor();
    await page.getByLabel('Status', { exact: true }).selectOption('triaged');
    await page.getByLabel('Note', { exact: true }).fill('case 114-77');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Saved' }).waitFor();
    await menu('Crash inbox').click();
    await page.getByText('case 114-77').waitFor();
  });

  test('the migrations are filtered, and the filter is an address', async () => {
    await menu('Migrations').click();
    await page.getByLabel('Outcome', { exact: true }).selectOption('guest-bugcheck');
    await page.waitForURL(/outcome=guest-bugcheck/);
    const rows = page.getByRole('region', { name: 'Attempts' }).locator('tbody tr');
    await rows.first().getByText('guest bugcheck').waitFor();
    expect(await rows.getByText('clean', { exact: true }).count()).toBe(0);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV of this filter' }).click(),
    ]);
    const text = await (await download.createReadStream()).setEncoding('utf8').toArray();
    expect(text.join('').trimEnd().split('\r\n').length).toBe((await rows.count()) + 1);
  });

  test('the two arms are compared', async () => {
    await menu('Compare').click();
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.waitForURL(/comparison=/);
    await page.getByRole('region', { name: 'Rate ratio' }).getByText('no difference').waitFor();
  });

  test('the factor is found', async () => {
    await menu('Matrix and factors').click();
    await page.getByRole('rowheader', { name: 'Disk format' }).waitFor();
    await page.getByRole('region', { name: /Rate by/ }).waitFor();
  });

  test('the same starts every night, and can be paused', async () => {
    await menu('Nights').click();
    await page.getByText('Nothing starts by itself').waitFor();
    const form = page.getByRole('region', { name: 'New schedule' });
    await form.getByLabel('Name', { exact: true }).fill('nightly');
    await form.getByLabel('When (cron)').fill('30 2 * * *');
    await form.getByLabel('Time zone').fill('Europe/Berlin');
    await form.getByRole('button', { name: 'Make the schedule' }).click();
    const row = page.getByRole('row', { name: /^nightly/ });
    await row
      .getByText(/02:30 GMT\+[12]/)
      .first()
      .waitFor();
    await row.getByRole('button', { name: 'Pause nightly' }).click();
    await row.getByRole('button', { name: 'Resume nightly' }).waitFor();
    await row.getByText('paused', { exact: true }).waitFor();
    const [schedule] = (await service.get<List<ScheduleView>>('/schedules')).items;
    expect(schedule).toMatchObject({ name: 'nightly', paused: true, nextAt: null });
  });

  test('a channel without its secret is refused; with it, a test says what became of it', async () => {
    await page.getByText('Nobody is told').waitFor();
    const form = page.getByRole('region', { name: 'New channel' });
    await form.getByLabel('Name', { exact: true }).fill('phone');
    await form.getByLabel('Address').fill('http://127.0.0.1:9/');
    await form.getByLabel('Name of its secret').fill('day-hook');
    await form.getByRole('button', { name: 'Make the channel' }).click();
    await form.getByRole('alert').getByText('GAUNTLET_SECRET_DAY_HOOK').waitFor();
    await form.getByLabel('Name of its secret').fill('night-hook');
    await form.getByRole('button', { name: 'Make the channel' }).click();
    const row = page.getByRole('row', { name: /^phone/ });
    await row.getByText('nothing yet').waitFor();
    await row.getByRole('button', { name: 'Test phone' }).click();
    await row.getByText(/ECONNREFUSED/).waitFor();
  });

  test('nothing was refused by the content security policy, nothing was thrown', () => {
    expect(complaints).toEqual([]);
  });

  async function tick(arm: string, vms: readonly string[]): Promise<void> {
    const group = page.getByRole('group', { name: arm, exact: true });
    for (const vm of vms)
      await group.getByRole('checkbox', { name: new RegExp(`^${vm} `) }).check();
  }
});
