/** What stands around every view: the way, Back and Forward, the title, focus, keys, themes, print, phones. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { useBrowser } from './browser.ts';
import { type Explorer, LOOKS, skip, WIDE, withPage } from './page.ts';

const HOST = 'vm-intel-iotlb';
const DEVICE = '0000:01:00.0';

async function openDevice({ page }: Explorer): Promise<void> {
  await page.goto(`${page.url().replace(/#.*/s, '')}#airlock=1&view=device&input=${HOST}:93aec9e1&device=0`);
  await heading(page, DEVICE);
}

/** Waits for the heading of a view. */
async function heading(page: Page, name: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: new RegExp(name.replace(/\./g, '\\.')) }).waitFor();
}

const focused = (page: Page): Promise<string> => page.evaluate(`document.activeElement?.tagName ?? ''`);

/** Fails where the page is wider than the window. */
async function checkWidth(page: Page): Promise<void> {
  const [inner, whole] = await page.evaluate<number[]>(`[innerWidth, document.documentElement.scrollWidth]`);
  assert.ok((whole ?? 0) <= (inner ?? 0), `the page is ${whole} px wide in a window of ${inner} px`);
}

describe('the frame', { skip }, () => {
  useBrowser();

  for (const look of LOOKS)
    it(`leads from host to device and back, by mouse: ${look.name}`, async () => {
      await withPage(look, async explorer => {
        const { page } = explorer;
        assert.equal(await page.title(), 'Airlock: what the guest sees');
        await explorer.openExample(HOST);
        await heading(page, HOST);
        assert.equal(await page.title(), `${HOST} · Airlock`);
        assert.equal(await focused(page), 'H1');
        await checkWidth(page);
        await page.goBack();
        await page.locator('#paste').waitFor();
        await page.goForward();
        await heading(page, HOST);
        await openDevice(explorer);
        assert.equal(await page.title(), `${DEVICE} · ${HOST} · Airlock`);
        await checkWidth(page);
        await page.getByRole('navigation', { name: 'Way' }).getByRole('button', { name: HOST }).click();
        await heading(page, HOST);
      });
    });

  it('is used by keys alone', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(`document.activeElement.textContent`), 'To the content');
      await page.keyboard.press('Enter');
      assert.equal(await focused(page), 'H1');
      await explorer.openExample(HOST);
      await heading(page, HOST);
      await page.keyboard.press('/');
      assert.equal(await page.evaluate(`document.activeElement.type`), 'search');
      await page.keyboard.type('p/?');
      assert.match(page.url(), /view=host/);
      await openDevice(explorer);
      await page.keyboard.press('u');
      await heading(page, HOST);
      await page.keyboard.press('p');
      await heading(page, 'Plan');
      await explorer.checkAccessible();
      await page.keyboard.press('[');
      await heading(page, HOST);
      await page.keyboard.press('i');
      await page.locator('#paste').waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      await explorer.checkAccessible();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' });
    });
  });

  it('has a theme that is kept in the link and nowhere else', async () => {
    await withPage(WIDE, async ({ page }) => {
      const ground = (): Promise<string> => page.evaluate(`getComputedStyle(document.body).backgroundColor`);
      const light = await ground();
      await page.getByLabel('Theme').selectOption('dark');
      assert.notEqual(await ground(), light);
      await page.waitForURL(/#airlock=1&view=start&theme=dark$/);
      await page.reload();
      await page.locator('main').waitFor();
      assert.notEqual(await ground(), light);
      assert.equal(await page.evaluate(`localStorage.length + sessionStorage.length + document.cookie.length`), 0);
      // Paper is white.
      await page.emulateMedia({ media: 'print' });
      assert.equal(await ground(), light);
    });
  });

  it('takes an input out, and leaves its views', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await explorer.openExample(HOST);
      await heading(page, HOST);
      await page.getByRole('button', { name: `Take ${HOST} out` }).click();
      await page.locator('#paste').waitFor();
      assert.equal(await page.getByRole('navigation', { name: 'Inputs' }).count(), 0);
    });
  });

  it('prints what is shown and not what is pressed', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await explorer.openExample(HOST);
      await heading(page, HOST);
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.getByRole('banner').isVisible(), false);
      assert.equal(await page.getByRole('button', { name: 'Take away' }).isVisible(), false);
      assert.equal(await page.getByRole('heading', { level: 1 }).isVisible(), true);
      assert.ok((await page.pdf({ format: 'A4' })).length > 10_000);
    });
  });

  it('keeps outcomes apart where colours are forced', async () => {
    await withPage(WIDE, async ({ page }) => {
      await page.emulateMedia({ forcedColors: 'active' });
      const border = (tone: string): Promise<string> =>
        page.evaluate(
          `(chip => { chip.className = 'chip ${tone}'; document.querySelector('main').append(chip); return getComputedStyle(chip).borderTopStyle; })(document.createElement('span'))`,
        );
      assert.deepEqual([await border('shown'), await border('unknown')], ['solid', 'dashed']);
    });
  });
});
