/** What is taken away: links, with data and without, pictures, JSON and the command that prints it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import type { Download, Page } from 'playwright-core';
import { parseXml } from '../../src/pure/plan/readers/libvirt/xml.ts';
import { useBrowser } from './browser.ts';
import { type Explorer, LOOKS, type Look, ROOT, skip, WIDE, withPage } from './page.ts';

const CAPTURE = readFileSync(resolve(ROOT, 'captures/vm-intel-iotlb.json'), 'utf8');
/** Of an example. */
const DEVICE = '#airlock=1&view=device&input=vm-intel-iotlb:93aec9e1&device=0';
const PHONE = LOOKS.find(({ width }) => width === 360) ?? WIDE;

/** The text of a field of the dialog, which is opened for it. */
async function taken(page: Page, label: RegExp): Promise<string> {
  const dialog = page.getByRole('dialog', { name: 'Take away' });
  if (!(await dialog.isVisible())) await page.getByRole('button', { name: 'Take away' }).click();
  return dialog.getByLabel(label).inputValue();
}

const fragmentOf = (link: string): string => link.replace(/^[^#]*/, '');

async function textOf(download: Download): Promise<string> {
  return readFileSync(await download.path(), 'utf8');
}

async function save(page: Page, name: RegExp): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).first().click()]);
  return download;
}

/** What the command prints, run in a folder that holds the files. */
function run(command: string, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-share-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const airlock = `airlock() { '${process.execPath}' --import '${import.meta.resolve('tsx')}' '${resolve(ROOT, 'src/cli/main.ts')}' "$@"; }`;
    const { stdout, stderr } = spawnSync('bash', ['-c', `${airlock}\n${command}`], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
    assert.ok(stdout !== '', stderr);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Opens the page at a link and gives what it shows as JSON, and its command. */
async function answerAt(look: Look, link: string): Promise<{ readonly json: string; readonly command: string }> {
  let answer = { json: '', command: '' };
  await withPage(
    look,
    async ({ page }) => {
      const command = await taken(page, /The command/);
      answer = { command, json: await textOf(await save(page, /^Save .*\.json/)) };
    },
    link,
  );
  return answer;
}

/** Questions by their part of a link. */
const QUESTIONS = [
  '',
  '&ats=on&kernel-answer=unsupported',
  '&profile=qemu-11.1&machine=pc-q35-11.0&kernel-answer=unreported',
  '&kernel-answer=supported&backend=legacy&viommu-pasid=on',
  '&placement=conventional-bridge&p=x-vpasid-cap-offset%3D0x200&p=multifunction%3Don',
  '&profile=qemu-10.0&machine=pc-q35-9.2',
];

describe('the link', { skip }, () => {
  useBrowser();

  for (const look of [WIDE, PHONE])
    it(`shows the same in another copy of the page, an example by itself: ${look.name}`, async () => {
      let link = '';
      await withPage(look, async explorer => {
        const { page } = explorer;
        await page.goto(`${page.url()}${DEVICE}&ats=off&theme=dark`);
        await page.getByRole('heading', { level: 1, name: /0000:01:00\.0/ }).waitFor();
        link = await taken(page, /What is shown/);
        await explorer.checkAccessible();
      });
      assert.equal(fragmentOf(link), `${DEVICE}&ats=off&theme=dark`);
    });

  it('holds the data where that is asked for, and asks for it where not', async () => {
    let [without, within] = ['', ''];
    await withPage(WIDE, async ({ page }) => {
      await page
        .locator('input[type=file]')
        .first()
        .setInputFiles({ name: 'my host.json', mimeType: '', buffer: Buffer.from(`${CAPTURE}\n`) });
      await page.getByRole('heading', { level: 1, name: /my host\.json/ }).waitFor();
      without = fragmentOf(await taken(page, /What is shown/));
      await page.getByLabel(/With the data of my host\.json/).check();
      await page.waitForFunction(`document.querySelector('dialog[open] textarea').value.includes('&data=')`);
      within = fragmentOf(await taken(page, /What is shown/));
    });
    assert.match(within, /^#airlock=1&view=host&input=my%20host\.json:[0-9a-f]{8}&data=[\w-]{1000,}$/);
    await withPage(WIDE, async ({ page }) => page.getByRole('heading', { level: 1, name: /my host\.json/ }).waitFor(), within);
    await withPage(
      WIDE,
      async explorer => {
        const { page } = explorer;
        await page.getByText('my host.json').waitFor();
        await explorer.checkAccessible();
        // Its name does not matter, its content does.
        const file = { mimeType: '', name: 'other.json' };
        await page
          .locator('input[type=file]')
          .first()
          .setInputFiles({ ...file, buffer: Buffer.from(CAPTURE) });
        await page.waitForTimeout(300);
        await page.getByText('my host.json').waitFor();
        await page.keyboard.press('i');
        await page
          .locator('input[type=file]')
          .first()
          .setInputFiles({ ...file, buffer: Buffer.from(`${CAPTURE}\n`) });
        await page.getByText('my host.json').waitFor({ state: 'hidden' });
        await page.getByRole('heading', { level: 1, name: /other\.json/ }).waitFor();
      },
      without,
    );
    await withPage(WIDE, async ({ page }) => page.getByText('The data in the link cannot be used').waitFor(), within.slice(0, -40));
  });

  const HOSTILE = [
    '#',
    '#airlock=1',
    '#airlock=9&view=host',
    '#airlock=1&view=device&device=0',
    `${DEVICE}9999`,
    `${DEVICE}&machine=<script>alert(1)</script>&p=x&profile=nobody&placement=conventional`,
    '#airlock=1&view=compare&a=1.0&b=1.99&input=vm-intel-iotlb:93aec9e1&a-asks=airlock%3D1%26machine%3Dzz',
    '#airlock=1&view=host&input=%3Cimg%20src=x%20onerror=alert(1)%3E:00000000&filter=%00%E2%80%AE&theme=%',
    '#airlock=1&view=plan&vm=7&host=9&data=AAAA',
    '#airlock=1&view=plan&vm=99999999999&definition=a:00000000&data=%ff',
    `#airlock=1&view=host&input=a:00000000&data=${'A'.repeat(100_000)}`,
    `#${'&'.repeat(5000)}`,
    '#%E0%A4%A',
  ];
  it('is no way to break the page', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      const start = page.url();
      for (const hostile of HOSTILE) {
        await page.goto(`${start}${hostile}`);
        await page.waitForTimeout(150);
        assert.equal(await page.locator('main').isVisible(), true, hostile);
        assert.equal(await page.getByRole('heading', { name: 'This view cannot be drawn' }).count(), 0, hostile);
      }
      await page.goto(`${start}${DEVICE}`);
      await page.getByRole('heading', { level: 1, name: /0000:01:00\.0/ }).waitFor();
    });
  });

  it('selects the text where the browser refuses to copy', async () => {
    await withPage(WIDE, async ({ page }) => {
      await page.evaluate(
        `Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('refused')) } })`,
      );
      const link = await taken(page, /What is shown/);
      await page.getByRole('button', { name: 'Copy' }).first().click();
      await page.getByText('the text is selected').waitFor();
      const selected = await page.evaluate(
        `(({ value, selectionStart, selectionEnd }) => value.slice(selectionStart, selectionEnd))(document.activeElement)`,
      );
      assert.equal(selected, link);
    });
  });
});

