/** Makes the pictures of docs/pictures: the page of `airlock explore` draws them itself, of shipped captures, in the Chromium of test/browser. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { CHROMIUM } from '../test/browser/browser.ts';
import { withServed } from '../test/browser/served.ts';

const FOLDER = 'docs/pictures';
if (CHROMIUM === null) throw new Error('Chromium is missing: run test/browser/install');

/** Saves a drawing of the page as the page gives it away. */
async function saveDrawing(page: Page, picture: string, name: string): Promise<void> {
  const figure = page.locator(`[data-picture="${picture}"]`).first();
  const [file] = await Promise.all([page.waitForEvent('download'), figure.getByRole('button', { name: /SVG/ }).click()]);
  await file.saveAs(join(FOLDER, name));
}

async function openDevice(page: Page, capture: string, address: string): Promise<void> {
  await page.locator(`[data-example="${capture}"]`).click();
  await page.getByRole('button', { name: address, exact: true }).click();
  await page.locator('[data-picture="config-space-extended"]').waitFor();
}

mkdirSync(FOLDER, { recursive: true });
await withServed([], async address => {
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage({
      viewport: { width: 1200, height: 780 },
      colorScheme: 'light',
      locale: 'en-GB',
      reducedMotion: 'reduce',
    });
    page.setDefaultTimeout(30_000);
    await page.goto(address);
    await openDevice(page, 'synthetic-vtd-no-ats', '0000:01:00.0');
    await page.screenshot({ path: join(FOLDER, 'explore-device.png') });
    await saveDrawing(page, 'config-space-extended', 'explore-extended-config-space.svg');
    await page.goto('about:blank');
    await page.goto(address);
    await page.locator('[data-example="vm-intel-iotlb"]').click();
    await page.locator('[data-picture]').first().waitFor();
    const name = await page.locator('[data-picture]').first().getAttribute('data-picture');
    await saveDrawing(page, name ?? '', 'explore-host.svg');
  } finally {
    await browser.close();
  }
});
