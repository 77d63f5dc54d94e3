/**
 * The explorer's view of a large host in Chromium: how long its tasks are while one filters, scrolls and asks what if. Wants what
 * `npm run build` and `npm run web` made, and the Chromium of test/browser. Times of tasks are those of the processor: the clock also counts
 * the waits for others on a busy machine.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import { CHROMIUM } from '../test/browser/browser.ts';
import { largeHost } from '../test/browser/made-hosts.ts';
import { serveFolder } from '../test/browser/static-server.ts';

/** An event of Chromium's tracing, https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly tid: number;
  readonly pid: number;
  /** Microseconds on the clock, and of the thread's processor time. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

async function traced(session: CDPSession, work: () => Promise<void>): Promise<readonly TraceEvent[]> {
  const events: TraceEvent[] = [];
  const take = ({ value }: { readonly value: unknown[] }): void => {
    events.push(...(value as TraceEvent[]));
  };
  session.on('Tracing.dataCollected', take as never);
  await session.send('Tracing.start', {
    traceConfig: { includedCategories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'] },
  } as never);
  await work();
  const ended = new Promise<void>(done => session.once('Tracing.tracingComplete', () => done()));
  await session.send('Tracing.end');
  await ended;
  session.off('Tracing.dataCollected', take as never);
  return events;
}

/** Milliseconds of the processor of the tasks of the page's main thread, the longest first. */
function mainTasks(events: readonly TraceEvent[]): readonly number[] {
  const threads = new Set(
    events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`),
  );
  return events
    .filter(({ name, ph, pid, tid }) => ph === 'X' && name === 'RunTask' && threads.has(`${pid} ${tid}`))
    .map(({ tdur = 0 }) => tdur / 1000)
    .sort((a, b) => b - a);
}

/** Asks another what-if question and waits until every answer is drawn; milliseconds on the clock. */
async function askWhatIf(page: Page, answer: string): Promise<number> {
  return (await page.evaluate(`new Promise(done => {
    const select = document.querySelector('#host-kernel');
    const from = performance.now();
    select.value = ${JSON.stringify(answer)};
    select.dispatchEvent(new Event('change', { bubbles: true }));
    const look = () => requestAnimationFrame(() => {
      const isOpen = document.querySelector('.function-table tbody').textContent.includes('…');
      if (isOpen) look();
      else done(performance.now() - from);
    });
    look();
  })`)) as number;
}

async function scroll(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    for (const box of ['.host-picture', '.function-table'].map(name => document.querySelector(name)))
      for (let i = 0; i < 30; i++) {
        box.scrollTop += 500;
        await new Promise(requestAnimationFrame);
      }
  })()`);
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

async function measure(page: Page, session: CDPSession, functions: number): Promise<void> {
  const tell = async (what: string, work: () => Promise<void>): Promise<void> => {
    const tasks = mainTasks(await traced(session, work));
    const total = tasks.reduce((sum, task) => sum + task, 0);
    print(`${functions} functions, ${what}: longest task ${ms(tasks[0] ?? 0)}, then ${ms(tasks[1] ?? 0)}; all ${ms(total)}`);
  };
  // By its path: the browser reads it as it reads a person's, and no test driver copies it into the page.
  const file = join(folder, `${functions}.json`);
  writeFileSync(file, largeHost(functions));
  await tell('reading the capture', async () => {
    await page.locator('input[type=file]').setInputFiles(file);
    await page.locator('main.host').waitFor();
    await page.waitForTimeout(500);
  });
  await tell('typing a filter of eight letters', async () => {
    await page.locator('#filter').pressSequentially('ats made', { delay: 50 });
    await page.waitForTimeout(300);
  });
  await page.locator('#filter').fill('');
  await page.waitForTimeout(300);
  await tell('scrolling picture and table', () => scroll(page));
  const times: number[] = [];
  await tell('24 what-if questions', async () => {
    for (let i = 0; i < 24; i++) times.push(await askWhatIf(page, ['unsupported', 'supported', 'unreported'][i % 3] ?? 'host'));
  });
  print(
    `${functions} functions, a what-if question until it is drawn: median ${ms(median(times))}, longest ${ms(Math.max(...times))} on the clock`,
  );
}

const folder = mkdtempSync(join(tmpdir(), 'airlock-bench-'));
if (CHROMIUM === null) throw new Error('Chromium is missing: run test/browser/install');
await using server = await serveFolder(resolve(import.meta.dirname, '../dist/page'));
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
try {
  for (const functions of [300, 1000]) {
    const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    await page.goto(`${server.origin}/`);
    await page.locator('#paste').waitFor();
    await measure(page, await page.context().newCDPSession(page), functions);
    await page.close();
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
