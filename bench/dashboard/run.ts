import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { createTestDatabase, testDatabaseUrl } from '@gauntlet/shared/testing/test-services';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from '../../test/browser/support/browser.ts';
import { runToVerdict } from '../../test/browser/support/screens.ts';
import { buildDashboard, type Service, startService } from '../../test/browser/support/service.ts';
import { median } from '../support/report.ts';
import { fillAttempts } from './fill.ts';
import { startFlood } from './flood.ts';

// How long people wait for Mission control and a campaign of a million attempts, against the same
// answers fetched by an empty page in the same run; and what an update costs when they pour in.

const attempts = 1_000_000;
const rounds = 5;
const updatesPerSecond = 200;
const floodMs = 10_000;
const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  if (testDatabaseUrl === undefined) {
    throw new Error('name a PostgreSQL server in GAUNTLET_TEST_DATABASE_URL');
  }
  buildDashboard();
  await using database = await createTestDatabase();
  await using service = await startService({ DATABASE_URL: database.url });
  const campaign = await runToVerdict(service);
  await fillAttempts(database.url, campaign.id, attempts);
  const browser = await launchBrowser();
  try {
    const stored = await service.get<CampaignView>(`/campaigns/${campaign.id}`);
    say(`${stored.progress.attemptsSettled.toLocaleString('en')} attempts stored\n`);
    say('| page | first useful paint, ms | interactive, ms | bare fetches, ms | ratio |');
    say('|---|---|---|---|---|');
    await timePage(browser, service, {
      name: 'Mission control',
      path: '/',
      useful: campaign.name,
      reads: ['/campaigns?limit=100', '/clusters?limit=500'],
    });
    await timePage(browser, service, {
      name: 'Campaign',
      path: `/campaigns/${campaign.id}`,
      useful: 'Outcomes',
      reads: [`/campaigns/${campaign.id}`],
    });
    await timePage(browser, service, {
      name: 'Migrations',
      path: `/migrations?campaign=${campaign.id}`,
      useful: '#999,999',
      reads: [`/campaigns/${campaign.id}/attempts?order=newest&limit=100`],
    });
    await timeUpdates(browser, service, stored);
  } finally {
    await browser.close();
  }
}

interface TimedPage {
  readonly name: string;
  readonly path: string;
  /** Text that is there once the page is of use. */
  readonly useful: string;
  /** What the page must at least have read for that. */
  readonly reads: readonly string[];
}

async function timePage(browser: Browser, service: Service, timed: TimedPage): Promise<void> {
  const useful: number[] = [];
  const interactive: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await fetchBare(browser, service, timed.reads));
    // A new profile each time: nothing is cached.
    const { page } = await openPage(browser);
    await page.addInitScript(observeLongTasks);
    await page.goto(service.url + timed.path, { waitUntil: 'commit' });
    await page.getByText(timed.useful).first().waitFor();
    useful.push(await now(page));
    await page.waitForTimeout(1_000);
    const lastTask = await page.evaluate<number>('globalThis.lastLongTaskEndMs');
    interactive.push(Math.max(useful.at(-1) ?? 0, lastTask));
    await page.context().close();
  }
  const [a, b, c] = [useful, interactive, bare].map(median) as [number, number, number];
  say(
    `| ${timed.name} | ${a.toFixed(0)} | ${b.toFixed(0)} | ${c.toFixed(0)} | ${(a / c).toFixed(1)} |`,
  );
}

const observeLongTasks = `
  globalThis.lastLongTaskEndMs = 0;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      globalThis.lastLongTaskEndMs = startTime + duration;
  }).observe({ type: 'longtask', buffered: true });`;

/** The same answers, fetched one after the other by a page that shows nothing. */
async function fetchBare(
  browser: Browser,
  service: Service,
  reads: readonly string[],
): Promise<number> {
  const { page } = await openPage(browser);
  await page.goto(`${service.url}/favicon.svg`, { waitUntil: 'commit' });
  const startMs = await now(page);
  for (const path of reads) {
    await page.evaluate<string>(`fetch('/api/v1${path}').then((answer) => answer.text())`);
  }
  const ms = (await now(page)) - startMs;
  await page.context().close();
  return ms;
}

async function timeUpdates(browser: Browser, service: Service, known: CampaignView): Promise<void> {
  const { config: _config, name: _name, id, ...rest } = known;
  await using flood = await startFlood(service.url, updatesPerSecond, (sent) => ({
    campaignId: id,
    ...rest,
    progress: { ...rest.progress, attemptsSettled: rest.progress.attemptsSettled + sent },
  }));
  const { page } = await openPage(browser);
  await page.goto(`${flood.url}/campaigns/${id}`);
  await page.getByText('event stream connected').waitFor();
  await page.waitForTimeout(1_000);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const scripting = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1_000 * (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? 0);
  };
  const beforeMs = await scripting();
  await page.waitForTimeout(floodMs);
  const spentMs = (await scripting()) - beforeMs;
  const updates = (updatesPerSecond * floodMs) / 1_000;
  say(
    `\n${updatesPerSecond} updates a second: ${(spentMs / updates).toFixed(3)} ms of scripting each, ` +
      `${((100 * spentMs) / floodMs).toFixed(1)} % of one core`,
  );
}

function now(page: Page): Promise<number> {
  return page.evaluate<number>('performance.now()');
}

await main();
