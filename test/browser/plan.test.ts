/** The plan: definitions beside captures, a matrix that opens to the device. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { useBrowser } from './browser.ts';
import { type Explorer, LOOKS, ROOT, skip, WIDE, withPage } from './page.ts';

const HOSTS = ['vm-intel-iotlb', 'vm-intel-no-iotlb', 'vm-amd'];
const DEFINITIONS = ['db1.xml', 'db2.xml', 'gpu1.args', 'web.yaml', 'web1.args'].map(name => resolve(ROOT, 'examples/definitions', name));

const VM = `qemu-system-x86_64 -name "<b>one</b>" -M q35 -nodefaults -object iommufd,id=i0 \\
  -device pcie-root-port,id=rp1,chassis=1 \\
  -device vfio-pci,host=01:00.0,bus=rp1,iommufd=i0,ats=on,id=nic0`;

/** Hosts and the plan, which is opened. */
async function giveHosts({ page }: Explorer, hosts: readonly string[]): Promise<void> {
  const files = hosts.map(name => resolve(ROOT, 'captures', `${name}.json`));
  await page.keyboard.press('p');
  await page.locator('.plan input[type=file]').setInputFiles(files);
  await page
    .getByRole('navigation', { name: 'Inputs' })
    .getByRole('button', { name: `${hosts.at(-1)}.json`, exact: true })
    .waitFor();
}

async function giveText({ page }: Explorer, text: string): Promise<void> {
  const field = page.locator('#definition');
  if (!(await field.isVisible())) await page.getByText('Add a definition or a host').click();
  await field.fill(text);
  await page.getByRole('button', { name: 'Plan it' }).click();
}

