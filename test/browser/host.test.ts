/** A host in the page: its picture and its table by mouse and by keys, its filter, and that they say what the command says. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { airlock } from '../package/airlock.ts';
import { useBrowser } from './browser.ts';
import { hostileHost, largeHost } from './made-hosts.ts';
import { type Explorer, LOOKS, ROOT, skip, WIDE, withPage } from './page.ts';

const CAPTURES = join(ROOT, 'captures');
const DUMPS = join(ROOT, '../shared/dumps');

/** A row of the table. */
interface ShownRow {
  readonly address: string;
  readonly ids: string;
  readonly driver: string;
  readonly group: string;
  readonly ats: string;
}

async function giveFiles(
  { page }: Explorer,
  ...files: readonly ({ readonly name: string; readonly text: string } | string)[]
): Promise<void> {
  const given = files.map(file =>
    typeof file === 'string' ? file : { name: file.name, mimeType: 'text/plain', buffer: Buffer.from(file.text) },
  );
  await page.locator('input[type=file]').setInputFiles(given as string[]);
  await page.locator('main.host').waitFor();
}

/** The rows that are made, once all answers are there. */
async function rowsOf(page: Page): Promise<readonly ShownRow[]> {
  await page.locator('.function-table tbody').waitFor();
  await page.waitForFunction(`!document.querySelector('.function-table tbody').textContent.includes('…')`);
  return (await page.evaluate(`[...document.querySelectorAll('.function-table tbody tr:not(.space)')].map(row => {
    const cell = name => row.querySelector('.' + name)?.textContent.trim() ?? '';
    return { address: row.querySelector('button').textContent, ids: cell('ids'), driver: cell('driver'), group: cell('group-number'), ats: cell('ats-cell') };
  })`)) as ShownRow[];
}

interface ViewedDevice {
  readonly bdf: string;
  readonly outcome: string;
  readonly error: { readonly code: string } | null;
  readonly hostIommu: { readonly backend: string; readonly ats: string };
  readonly capabilities: readonly { readonly kind: string; readonly id: string; readonly status: string }[];
  readonly unknown: readonly { readonly from: string; readonly to: string }[];
  readonly host: { readonly bytes?: string };
}

const STATUSES: Readonly<Record<string, string>> = { shown: 'shown', hidden: 'masked', changed: 'shown', unknown: 'unknown' };

/** What the table should say of ATS, by what the command says; null for what no guest gets. */
function expectedAts({ outcome, error, capabilities, hostIommu }: ViewedDevice, hasUnknown: boolean): string | null {
  const isOther = outcome === 'failed' && error?.code.startsWith('ats.') !== true;
  if (isOther) return null;
  const status = capabilities.find(({ kind, id }) => kind === 'extended' && Number(id) === 0x0f)?.status;
  const word =
    outcome === 'failed'
      ? 'fails'
      : outcome === 'unknown'
        ? 'unknown'
        : status === undefined
          ? hasUnknown
            ? 'unknown'
            : 'none'
          : (STATUSES[status] ?? status);
  return `${word} ${hostIommu.backend === 'none' ? '' : `kernel: ${hostIommu.ats}`}`.trim();
}

function viewOf(folder: string, file: string, ...options: readonly string[]): readonly ViewedDevice[] {
  const { stdout } = airlock(['view', file, '--json', '--no-bytes', ...options], '', folder);
  return (JSON.parse(stdout) as { readonly devices: readonly ViewedDevice[] }).devices;
}

/** Compares the table with the command, device by device. */
function checkRows(rows: readonly ShownRow[], viewed: readonly ViewedDevice[]): void {
  const devices = [...viewed].sort((a, b) => (a.bdf < b.bdf ? -1 : a.bdf > b.bdf ? 1 : 0));
  assert.deepEqual(
    rows.map(({ address }) => address),
    devices.map(({ bdf }) => bdf),
  );
  for (const [i, device] of devices.entries()) {
    const [row, expected] = [rows[i], expectedAts(device, device.unknown.length > 0)];
    const said = row?.ats.replace(' kernel not asked', '');
    if (expected !== null && said !== '–') assert.equal(said, expected, device.bdf);
  }
}

