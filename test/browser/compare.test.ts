/** Two devices, two hosts and two questions side by side, and that what is saved is what `airlock compare` prints. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { airlock } from '../package/airlock.ts';
import { useBrowser } from './browser.ts';
import { largeHost } from './made-hosts.ts';
import { type Explorer, LOOKS, ROOT, skip, WIDE, withPage } from './page.ts';

const CAPTURES = join(ROOT, 'captures');
const DUMPS = join(ROOT, '../shared/dumps');
const [WITH, WITHOUT] = ['vm-intel-iotlb.json', 'vm-intel-no-iotlb.json'];

async function give({ page }: Explorer, folder: string, ...files: readonly string[]): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(files.map(file => join(folder, file)));
  for (const file of files) await page.locator('nav.inputs').getByRole('button', { name: file, exact: true }).waitFor();
}

/** Opens the comparison of the first input as a whole. */
async function compareHost({ page }: Explorer, file: string): Promise<void> {
  await page.locator('nav.inputs').getByRole('button', { name: file, exact: true }).click();
  await page.getByRole('button', { name: 'Compare with …', exact: true }).click();
  await page.locator('main.compare').waitFor();
}

/** What the page saves when the button is pressed. */
async function saved(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button, exact: true }).click()]);
  return readFileSync(await download.path(), 'utf8');
}

const command = (folder: string, ...args: readonly string[]): unknown =>
  JSON.parse(airlock(['compare', ...args, '--json'], '', folder).stdout);

describe('comparisons', { skip }, () => {
  useBrowser();

  for (const look of LOOKS)
    it(`two hosts, one pair opened, and two questions, by mouse: ${look.name}`, async () => {
      await withPage(look, async explorer => {
        const { page } = explorer;
        await give(explorer, CAPTURES, WITH, WITHOUT);
        await compareHost(explorer, WITH);
        await explorer.checkAccessible();
        await page.locator('.proposals').getByRole('button', { name: WITHOUT }).click();
        await page.getByText('2 devices in both: 1 different, 1 same.').waitFor();
        await page.getByRole('heading', { name: `Only in ${WITH}: 1` }).waitFor();
        await explorer.checkAccessible();
        await page.locator('.pairs').getByRole('button', { name: /ATS/ }).click();
        await page.getByText('1 difference in 1 place.').waitFor();
        await page.locator('.differences').getByText('ATS [100]').waitFor();
        assert.equal(await page.locator('.differences pre .differs').count(), 8);
        await explorer.checkAccessible();
        await page.locator('#compare-kernel').selectOption('unsupported');
        await page.getByText('No byte that both know differs.').waitFor();
        assert.ok(
          ((await page.evaluate('document.documentElement.scrollWidth')) as number) <= look.width,
          'the page is no wider than the window',
        );
      });
    });

  it('is chosen by keys alone', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await give(explorer, CAPTURES, WITH, WITHOUT);
      await compareHost(explorer, WITH);
      await page.locator('#side-B-input').focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.getByText(/devices in both/).waitFor();
      await page.locator('#pair-by').focus();
      await page.keyboard.press('ArrowDown');
      await page.getByText('2 devices in both').waitFor();
      await page.locator('.pairs button').first().focus();
      await page.keyboard.press('Enter');
      await page.getByText('1 difference in 1 place.').waitFor();
    });
  });

  it('saves what airlock compare prints of two captures, device by device and as lines', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await give(explorer, CAPTURES, WITH, WITHOUT);
      await compareHost(explorer, WITH);
      await page.locator('#side-B-input').selectOption({ label: WITHOUT });
      await page.getByText('2 devices in both: 1 different').waitFor();
      const slots = ['01:00.0', '03:00.0'];
      const lines = (await saved(page, 'Save JSON lines')).trimEnd().split('\n');
      assert.deepEqual(
        lines.map(line => JSON.parse(line)),
        slots.map(slot => command(CAPTURES, WITH, WITHOUT, '-s', slot)),
      );
      await page.locator('.pairs button').first().click();
      await page.locator('.differences').waitFor();
      assert.deepEqual(JSON.parse(await saved(page, 'Save JSON')), command(CAPTURES, WITH, WITHOUT, '-s', '01:00.0'));
      const text = airlock(['compare', WITH, WITHOUT, '-s', '01:00.0'], '', CAPTURES).stdout;
      const words = (of: string): string => of.replace(/\s+/g, ' ').trim();
      assert.equal(words(await saved(page, 'Save text')), words(text));
    });
  });

  it('asks two questions of one device, as airlock compare does', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await give(explorer, CAPTURES, WITH);
      await page.getByRole('button', { name: 'Compare 0000:01:00.0 with …' }).click();
      await page.getByRole('button', { name: 'the same device with ats=off' }).click();
      await page.locator('.differences').getByText('ATS [100]').waitFor();
      assert.deepEqual(JSON.parse(await saved(page, 'Save JSON')), command(CAPTURES, WITH, WITH, '-s', '01:00.0', '--b-ats', 'off'));
      await page.locator('#side-B-profile').selectOption('qemu-11.1');
      await page.getByText(/differences? in/).waitFor();
      const expected = command(CAPTURES, WITH, WITH, '-s', '01:00.0', '--b-ats', 'off', '--b-profile', 'qemu-11.1');
      assert.deepEqual(JSON.parse(await saved(page, 'Save JSON')), expected);
    });
  });

  const dumps = existsSync(DUMPS);
  it('saves what airlock compare prints of two dumps, of which not all is known', {
    skip: dumps ? false : 'there are no dumps',
  }, async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      for (const [a, b] of [
        ['cap-aer-hdr.lspci', 'cap-l1-pm.lspci'],
        ['cap-MSI-mapping.lspci', 'cap-doe.lspci'],
        ['cap-vendor-virtio.lspci', 'cap-pasid-pri.lspci'],
      ] as const) {
        await page.getByRole('button', { name: 'Inputs', exact: true }).click();
        await give(explorer, DUMPS, a, b);
        await compareHost(explorer, a);
        await page.locator('#side-A-device').selectOption('0');
        await page.locator('#side-B-input').selectOption({ label: b });
        await page.locator('main.compare [role=status]').waitFor();
        const slots = [a, b].map(file => readFileSync(join(DUMPS, file), 'latin1').match(/^[0-9a-f:.]+/m)?.[0] ?? '');
        const report = JSON.parse(await saved(page, 'Save JSON'));
        assert.deepEqual(report, command(DUMPS, a, b, '-s', slots[0] ?? '', '--b-slot', slots[1] ?? ''), `${a} ${b}`);
      }
    });
  });

  it('compares two hosts of 300 functions', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      const files = ['a.json', 'b.json'].map((name, i) => ({
        name,
        mimeType: 'application/json',
        buffer: Buffer.from(largeHost(300 - 20 * i)),
      }));
      await page.locator('input[type=file]').setInputFiles(files);
      await page.locator('nav.inputs').getByRole('button', { name: 'b.json', exact: true }).waitFor();
      await compareHost(explorer, 'a.json');
      await page.locator('#side-B-input').selectOption({ label: 'b.json' });
      await page.getByText(/devices in both: [\d,]+ same\./).waitFor();
      await page.getByRole('heading', { name: /^Only in a\.json/ }).waitFor();
    });
  });
});
