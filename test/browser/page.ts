/**
 * The built page in Chromium, as a person has it open. A test fails where the page writes an error to the console, throws, breaks its own
 * Content-Security-Policy, or asks for anything outside of its folder.
 *
 * ```ts
 * describe('start', { skip }, () => {
 *   useBrowser();
 *   for (const look of LOOKS)
 *     it(`an example, ${look.name}`, async () => {
 *       await withPage(look, async explorer => {
 *         await explorer.openExample('vm-intel-iotlb');
 *         await explorer.page.getByRole('heading', { name: 'vm-intel-iotlb' }).waitFor();
 *         await explorer.checkAccessible();
 *       });
 *     });
 * });
 * ```
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { browser, CHROMIUM } from './browser.ts';
import { type StaticServer, serveFolder } from './static-server.ts';

export const ROOT = resolve(import.meta.dirname, '../..');
/** What `npm run web` makes. */
export const PAGE = resolve(ROOT, 'dist/page');
/** What `npm run build` makes. */
export const ONE_FILE = resolve(ROOT, 'dist/explorer/page.html');

/** Why tests of the page are skipped; false where they are not. */
export const skip: string | false = ![resolve(PAGE, 'index.html'), ONE_FILE].every(path => existsSync(path))
  ? 'the page is not built: run npm run build and npm run web'
  : CHROMIUM === null
    ? 'Chromium is missing: run test/browser/install'
    : false;

/** Milliseconds that a step of a test may take, such as a button that is to appear. */
const STEP = 20_000;

/** How the page is looked at. */
export interface Look {
  /** For a test's name: `360 px, dark`. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly colorScheme: 'light' | 'dark';
}

/** A phone and a wide screen, each in light and dark. */
export const LOOKS: readonly Look[] = [
  { width: 360, height: 740 },
  { width: 1600, height: 1000 },
].flatMap(size => (['light', 'dark'] as const).map(colorScheme => ({ ...size, colorScheme, name: `${size.width} px, ${colorScheme}` })));

export const WIDE: Look = { name: '1600 px, light', width: 1600, height: 1000, colorScheme: 'light' };

/** A finding of axe, as far as it is told. */
interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** The page, open. */
export class Explorer {
  readonly page: Page;
  /** What went wrong in the page so far, one sentence each. */
  readonly faults: string[] = [];
  readonly #isOwn: (url: string) => boolean;

  /** `isOwn` says whether a request stays in the page's own folder, or is the page itself. */
  constructor(page: Page, isOwn: (url: string) => boolean) {
    this.page = page;
    this.#isOwn = isOwn;
    page.setDefaultTimeout(STEP);
    page.on('console', message => {
      if (message.type() === 'error') this.faults.push(`the console has an error: ${message.text()}`);
    });
    page.on('pageerror', error => this.faults.push(`the page throws ${error.stack ?? error.message}`));
    page.on('crash', () => this.faults.push('the page crashed'));
    page.context().on('request', request => {
      const url = request.url();
      if (!/^(?:data|blob):/.test(url) && !this.#isOwn(url)) this.faults.push(`the page asks for ${url}`);
    });
  }

  /** Opens the page and waits until it shows something. */
  async open(url: string): Promise<void> {
    await this.page.addInitScript(
      `addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile, lineNumber }) =>
        console.error('Content-Security-Policy: ' + [effectiveDirective, blockedURI, sourceFile, lineNumber].join(' ')));`,
    );
    await this.page.goto(url, { timeout: STEP });
    await this.page.locator('main').first().waitFor();
  }

  /** Puts text into the one field and asks for it to be shown. */
  async paste(text: string): Promise<void> {
    await this.page.locator('#paste').fill(text);
    await this.page.getByRole('button', { name: 'Show', exact: true }).click();
  }

  /** Opens a capture that the package ships, by the name of its file without `.json`. */
  async openExample(name: string): Promise<void> {
    await this.page.locator(`[data-example="${name}"]`).click();
  }

  /** Waits until a text, or a part of one, can be seen. */
  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  /** Fails where axe finds something serious in what is shown now. */
  async checkAccessible(): Promise<void> {
    if (!(await this.page.evaluate(`'axe' in window`))) await this.page.evaluate(`${await readText(AXE)};undefined`);
    const results = (await this.page.evaluate(`axe.run(document, { resultTypes: ['violations'] })`)) as AxeResults;
    const serious = results.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const words = serious.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary = '' }) => `${id}: ${help}: ${html}\n${failureSummary}`),
    );
    assert.deepEqual(words, []);
  }

  /** Fails where something went wrong in the page so far. */
  checkFaults(): void {
    assert.deepEqual(this.faults, []);
  }
}

async function readText(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(path, 'utf8');
}

/** Opens `url` in a browser of its own, runs the test, and fails where something went wrong in the page. */
export async function withUrl(
  { url, isOwn, look }: { readonly url: string; readonly isOwn: (url: string) => boolean; readonly look: Look },
  test: (explorer: Explorer) => Promise<void>,
): Promise<void> {
  const { width, height, colorScheme } = look;
  const options: BrowserContextOptions = { viewport: { width, height }, colorScheme, locale: 'en-GB', reducedMotion: 'reduce' };
  const context = await (await browser()).newContext(options);
  try {
    const explorer = new Explorer(await context.newPage(), isOwn);
    try {
      await explorer.open(url);
      await test(explorer);
    } catch (error) {
      // What went wrong in the page is most often why the test failed.
      throw explorer.faults.length === 0 ? error : new Error(explorer.faults.join('\n'), { cause: error });
    }
    explorer.checkFaults();
  } finally {
    await context.close();
  }
}

/** Opens what `npm run web` built, served by a plain web server. `at` is what stands behind its address, such as a fragment. */
export async function withPage(look: Look, test: (explorer: Explorer) => Promise<void>, at = ''): Promise<void> {
  await using server: StaticServer = await serveFolder(PAGE);
  await withUrl({ url: `${server.origin}/${at}`, isOwn: url => url.startsWith(`${server.origin}/`), look }, test);
}
