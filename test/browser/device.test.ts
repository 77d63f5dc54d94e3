/** The view of a device: it says what `airlock view` says, and is used by mouse and by keyboard. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import type { Locator } from 'playwright-core';
import { useBrowser } from './browser.ts';
import { padded, readDevice, type ShownDevice, viewFile } from './device-reader.ts';
import { type Explorer, LOOKS, ROOT, skip, WIDE, withPage } from './page.ts';

const DUMPS = process.env.AIRLOCK_DUMPS ?? resolve(ROOT, '../shared/dumps');
const CAPTURES = resolve(ROOT, 'captures');
const noDumps = skip || (existsSync(DUMPS) ? false : 'the dumps are not there');

/** Milliseconds. */
const SHOWN_WITHIN = 5_000;

/** Shows a device of the input that is open, under a question as links have it. */
async function showDevice({ page }: Explorer, device: number, question: string): Promise<void> {
  const hash: string = await page.evaluate('location.hash');
  const kept = hash
    .replace(/^#/, '')
    .split('&')
    .filter(part => /^(?:airlock|input)=/.test(part));
  await page.evaluate(
    `location.hash = ${JSON.stringify([...kept, 'view=device', `device=${device}`, ...(question === '' ? [] : [question])].join('&'))}`,
  );
  await page.locator(`main[data-device="${device}"]`).waitFor();
}

/** Fails where the page does not come to show the device as it is wanted. */
async function checkShown(explorer: Explorer, wanted: ShownDevice, what: string): Promise<void> {
  const end = Date.now() + SHOWN_WITHIN;
  for (;;) {
    const shown = await readDevice(explorer);
    const guest = padded(wanted.guest, shown.guest?.length ?? 0);
    try {
      assert.deepEqual(shown, { ...wanted, guest }, what);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await explorer.page.waitForTimeout(50);
    }
  }
}

/** The same question to the command line, and in a link. */
const QUESTIONS: readonly (readonly [options: readonly string[], link: string])[] = [
  [[], ''],
  [['--ats', 'on', '--hw-caps', '0x8', '--backend', 'iommufd'], 'ats=on&kernel-answer=unsupported'],
  [['--profile', 'qemu-11.1', '--ats', 'off', '--viommu-pasid'], 'profile=qemu-11.1&ats=off&viommu-pasid=on'],
  [['--placement', 'conventional-bridge', '-p', 'multifunction=on'], 'placement=conventional-bridge&p=multifunction=on'],
];

async function checkFile(file: string, questions = QUESTIONS): Promise<void> {
  await withPage(WIDE, async explorer => {
    await explorer.paste(readFileSync(file, 'utf8'));
    await explorer.page.waitForURL(url => url.hash.includes('view='));
    for (const [options, link] of questions) {
      for (const [device, wanted] of viewFile(file, options).entries()) {
        await showDevice(explorer, device, link);
        await checkShown(explorer, wanted, `device ${device} of ${file} under ${options.join(' ')}`);
      }
    }
  });
}

describe('the page says what airlock view --json says', { skip }, () => {
  useBrowser();
  for (const name of readdirSync(CAPTURES).filter(file => file.endsWith('.json')))
    it(`of ${name}`, async () => checkFile(join(CAPTURES, name)));
});

describe('the page says of dumps what airlock view --json says', { skip: noDumps }, () => {
  useBrowser();
  const files = existsSync(DUMPS) ? readdirSync(DUMPS).filter(file => file.endsWith('.lspci')) : [];
  for (const [i, name] of files.entries()) {
    const others = QUESTIONS.slice(1);
    // The first for each, the others in turn: all of them for all would take minutes.
    const questions = [...QUESTIONS.slice(0, 1), ...others.slice(i % others.length, (i % others.length) + 1)];
    it(`of ${name}`, async () => checkFile(join(DUMPS, name), questions));
  }
});

/** Opens a device of a capture that the package ships. */
async function openDevice(explorer: Explorer, example: string, device: number): Promise<void> {
  await explorer.openExample(example);
  await explorer.page.waitForURL(url => url.hash.includes('view='));
  await showDevice(explorer, device, '');
}

const textOf = async (element: Locator): Promise<string> => (await element.textContent())?.trim() ?? '';

const changeOf = ({ page }: Explorer): Promise<string> => textOf(page.locator('[data-change]'));

describe('a device', { skip }, () => {
  useBrowser();

  for (const look of LOOKS)
    it(`is shown so that all can perceive it, whatever is open: ${look.name}`, async () => {
      await withPage(look, async explorer => {
        await openDevice(explorer, 'synthetic-vtd-no-ats', 0);
        await explorer.page.locator('[data-lane="guest"] [data-block]').nth(1).click();
        for (const summary of await explorer.page.locator('main summary').all()) await summary.click();
        await explorer.checkAccessible();
        const scrolls = await explorer.page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
        assert.equal(scrolls, false, 'the page is wider than the window');
      });
    });

  it('opens the same block everywhere by mouse', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await openDevice(explorer, 'synthetic-vtd-ats', 0);
      const key = await page.locator('[data-lane="hardware"] [data-block^="extended"]').first().getAttribute('data-block');
      await page.locator(`[data-lane="hardware"] [data-block="${key}"] text`).click();
      assert.equal(
        await page.locator(`[data-block="${key}"][aria-selected="true"]`).count(),
        await page.locator(`[data-block="${key}"]`).count(),
      );
      await page.locator(`[data-row="${key}"].open`).waitFor();
      const name = await textOf(page.locator(`[data-row="${key}"] th`));
      const title = await page.locator(`[data-row="${key}"] button`).getAttribute('title');
      assert.ok((await textOf(page.locator('#registers'))).startsWith(title ?? name));
    });
  });

  it('is gone through by arrow keys, along a lane and across lanes', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await openDevice(explorer, 'synthetic-vtd-ats', 0);
      const focused = () =>
        page.evaluate(`[document.activeElement.closest('[data-lane]')?.dataset.lane, document.activeElement.dataset.block]`);
      await page.locator('[data-lane="hardware"] [data-block="header"]').focus();
      const blocks = await page
        .locator('[data-lane="hardware"] [data-block]')
        .evaluateAll(all => all.map(it => it.getAttribute('data-block')));
      await page.keyboard.press('ArrowDown');
      assert.deepEqual(await focused(), ['hardware', blocks[1]]);
      await page.keyboard.press('ArrowRight');
      assert.deepEqual(await focused(), ['kernel', blocks[1]]);
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      assert.deepEqual(await focused(), ['guest', blocks[1]]);
      await page.keyboard.press('End');
      assert.match(String(((await focused()) as string[])[1]), /^extended/);
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate('document.activeElement.id'), 'registers');
    });
  });

  it('lights the field of a byte, and the bytes of a field', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await openDevice(explorer, 'synthetic-vtd-ats', 0);
      await page.locator('[data-row="header"] button').click();
      await page.locator('[data-byte="2"]').hover();
      await page.locator('tr.lit[data-field="deviceId"]').waitFor();
      assert.match(await textOf(page.locator('[data-told]')), /^002: Header, device id/);
      await page.locator('[data-field="vendorId"]').hover();
      assert.deepEqual(await page.locator('.byte.lit').evaluateAll(all => all.map(it => it.getAttribute('data-byte'))), ['0', '1']);
      await page.locator('.hex table').focus();
      await page.keyboard.press('ArrowDown');
      await page.locator('.byte.cursor[data-byte="16"]').waitFor();
      await page.locator('tr.lit[data-field="bars[0]"]').waitFor();
    });
  });

  it('says in one sentence what a question changes, and sets it back', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await openDevice(explorer, 'synthetic-vtd-ats', 0);
      await page.getByRole('combobox', { name: 'ats', exact: true }).selectOption('off');
      assert.equal(await changeOf(explorer), 'The guest loses ATS: the property ats=off masks ATS from the guest.');
      await page.getByRole('combobox', { name: 'ats', exact: true }).selectOption('on');
      assert.equal(await changeOf(explorer), 'Nothing changes.');
      await page.getByRole('combobox', { name: 'The kernel says' }).selectOption('unsupported');
      assert.match(await changeOf(explorer), /^Realize now fails: .*ATS/);
      await page.locator('[data-outcome="failed"]').waitFor();
      await page.getByRole('button', { name: 'Reset' }).click();
      await page.locator('[data-outcome="realized"]').waitFor();
      await page.getByRole('checkbox', { name: /takes PASIDs/ }).check();
      await page.getByRole('combobox', { name: 'Machine type' }).selectOption('pc-q35-9.0');
      assert.notEqual(await changeOf(explorer), '');
    });
  });

  it('has the table of ATS, of which a click asks for a cell', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await openDevice(explorer, 'synthetic-vtd-ats', 0);
      const words = await page
        .locator('.ats-matrix [data-cell]')
        .evaluateAll(all => all.map(it => `${it.getAttribute('data-cell')}: ${it.textContent}`));
      assert.deepEqual(words, [
        'on supported: shown',
        'on unsupported: fails',
        'on unreported: shown',
        'off supported: masked',
        'off unsupported: masked',
        'off unreported: masked',
        'auto supported: shown',
        'auto unsupported: masked',
        'auto unreported: shown',
      ]);
      await page.locator('[data-cell="auto supported"][aria-pressed="true"]').waitFor();
      await page.locator('[data-cell="auto unsupported"]').click();
      await page.locator('[data-cell="auto unsupported"][aria-pressed="true"]').waitFor();
      assert.match(await changeOf(explorer), /^The guest loses ATS: the host kernel reports/);
      assert.equal(await page.locator('[aria-pressed="true"][data-cell]').count(), 1);
    });
  });

  it("tells a wrong property in QEMU's words, and stays as it was", async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await openDevice(explorer, 'synthetic-vtd-ats', 0);
      await page.getByLabel('Property', { exact: true }).fill('ats');
      await page.getByLabel('Value', { exact: true }).fill('maybe');
      await page.keyboard.press('Enter');
      assert.equal(await textOf(page.getByRole('alert')), "Parameter 'ats' does not accept value 'maybe'");
      assert.match(await textOf(page.getByRole('alert')), /ats/);
      await page.getByLabel('Property', { exact: true }).fill('no-such');
      await page.keyboard.press('Enter');
      assert.match(await textOf(page.getByRole('alert')), /no-such/);
      await page.getByLabel('Property', { exact: true }).fill('x-req');
      await page.locator('[data-outcome="realized"]').waitFor();
      await page.getByLabel('Property', { exact: true }).fill('rombar');
      await page.getByLabel('Value', { exact: true }).fill('0');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Take rombar out' }).click();
      assert.equal(await page.getByRole('alert').count(), 0);
    });
  });

  it('says that a question cannot be asked, and stays whole', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await openDevice(explorer, 'synthetic-vtd-ats', 0);
      await page.getByRole('combobox', { name: 'Machine type' }).selectOption('pc-q35-11.1');
      await page.getByRole('combobox', { name: 'Profile' }).selectOption('qemu-10.0');
      assert.match(await textOf(page.getByRole('alert')), /unsupported machine type: "pc-q35-11.1"/);
      assert.match(await changeOf(explorer), /^This cannot be asked: unsupported machine type/);
      await page.getByRole('button', { name: 'Reset' }).click();
      await page.locator('[data-outcome="realized"]').waitFor();
    });
  });
});