describe('the plan', { skip }, () => {
  useBrowser();

  it('shows names of files in their own order, and none makes the page wider than a phone', async () => {
    const [phone = WIDE] = LOOKS;
    await withPage(phone, async ({ page }) => {
      const [vm, host] = [readFileSync(resolve(ROOT, 'examples/definitions/db1.xml')), readFileSync(resolve(ROOT, 'captures/vm-amd.json'))];
      const mimeType = 'text/plain';
      await page.keyboard.press('p');
      await page.locator('.plan input[type=file]').setInputFiles([
        { name: 'host-\u202enosj.json', mimeType, buffer: host },
        { name: `${'long'.repeat(75)}.json`, mimeType, buffer: Buffer.from(`${host} `) },
        { name: 'vm-\u202elmx.xml', mimeType, buffer: vm },
        { name: 'not-\u202etxt.txt', mimeType, buffer: Buffer.from('hello') },
      ]);
      await page.getByRole('button', { name: 'db1 fails on host-\\u202enosj.json' }).waitFor();
      await page.getByRole('button', { name: 'Take away' }).click();
      await page.getByText('With the data of').waitFor();
      const raw = await page.evaluate<string[]>(`[...document.querySelectorAll('body *:not(textarea)')].flatMap(element => [
        ...[...element.childNodes].filter(node => node.nodeType === 3).map(node => node.nodeValue),
        ...[...element.attributes].map(({ value }) => value),
      ]).filter(text => text.includes('\u202e'))`);
      assert.deepEqual(raw, []);
      const [inner, whole] = await page.evaluate<number[]>(`[innerWidth, document.documentElement.scrollWidth]`);
      assert.ok((whole ?? 0) <= (inner ?? 0), `${whole} px`);
    });
  });

  for (const look of LOOKS)
    it(`opens from the matrix to what stops a VM, and to the device: ${look.name}`, async () => {
      await withPage(look, async explorer => {
        const { page } = explorer;
        await giveHosts(explorer, HOSTS);
        await explorer.checkAccessible();
        await giveText(explorer, VM);
        const cell = page.getByRole('button', { name: '<b>one</b> fails on vm-intel-no-iotlb.json' });
        await cell.click();
        assert.equal(await cell.getAttribute('aria-pressed'), 'true');
        assert.equal(await page.evaluate(`document.activeElement.id`), 'vm-title');
        await page.getByText('vfio 0000:01:00.0: vfio-pci: ATS requested but not supported by kernel').first().waitFor();
        await page.getByText('Mends it:').first().waitFor();
        assert.equal(await page.locator('.source-line mark').first().textContent(), 'on');
        await page.getByText('Function, group and properties').first().click();
        await page.getByRole('table', { name: 'Properties of nic0' }).getByText('device option at pasted:3:56').waitFor();
        await explorer.checkAccessible();
        const [inner, whole] = await page.evaluate<number[]>(`[innerWidth, document.documentElement.scrollWidth]`);
        assert.ok((whole ?? 0) <= (inner ?? 0), `${whole} px`);
        await page.getByRole('button', { name: '<b>one</b> fits on vm-intel-iotlb.json' }).click();
        await page.getByRole('button', { name: 'nic0', exact: true }).click();
        await page.getByRole('heading', { level: 1, name: /0000:01:00\.0/ }).waitFor();
        assert.match(page.url(), /profile=qemu-11\.1&machine=pc-q35-11\.1&ats=on&placement=root-port/);
        await page.goBack();
        await page.getByRole('heading', { level: 1, name: /^Plan/ }).waitFor();
      });
    });

  it('is walked by arrow keys', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await giveHosts(explorer, HOSTS);
      await page.locator('.plan input[type=file]').setInputFiles(DEFINITIONS);
      await page.getByRole('button', { name: /^db1 .* on vm-intel-iotlb/ }).focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowDown');
      assert.match(await page.evaluate<string>(`document.activeElement.getAttribute('aria-label')`), /^db2 .* on vm-intel-no-iotlb/);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 2, name: /db2 .* on vm-intel-no-iotlb/ }).waitFor();
      await page.getByLabel('Rules of').selectOption('qemu-10.0');
      await page
        .getByText(/by qemu-10\.0/)
        .first()
        .waitFor();
      await page.waitForURL(/&vm=1&host=2&plan-profile=qemu-10\.0$/);
    });
  });

  it('says what airlock plan --json says', async () => {
    const files = HOSTS.map(name => resolve(ROOT, 'captures', `${name}.json`));
    const command = ['--import', 'tsx', resolve(ROOT, 'src/cli/main.ts'), 'plan', ...DEFINITIONS.map(path => path.replace(/.*\//, ''))];
    const words = [...command, ...files.flatMap(path => ['--host', path]), '--json'];
    const { stdout } = spawnSync(process.execPath, words, {
      cwd: resolve(ROOT, 'examples/definitions'),
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.notEqual(stdout, '');
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await giveHosts(explorer, HOSTS);
      await page.locator('.plan input[type=file]').setInputFiles(DEFINITIONS);
      await page.getByRole('button', { name: /^web1 .* on vm-amd/ }).waitFor();
      await page.getByText('Planning…').waitFor({ state: 'hidden' });
      await page.getByRole('button', { name: 'Take away' }).click();
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save plan.json' }).click()]);
      assert.equal(readFileSync(await download.path(), 'utf8'), stdout);
      assert.match(await page.getByLabel(/The command/).inputValue(), /^airlock plan db1\.xml .*--host vm-intel-iotlb\.json .*--json$/);
    });
  });

  it('pins a VM on a host: its text with what AUTO became', async () => {
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await giveHosts(explorer, ['vm-intel-iotlb']);
      await giveText(explorer, VM.replace(',ats=on', ''));
      await page.getByRole('button', { name: 'Pin on vm-intel-iotlb.json' }).click();
      assert.match(await page.getByLabel('The pinned text').inputValue(), /^qemu-system-x86_64 .*id=nic0,.*ats=on/s);
      await explorer.checkAccessible();
    });
  });

  it('says why a definition cannot be read, as text', async () => {
    await withPage(WIDE, async explorer => {
      await giveHosts(explorer, ['vm-amd']);
      await giveText(explorer, `<domain><name><img src=x onerror="document.title='hit'"></domain>`);
      await explorer.page
        .getByRole('alert')
        .filter({ hasText: /Cannot read pasted:1:\d+: / })
        .waitFor();
      await giveText(explorer, 'crosvm run --vfio /sys/bus/pci/devices/0000:3b:00.0 vmlinux');
      await explorer.page.getByRole('alert').filter({ hasText: "crosvm's command lines are not read" }).waitFor();
      await explorer.checkAccessible();
    });
  });

  it('plans 50 VMs on 20 hosts', async () => {
    const capture = readFileSync(resolve(ROOT, 'captures/vm-intel-iotlb.json'), 'utf8');
    const hosts = Array.from({ length: 20 }, (_, i) => ({
      name: `host${i}.json`,
      mimeType: '',
      buffer: Buffer.from(`${capture}${' '.repeat(i)}`),
    }));
    const vms = Array.from({ length: 50 }, (_, i) => ({
      name: `vm${i}.args`,
      mimeType: '',
      buffer: Buffer.from(VM.replace('<b>one</b>', `vm${i}`).replace('chassis=1', `chassis=${i + 1}`)),
    }));
    await withPage(WIDE, async explorer => {
      const { page } = explorer;
      await page.keyboard.press('p');
      await page.locator('.plan input[type=file]').setInputFiles(hosts);
      await page.getByRole('navigation', { name: 'Inputs' }).getByRole('button', { name: 'host19.json', exact: true }).waitFor();
      await page.locator('.plan input[type=file]').setInputFiles(vms);
      // Queries by role walk all cells within the page, which is long itself.
      await page.locator('[aria-label^="vm49 "][aria-label$=" on host19.json"]').waitFor();
      await page.locator('.plan [role="status"]').filter({ hasText: 'Planning' }).waitFor({ state: 'hidden' });
      assert.equal(await page.locator('.plan .matrix tbody button').count(), vms.length * hosts.length);
    });
  });
});
