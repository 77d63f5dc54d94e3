/** What a what-if change costs in the explorer: script, style and layout of Chromium until one device is drawn again. */
import { cpus } from 'node:os';
import { chromium } from 'playwright-core';
import { CHROMIUM } from '../test/browser/browser.ts';
import { PAGE } from '../test/browser/page.ts';
import { serveFolder } from '../test/browser/static-server.ts';
import { median } from './measure.ts';

const CHANGES = 50;
/** The values that a change chooses in turn: each differs from the one before in what the guest sees. */
const VALUES = ['off', 'auto', 'on'];

const QUESTIONS = [
  ['ats', VALUES],
  ['The kernel says', ['unsupported', 'supported', 'unreported']],
  ['Machine type', ['pc-q35-11.0', 'pc-q35-9.0', 'pc-i440fx-11.1']],
  ['Profile', ['qemu-11.1', 'cloud-hypervisor-53', 'qemu-10.0']],
] as const;

/** Runs in the page: chooses a value of a part of the question, and waits until it is drawn. */
const CHOOSE = `(async ([name, value]) => {
  const part = [...document.querySelectorAll('.what-if-part')].find(label => label.firstElementChild.textContent === name);
  const box = part.querySelector('select');
  box.value = value;
  box.dispatchEvent(new Event('change', { bubbles: true }));
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
})(`;

if (CHROMIUM === null) throw new Error('Chromium is missing: run test/browser/install');
await using server = await serveFolder(PAGE);
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
await page.goto(server.origin);
await page.locator('[data-example="synthetic-vtd-ats"]').click();
await page.waitForURL(url => url.hash.includes('view='));
await page.evaluate(`location.hash = location.hash.replace('view=host', 'view=device') + '&device=0'`);
await page.locator('main[data-device="0"] .hex').waitFor();
const session = await page.context().newCDPSession(page);
await session.send('Performance.enable');

/** Milliseconds of script, style and layout since the page was opened. */
async function spent(): Promise<number> {
  const { metrics } = (await session.send('Performance.getMetrics')) as { metrics: readonly { name: string; value: number }[] };
  const of = (name: string): number => metrics.find(metric => metric.name === name)?.value ?? 0;
  return 1000 * (of('ScriptDuration') + of('RecalcStyleDuration') + of('LayoutDuration'));
}

const rows: string[] = [];
for (const [name, values] of QUESTIONS) {
  const costs: number[] = [];
  for (let i = 0; i < CHANGES; i++) {
    const value = values[i % values.length];
    const before = await spent();
    await page.evaluate(`${CHOOSE}${JSON.stringify([name, value])})`);
    costs.push((await spent()) - before);
  }
  await page.getByRole('button', { name: 'Reset' }).click();
  costs.sort((a, b) => a - b);
  rows.push(`| ${name} | ${median(costs).toFixed(1)} ms | ${costs[Math.floor(0.9 * CHANGES)]?.toFixed(1)} ms | at most 16 ms |`);
}
await browser.close();
process.stdout.write(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}\n\n`);
process.stdout.write(`| a change of | median of ${CHANGES} | of ten nine within | aim |\n|---|---|---|---|\n${rows.join('\n')}\n`);
