/** How soon the explorer's one file, with a capture in it, shows its first view: five times opened from the disk in Chromium. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { CHROMIUM } from '../test/browser/browser.ts';
import { median } from './measure.ts';

/** Milliseconds from the start of the page until the frame after the one that drew the first view. */
const FIRST_VIEW = `new Promise(resolve => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))))`;

if (CHROMIUM === null) throw new Error('Chromium is missing: run test/browser/install');
const folder = mkdtempSync(join(tmpdir(), 'airlock-'));
try {
  const file = join(folder, 'page.html');
  const made = spawnSync('node', ['dist/cli/main.js', 'explore', '--out', file, 'captures/vm-amd.json'], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (made.status !== 0) throw new Error(`airlock explore ended with ${made.status}: ${made.stderr}; run npm run build first`);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(file).href);
    await page.locator('main table').getByText('0000:01:00.0').first().waitFor();
    times.push(await page.evaluate<number>(FIRST_VIEW));
    await page.close();
  }
  await browser.close();
  process.stdout.write(
    `first view: median ${median(times).toFixed(0)} ms of ${times.map(time => time.toFixed(0)).join(', ')} (aim: 1000)\n`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
