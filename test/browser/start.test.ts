/** The start of the page: what it shows first, an example, and a paste. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useBrowser } from './browser.ts';
import { LOOKS, skip, WIDE, withPage } from './page.ts';

describe('the start page', { skip }, () => {
  useBrowser();

  for (const look of LOOKS)
    it(`shows a field and examples, and opens one: ${look.name}`, async () => {
      await withPage(look, async explorer => {
        await explorer.page.locator('#paste').waitFor();
        await explorer.checkAccessible();
        await explorer.openExample('vm-intel-iotlb');
        await explorer.page.getByRole('button', { name: '0000:01:00.0', exact: true }).waitFor();
        await explorer.checkAccessible();
      });
    });

  it('says what it cannot read, and stays', async () => {
    await withPage(WIDE, async explorer => {
      await explorer.paste('nothing of a device');
      await explorer.page.getByRole('alert').first().waitFor();
      assert.equal(await explorer.page.locator('#paste').inputValue(), 'nothing of a device');
    });
  });
});

describe('the harness', { skip }, () => {
  useBrowser();

  const FAULTS: readonly (readonly [what: string, script: string, words: RegExp])[] = [
    ['an error on the console', `console.error('planted')`, /console has an error: planted/],
    ['an error that nobody catches', `setTimeout(() => { throw new Error('planted') })`, /page throws Error: planted/],
    [
      'a request to another server',
      `new Image().src = 'http://127.0.0.2:9/x.png'`,
      /asks for http:\/\/127\.0\.0\.2:9|Content-Security-Policy/,
    ],
  ];
  for (const [what, script, words] of FAULTS)
    it(`fails on ${what}`, async () => {
      await assert.rejects(
        withPage(WIDE, async ({ page, faults }) => {
          await page.evaluate(`${script};undefined`);
          for (let waited = 0; faults.length === 0 && waited < 5000; waited += 50) await page.waitForTimeout(50);
        }),
        words,
      );
    });

  it('fails on what a reader of the page cannot perceive', async () => {
    await withPage(WIDE, async explorer => {
      await explorer.page.evaluate(`document.querySelector('main').append(document.createElement('button'))`);
      await assert.rejects(explorer.checkAccessible(), /button-name/);
    });
  });
});
