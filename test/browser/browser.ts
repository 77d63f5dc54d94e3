/** The Chromium that the tests drive: the one that test/browser/install has unpacked, or that AIRLOCK_CHROMIUM names. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { after, before } from 'node:test';
import { type Browser, chromium } from 'playwright-core';

/** Milliseconds. */
const START = 60_000;

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

function findChromium(): string | null {
  const { AIRLOCK_CHROMIUM } = process.env;
  if (AIRLOCK_CHROMIUM !== undefined && AIRLOCK_CHROMIUM !== '') return AIRLOCK_CHROMIUM;
  const { status, stdout } = spawnSync(resolve(import.meta.dirname, 'install'), ['--print'], { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? join(stdout.trim(), 'chromium') : null;
}

export const CHROMIUM = findChromium();

const start = (executablePath: string): Promise<Browser> => chromium.launch({ executablePath, args: ARGUMENTS, timeout: START });

let running: Browser | null = null;
/** Suites that have begun and not ended. */
let users = 0;

/** Starts the browser before the tests of the suite that calls it, and ends it after them. */
export function useBrowser(): void {
  before(async () => {
    users++;
    if (CHROMIUM === null) throw new Error('Chromium is missing: run test/browser/install');
    running ??= await start(CHROMIUM);
  });
  after(async () => {
    if (--users > 0) return;
    await running?.close();
    running = null;
  });
}

/** The browser of the suite that runs; another where it has ended, which has failed the test that it ended in, and no other. */
export async function browser(): Promise<Browser> {
  if (running === null || CHROMIUM === null) throw new Error('no browser runs: a suite starts one with useBrowser()');
  if (!running.isConnected()) running = await start(CHROMIUM);
  return running;
}
