/** `airlock explore` in a browser: served, and as one file from the disk; and inputs that would like to be more than text. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { useBrowser } from './browser.ts';
import { type Explorer, LOOKS, skip, WIDE, withPage, withUrl } from './page.ts';
import { withServed, writePage } from './served.ts';

const AMD = 'captures/vm-amd.json';
let folder = '';
const path = (name: string): string => join(folder, name);

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-browser-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Opens a file of the disk, which may ask for nothing but itself. */
async function withFile(name: string, test: (explorer: Explorer) => Promise<void>, look = WIDE): Promise<void> {
  const url = pathToFileURL(name).href;
  await withUrl({ url, isOwn: asked => asked.split('#')[0] === url, look }, test);
}

describe('airlock explore in a browser', { skip }, () => {
  useBrowser();

  for (const look of LOOKS)
    it(`serves a host, which is what one sees first: ${look.name}`, async () => {
      await withServed([AMD], async address => {
        await withUrl({ url: address, isOwn: url => url.split('#')[0] === address, look }, async explorer => {
          await explorer.sees('01:00.0');
          await explorer.checkAccessible();
        });
      });
    });

  it('serves the shipped captures where nothing is named', async () => {
    await withServed([], async address => {
      await withUrl({ url: address, isOwn: url => url.split('#')[0] === address, look: WIDE }, async explorer => {
        await explorer.openExample('vm-intel-iotlb');
        await explorer.sees('01:00.0');
      });
    });
  });

  it('shows a file from the disk, and the device where there is only one, without its address where it had none', async () => {
    writeFileSync(
      path('raw.bin'),
      Uint8Array.from({ length: 64 }, (_, i) => [0x86, 0x80, 0x72, 0x15, 0, 0, 0, 0, 1, 0, 0, 2][i] ?? 0),
    );
    writePage(path('raw.html'), [path('raw.bin')]);
    await withFile(path('raw.html'), async ({ page }) => {
      await page.getByRole('heading', { level: 1 }).filter({ hasText: '8086:1572' }).waitFor();
      assert.equal((await page.locator('#page').textContent())?.includes('fff0:'), false);
    });
  });

  it('names devices as this machine does', async () => {
    writeFileSync(path('pci.ids'), '1af4  A Vendor of Names\n\t1041  A Named Device\n\t1050  Another\n');
    writePage(path('names.html'), [AMD], [], path('pci.ids'));
    await withFile(path('names.html'), async explorer => {
      await explorer.sees('A Named Device');
    });
  });

  it('goes to the plan where a definition is among the inputs', async () => {
    writeFileSync(path('vm.xml'), "<domain type='kvm'><name>a-vm-to-plan</name><os><type machine='q35'>hvm</type></os></domain>");
    writePage(path('plan.html'), [AMD, path('vm.xml')]);
    await withFile(path('plan.html'), async explorer => {
      await explorer.sees('a-vm-to-plan');
    });
  });
});

/** A page that holds this has run a script of somebody's. */
const HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script></script><svg onload="window.pwned=1">';

describe('hostile inputs', { skip }, () => {
  useBrowser();

  /** Nothing of the input became an element, or ran. */
  async function checkHarmless({ page }: Explorer): Promise<void> {
    assert.equal(await page.evaluate('window.pwned'), undefined);
    assert.equal(await page.locator('img, svg[onload], body script:not([type])').count(), 0);
  }

  const PASTES: readonly (readonly [what: string, text: string])[] = [
    ['a megabyte of rubbish', Array.from({ length: 1024 * 1024 }, (_, i) => String.fromCharCode(33 + ((i * 7919) % 90))).join('')],
    ['a megabyte of one line of a dump', `00:00.0 ${'x'.repeat(1024 * 1024)}`],
    ['HTML', HOSTILE],
    ['a dump with HTML in its lines', `00:00.0 ${HOSTILE}\n00: 86 80 72 15 ${HOSTILE}\n${HOSTILE}\n`],
    ['JSON with HTML in its keys', JSON.stringify({ format: 'airlock-capture', schemaVersion: 2, [HOSTILE]: HOSTILE })],
    ['deep JSON', '['.repeat(500_000)],
  ];
  for (const [what, text] of PASTES)
    it(`a paste of ${what} shows as text or is refused`, async () => {
      await withPage(WIDE, async explorer => {
        await explorer.paste(text);
        const { page } = explorer;
        await page.locator('[role="alert"], h1:not(:has-text("What does the guest see"))').first().waitFor();
        await checkHarmless(explorer);
      });
    });

  it('a definition with HTML in its entities and names shows as text where it is planned', async () => {
    const name = HOSTILE.replaceAll('<', '&lt;').replaceAll('"', '&quot;');
    for (const text of [`<!DOCTYPE a [<!ENTITY b "${name}">]><domain>&b;</domain>`, `<domain type="kvm"><name>${name}</name></domain>`])
      await withPage(WIDE, async explorer => {
        await explorer.paste(text);
        await explorer.page.getByRole('button', { name: 'Plan 1' }).click();
        await explorer.sees(/onerror|pasted/);
        await checkHarmless(explorer);
      });
  });

  it('a capture with HTML in every string shows as text, pasted and in a file, under a name of HTML', async () => {
    const capture = JSON.parse(readFileSync(AMD, 'utf8'), (key, value) =>
      typeof value === 'string' && ['description', 'kernel', 'text'].includes(key) ? `${HOSTILE}${value}` : value,
    );
    const text = JSON.stringify(capture);
    assert.ok(text.includes('onerror'));
    await withPage(WIDE, async explorer => {
      await explorer.paste(text);
      await explorer.sees('01:00.0');
      await checkHarmless(explorer);
    });
    const name = path('</script><script>window.pwned=1<'.replaceAll('/', '∕'));
    writeFileSync(name, text);
    writePage(path('hostile.html'), [name], ['--include-serials', '--include-addresses']);
    await withFile(path('hostile.html'), async explorer => {
      await explorer.sees('01:00.0');
      assert.equal(await explorer.page.locator('script').count(), 2);
      assert.equal(await explorer.page.evaluate('window.pwned'), undefined);
      await explorer.checkAccessible();
    });
  });
});