describe('a host', { skip }, () => {
  useBrowser();

  for (const look of LOOKS)
    it(`shows its tree and its functions, filters, and opens a device by mouse: ${look.name}`, async () => {
      await withPage(look, async explorer => {
        const { page } = explorer;
        await explorer.openExample('vm-intel-iotlb');
        await page.getByRole('treeitem').first().waitFor();
        assert.equal(await page.locator('.host-picture .box.function').count(), 3);
        assert.equal(await page.locator('.host-picture .group').count(), 3);
        await explorer.checkAccessible();
        await page.locator('#filter').fill('ats vfio');
        await page.getByText('1 of 3 match').waitFor();
        assert.equal(await page.locator('.host-picture .lit').count(), 1);
        await explorer.checkAccessible();
        await page.locator('#filter').fill('nothing of that');
        await page.getByRole('button', { name: 'Clear the filter' }).click();
        await page.getByText('3 functions').waitFor();
        await page.locator('#host-kernel').selectOption('unsupported');
        await page.locator('.function-table').getByText('masked').waitFor();
        await page.locator('.host-picture .box.function').first().click();
        await page.getByRole('heading', { level: 1, name: /^0000:01:00\.0/ }).waitFor();
      });
    });

  it('is walked by arrow keys, and Enter opens the device', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await explorer.openExample('vm-intel-iotlb');
      await page.getByRole('tree').focus();
      const active = async (): Promise<string> =>
        (await page.evaluate(
          `document.getElementById(document.activeElement.getAttribute('aria-activedescendant')).dataset.key`,
        )) as string;
      assert.equal(await active(), 'f0');
      for (const [key, expected] of [
        ['ArrowLeft', 'b0000:00:08.0'],
        ['ArrowLeft', 'r0000:00'],
        ['ArrowRight', 'b0000:00:08.0'],
        ['ArrowDown', 'f0'],
        ['End', 'f2'],
        ['ArrowUp', 'b0000:00:0b.0'],
        ['Home', 'r0000:00'],
      ] as const) {
        await page.keyboard.press(key);
        assert.equal(await active(), expected, key);
      }
      await page.keyboard.press('End');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: /^0000:04:00\.0/ }).waitFor();
    });
  });

  it('sorts its table by keys, and says so', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await explorer.openExample('vm-intel-iotlb');
      await page.getByRole('button', { name: 'IDs', exact: true }).focus();
      await page.keyboard.press('Enter');
      assert.deepEqual(
        (await rowsOf(page)).map(({ ids }) => ids),
        ['1af4:1041', '1b36:0010', '8086:10c9'],
      );
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('th.head-ids').getAttribute('aria-sort'), 'descending');
      assert.equal((await rowsOf(page))[0]?.ids, '8086:10c9');
    });
  });

  for (const file of readdirSync(CAPTURES))
    it(`says what airlock view says of each device of ${file}, and the capture of its driver and group`, async () => {
      await withPage(WIDE, async explorer => {
        await giveFiles(explorer, join(CAPTURES, file));
        const rows = await rowsOf(explorer.page);
        checkRows(rows, viewOf(CAPTURES, file));
        const capture = JSON.parse(readFileSync(join(CAPTURES, file), 'utf8')) as {
          readonly devices: readonly { readonly driver?: string | null; readonly iommuGroup?: { readonly number: number } | null }[];
        };
        const orUnknown = (value: string | null | undefined): string => (value === undefined ? '?' : (value ?? 'none'));
        for (const [i, { driver, iommuGroup }] of capture.devices.entries()) {
          const group = iommuGroup == null ? iommuGroup : `${iommuGroup.number}`;
          assert.deepEqual([rows[i]?.driver, rows[i]?.group], [orUnknown(driver), orUnknown(group)]);
        }
        for (const [answer, words] of [
          ['unsupported', ['--hw-caps', '0x8']],
          ['unreported', ['--hw-caps', '0x0', '--kernel', '7.0']],
        ] as const) {
          await explorer.page.locator('#host-kernel').selectOption(answer);
          await explorer.page.locator('#host-ats').selectOption('on');
          checkRows(await rowsOf(explorer.page), viewOf(CAPTURES, file, '--ats', 'on', '--backend', 'iommufd', ...words));
        }
      });
    });

  const dumps = existsSync(DUMPS) ? readdirSync(DUMPS).filter(name => name.endsWith('.lspci')) : [];
  it('says what airlock view says of each device of each dump', { skip: dumps.length === 0 ? 'there are no dumps' : false }, async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      for (const file of dumps) {
        await page.getByRole('button', { name: 'Inputs', exact: true }).click();
        await giveFiles(explorer, join(DUMPS, file));
        await page.getByRole('heading', { level: 1, name: file }).waitFor();
        checkRows(await rowsOf(page), viewOf(DUMPS, file));
      }
    });
  });

  it('makes of 1,000 functions what is in sight, and finds one', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await giveFiles(explorer, { name: 'large.json', text: largeHost(1000) });
      await page.getByText('1,000 functions', { exact: true }).waitFor();
      const made = async (): Promise<number> =>
        (await page.locator('.host-picture .box').count()) + (await page.locator('.function-table tr').count());
      assert.ok((await made()) < 250, `${await made()} boxes and rows`);
      await page.getByRole('tree').focus();
      await page.keyboard.press('End');
      await page.locator('.box.active').waitFor();
      assert.ok(((await page.evaluate(`document.querySelector('.host-picture').scrollTop`)) as number) > 1000);
      await page.locator('#filter').fill('made vf 08:');
      await page.getByText(/^47 of 1,000 match$/).waitFor();
      await page.locator('.box.run').click();
      await page.locator('.box.function').nth(8).waitFor();
    });
  });

  for (const look of LOOKS)
    it(`shows hostile and long strings as text: ${look.name}`, async () => {
      await withPage(look, async explorer => {
        const { page } = explorer;
        await giveFiles(explorer, { name: '<img src=x onerror="window.hostile=1">\u202e.json', text: hostileHost() });
        await rowsOf(page);
        await explorer.checkAccessible();
        assert.equal(await page.evaluate('window.hostile'), undefined);
        assert.equal(await page.evaluate(`/[\\u202e\\u0007]/.test(document.querySelector('main').innerHTML)`), false);
        assert.ok(
          ((await page.evaluate('document.documentElement.scrollWidth')) as number) <= look.width,
          'the page is no wider than the window',
        );
      });
    });

  it('says of a dump what a capture would add, and of bytes without an address that their parent is not known', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'x.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(256, 1) });
      await page.getByText('sudo airlock capture').waitFor();
      await page.getByRole('treeitem', { name: 'parent is not known' }).waitFor();
      assert.equal(await page.locator('.host-picture .group').count(), 0);
    });
  });
});