describe('the command', { skip }, () => {
  useBrowser();

  for (const question of QUESTIONS)
    it(`prints the JSON of the page: ${question || 'nothing changed'}`, async () => {
      const { json, command } = await answerAt(WIDE, `${DEVICE}${question}`);
      assert.equal(run(command, { 'vm-intel-iotlb.json': CAPTURE }), json);
    });

  it('prints the JSON of a whole host', async () => {
    const { json, command } = await answerAt(PHONE, '#airlock=1&view=host&input=vm-intel-iotlb:93aec9e1&ats=off');
    assert.equal(command, 'airlock view vm-intel-iotlb.json --ats off --json');
    assert.equal(run(command, { 'vm-intel-iotlb.json': CAPTURE }), json);
  });
});

describe('a picture', { skip }, () => {
  useBrowser();

  async function openHost(explorer: Explorer): Promise<void> {
    await explorer.openExample('vm-intel-iotlb');
    await explorer.page.locator('.picture svg').first().waitFor();
  }

  for (const look of [WIDE, PHONE])
    for (const colorScheme of ['light', 'dark'] as const)
      it(`is an SVG that stands alone, and a PNG of twice its size: ${look.width} px, ${colorScheme}`, async () => {
        await withPage({ ...look, colorScheme }, async explorer => {
          const { page } = explorer;
          await openHost(explorer);
          const svg = await textOf(await save(page, /as SVG$/));
          assert.equal(parseXml({ file: 'a.svg', text: svg }).root.name, 'svg');
          assert.doesNotMatch(svg, / (?:class|style|tabindex|on\w+|aria-\w+)=|var\(|light-dark|url\((?!#)|https?:(?!\/\/www\.w3\.org\/)/i);
          assert.match(svg, /<title>[^<]+<\/title>/);
          assert.match(svg, /font-family="sans-serif"/);
          const [, width = '', height = '', red = ''] = /<rect x="0" y="0" width="(\d+)" height="(\d+)" fill="rgb\((\d+),/.exec(svg) ?? [];
          assert.ok(colorScheme === 'light' ? Number(red) > 200 : Number(red) < 60, `the ground is ${red}`);
          const png = readFileSync(await (await save(page, /as PNG$/)).path());
          // IHDR of PNG (RFC 2083 §4.1.1).
          assert.equal(png.toString('latin1', 1, 4), 'PNG');
          assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [2 * Number(width), 2 * Number(height)]);
          // More than one colour in it: a blank picture of this size is far smaller.
          assert.ok(png.length > 10_000, `${png.length} bytes`);
        });
      });
});
