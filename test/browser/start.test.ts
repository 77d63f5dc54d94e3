/** The start of the page: what it shows first, an example, and a paste. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { airlock } from '../package/airlock.ts';
import { useBrowser } from './browser.ts';
import { type Explorer, LOOKS, ROOT, skip, WIDE, withPage } from './page.ts';

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

  it('asks where words fit in two byte orders, and reads as it is told', async () => {
    for (const [order, ids] of [
      ['hexdump', '15b3:1019'],
      ['hexdump-be', 'b315:1910'],
    ] as const)
      await withPage(WIDE, async explorer => {
        const { page } = explorer;
        await explorer.paste('0000000 15b3 1019 0000 0000 0000 0000 0000 0000\n');
        const alert = page.getByRole('alert').first();
        await alert.waitFor();
        await explorer.checkAccessible();
        const ways = await alert.getByRole('button').count();
        assert.equal(ways, 2);
        const told = (await alert.textContent()) ?? '';
        assert.ok(told.includes(`${ids} (${order})`), told);
        await alert.locator(`[data-form="${order}"]`).press('Enter');
        await page.locator('td').getByText(ids).waitFor();
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

const DUMP = readFileSync(join(import.meta.dirname, '../../captures/vm-amd.json'), 'utf8');
const VM = 'qemu-system-x86_64 -M q35 -device vfio-pci,host=0000:01:00.0,ats=on\n';

/** A paste as a browser gives it, into the element that has the focus. */
async function pasteEvent({ page }: Explorer, text: string): Promise<void> {
  await page.evaluate(
    `{ const data = new DataTransfer(); data.setData('text/plain', ${JSON.stringify(text)});
       document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); }`,
  );
}

/** Files dropped somewhere on the page. */
async function drop({ page }: Explorer, files: Readonly<Record<string, string>>): Promise<void> {
  await page.evaluate(
    `{ const data = new DataTransfer();
       for (const [name, text] of Object.entries(${JSON.stringify(files)})) data.items.add(new File([text], name));
       for (const type of ['dragover', 'drop'])
         document.querySelector('main').dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true })); }`,
  );
}

describe('inputs', { skip }, () => {
  useBrowser();

  it('shows a paste at once where nothing else is there, and by Ctrl+Enter else', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await page.locator('#paste').focus();
      await pasteEvent(explorer, DUMP);
      await page.getByRole('heading', { level: 1, name: 'pasted' }).waitFor();
      await page.getByRole('button', { name: 'Inputs', exact: true }).click();
      await page.locator('#paste').fill(DUMP.replace('AMD-Vi', 'other'));
      await page.locator('#paste').press('Control+Enter');
      await page.getByRole('heading', { level: 1, name: 'pasted 2' }).waitFor();
    });
  });

  it('keeps a paste that cannot be read where it can be mended', async () => {
    await withPage(WIDE, async explorer => {
      await explorer.page.locator('#paste').focus();
      await pasteEvent(explorer, 'not a device');
      await explorer.page.getByText(/Cannot read pasted: it is in no format that is known; wanted/).waitFor();
      assert.equal(await explorer.page.locator('#paste').inputValue(), 'not a device');
    });
  });

  for (const look of LOOKS)
    it(`takes files dropped anywhere, lists them with what they were read as, and removes them: ${look.name}`, async () => {
      await withPage(look, async explorer => {
        const { page } = explorer;
        await drop(explorer, { 'a.json': DUMP, 'b.txt': 'rubbish', 'c.json': DUMP.replace('AMD-Vi', 'other') });
        await page.getByText('read as a capture of Airlock: 2 devices').nth(1).waitFor();
        await page.getByRole('alert').getByText('Cannot read b.txt:').waitFor();
        await explorer.checkAccessible();
        await page.getByRole('button', { name: 'Remove a.json' }).click();
        await page.getByRole('button', { name: 'Remove c.json' }).click();
        assert.equal(await page.locator('.given').count(), 0);
        assert.ok(
          ((await page.evaluate('document.documentElement.scrollWidth')) as number) <= look.width,
          'the page is no wider than the window',
        );
      });
    });

  it('shows the plan where the definition of a VM is dropped beside a capture', async () => {
    await withPage(WIDE, async explorer => {
      await drop(explorer, { 'host.json': DUMP });
      await explorer.page.locator('main.host').waitFor();
      await drop(explorer, { 'vm.args': VM });
      await explorer.page.getByText('vm.args').first().waitFor();
      assert.equal(await explorer.page.locator('main.host').count(), 0);
    });
  });

  it('shows a megabyte of rubbish and tags as text, and says why it is not read', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await drop(explorer, {
        '<b>.txt': `<script>window.hostile=1</script><img src=x onerror=window.hostile=1>${'\u0001\u202e rubbish'.repeat(100_000)}`,
      });
      await page.getByRole('alert').getByText('Cannot read <b>.txt:').waitFor();
      assert.equal(await page.evaluate('window.hostile'), undefined);
    });
  });

  it('reads a dump of 30 MB', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await page.evaluate(`{
        const rows = Array.from({ length: 256 }, (_, i) => (i * 16).toString(16).padStart(3, '0') + ': 86 80' + ' 00'.repeat(14)).join('\\n');
        let text = ''; for (let i = 0; i < 2200; i++) text += (i >> 5 & 255).toString(16).padStart(2, '0') + ':' + (i & 31).toString(16).padStart(2, '0') + '.0 Made device\\n' + rows + '\\n\\n';
        const data = new DataTransfer(); data.items.add(new File([text], 'large.txt'));
        setTimeout(() => { document.querySelector('main').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })); }, 500); }`);
      await page.getByText('Read as lspci -xxxx: 2,200 devices.').waitFor();
    });
  });

  const folders = ['../shared/inputs', '../shared/dumps'].map(folder => join(ROOT, folder)).filter(existsSync);
  it('reads or refuses the inputs of people as airlock view does', {
    skip: folders.length === 0 ? 'there are no inputs of people' : false,
  }, async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      const wrong: string[] = [];
      for (const file of folders.flatMap(folder => readdirSync(folder).map(name => join(folder, name)))) {
        if (file.endsWith('README.md')) continue;
        const { stdout } = airlock(['view', file, '--json', '--no-bytes']);
        const devices = stdout === '' ? null : (JSON.parse(stdout) as { readonly devices: readonly unknown[] }).devices.length;
        await page.getByRole('button', { name: 'Inputs', exact: true }).click();
        await page.locator('input[type=file]').setInputFiles(file);
        await page.locator('.read-as, .refusals p').first().waitFor();
        const said = (await page.locator('.read-as, .refusals p').first().textContent()) ?? '';
        const read = /: ([\d,]+) devices?\b/.exec(said)?.[1];
        const count = said.startsWith('Cannot read') ? null : Number(read?.replace(',', ''));
        if (count !== devices) wrong.push(`${file}: airlock ${devices}, the page ${said}`);
      }
      assert.deepEqual(wrong, []);
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
