import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The browser of the machine; undefined where there is none (then these tests are skipped). */
export const chromiumPath = process.env['CHROMIUM_PATH'] ?? places.find((path) => existsSync(path));

export function launchBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('no Chromium on this machine');
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
}

export interface Watched {
  readonly page: Page;
  /** What the page complained about: uncaught errors, and anything the CSP refused. */
  readonly complaints: string[];
}

/** A new page in a profile of its own. */
export async function openPage(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Warning:/.test(message.text())) complaints.push(message.text());
  });
  return { page, complaints };
}