/** Rows of a dump, `bytes` long, each byte as `at` says. */
function dumpOf(bytes: number, at: (offset: number) => number): string {
  const rows = Array.from({ length: bytes / 16 }, (_, row) => {
    const cells = Array.from({ length: 16 }, (_, i) =>
      at(16 * row + i)
        .toString(16)
        .padStart(2, '0'),
    );
    return `${(16 * row).toString(16).padStart(2, '0')}: ${cells.join(' ')}`;
  });
  return ['00:01.0 Class 0200: Device 1234:5678', ...rows, ''].join('\n');
}

const HEADER = [0x34, 0x12, 0x78, 0x56, 0, 0, 0x10, 0, 0, 0, 0, 2];
const headerOf = (offset: number): number => (offset === 0x34 ? 0x40 : (HEADER[offset] ?? 0));

const HOSTILE: readonly (readonly [what: string, dump: string])[] = [
  ['of all ones', dumpOf(4096, () => 0xff)],
  ['of which 64 bytes are known', dumpOf(64, headerOf)],
  [
    'of which 272 bytes are known',
    dumpOf(272, at => (at === 0x40 ? 0x10 : at === 0x100 ? 0x0f : at === 0x102 ? 1 : at === 0x103 ? 0x20 : headerOf(at))),
  ],
  ['whose list goes in a circle', dumpOf(256, at => (at === 0x40 ? 5 : at === 0x41 ? 0x40 : headerOf(at)))],
  ['of one pattern', dumpOf(4096, at => (at < 64 ? headerOf(at) : (at * 37) & 0xff))],
];

describe('a strange device', { skip }, () => {
  useBrowser();
  for (const [what, dump] of HOSTILE)
    it(`is drawn: one ${what}`, async () => {
      await withPage(WIDE, async explorer => {
        const { page } = explorer;
        await explorer.paste(dump);
        await page.waitForURL(url => url.hash.includes('view='));
        await showDevice(explorer, 0, '');
        await page.locator('[data-picture="config-space-standard"]').waitFor();
        const { height } = (await page.locator('[data-picture="config-space-standard"]').boundingBox()) ?? { height: 0 };
        assert.ok(height > 100 && height < 4000, `${height} px high`);
        for (const block of await page.locator('[data-lane="hardware"] [data-block]').all()) await block.locator('text').click();
        assert.ok((await page.locator('.byte').count()) < 1000, 'more bytes are drawn than are looked at');
        await explorer.checkAccessible();
      });
    });
});
