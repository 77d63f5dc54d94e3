/** Cloud Hypervisor itself, its guests Linux: the commands of the guide, views, raw bytes, our serial card, and a real disk of the host. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseCapture, parseConfigText } from '../../src/pure/capture/index.ts';
import { type Block, isPrinted, readPages } from '../oracle/guide-pages.ts';
import { serveHost } from '../passthrough/served-host.ts';
import { nvmeDisk, writeEmptyImage } from '../vm/devices.ts';
import { type ExpectedInGuest, expectedServed, unexpectedBytes } from '../vm/guest-expected.ts';
import type { HostVm } from '../vm/host-vm.ts';
import { putProgram } from '../vm/put-program.ts';
import { runFor } from '../vm/run-for.ts';
import { bindToVfio } from '../vm/vfio.ts';
import { awaitTold, GUEST_FILES, hypervisorHost, lastTold, startGuest, type ToldFunction, toldFunctions } from './hypervisor-host.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CAPTURE = join(ROOT, 'captures/synthetic-vtd-ats.json');
const INSTALLED_CAPTURE = '/opt/package/node_modules/vfio-airlock/captures/synthetic-vtd-ats.json';
const PAGE = 'attach-with-cloud-hypervisor.md';
/** The guests of this VM took 300 s on a machine that others had too, KVM itself being emulated. */
const guestSeconds = 480;
const ATS_WORDS = 'Address Translation Service (ATS)';

/** Of the captured GPU. */
const PMCSR = 0x64;

/** Extended capabilities that Cloud Hypervisor hides by their ID: ARI, SR-IOV, Resizable BAR. */
const HIDDEN = [0x0e, 0x10, 0x15];

/** What its guest reads of `bytes`: addresses are its own, and hidden capabilities have an ID of 0 and are there otherwise. */
function behindCloudHypervisor({ bytes, write }: ExpectedInGuest): ExpectedInGuest {
  const seen = bytes.slice();
  for (let at = 0x100; at !== 0; at = ((seen[at + 3] << 4) | (seen[at + 2] >> 4)) & 0xffc) {
    if (HIDDEN.includes(seen[at] | (seen[at + 1] << 8))) seen.fill(0, at, at + 2);
  }
  const addresses = write.slice();
  addresses.fill(0xff, 0x10, 0x28);
  addresses.fill(0xff, 0x30, 0x34);
  return { bytes: seen, write: addresses };
}

/** A line of sh that waits for a word in a file. */
const awaitLine = (word: string, file: string) => `until grep -qs ${word} ${file}; do sleep 0.3; done`;

/** The guide's page as its reader types it; where a device comes to the VM, the guest tells of it. */
function pageScript(blocks: readonly Block[]): string {
  let devices = 0;
  const parts = blocks.map(({ kind, text }, i) => {
    if (kind === 'text') return '';
    if (kind === 'sh') return `exec > ${i}.out\n${text}exec > /dev/null\n`;
    devices++;
    const command = devices === 1 ? `${text.trimEnd()} > console 2> vmm &\nvmm=$!` : text;
    return [command, awaitTold(devices), ...(devices === 2 ? ['ch-remote --api-socket vm.sock shutdown-vmm', 'wait $vmm'] : []), ''].join(
      '\n',
    );
  });
  return parts.join('');
}

describe('Cloud Hypervisor', () => {
  let folder = '';
  let vm: HostVm;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-cloud-hypervisor-'));
    const image = join(folder, 'nvme.img');
    writeEmptyImage(image, 64 << 20);
    vm = await hypervisorHost([nvmeDisk('disk', image)]);
  });
  after(async () => {
    await vm?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is started and given a device as the guide says', async () => {
    const page = readPages().find(({ name }) => name === PAGE);
    assert.ok(page !== undefined);
    const script = [
      'set -eu',
      `mkdir guide && cd guide && ln -s /opt/package/node_modules node_modules && ln -s ${GUEST_FILES}/* .`,
      pageScript(page.blocks),
    ].join('\n');
    await vm.output('cat > guide.sh', { stdin: script });
    const { code, stderr } = await runFor(vm, guestSeconds, ['bash', 'guide.sh']);
    const told = await vm.output('cat guide/console guide/vmm');
    assert.equal(code, 0, stderr + lastTold(told));
    const functions = toldFunctions(told);
    assert.deepEqual(
      functions.map(({ config }) => Buffer.from(config.subarray(0, 4)).toString('hex')),
      ['341201a0', '341203a1'],
    );
    for (const [i, { kind, text }] of page.blocks.entries()) {
      if (kind === 'text') assert.ok(isPrinted(text, await vm.output(`cat guide/${i - 1}.out`)));
    }
  });

  describe('with seven devices', () => {
    const GPUS = ['on', 'auto', 'off', 'raw'];
    const EXAMPLES = ['serial-card', 'dma-device'];
    let told: readonly ToldFunction[] = [];
    let serialOutput = '';
    const gpu = (name: string): ToldFunction => told[GPUS.indexOf(name)];

    before(async () => {
      for (const name of EXAMPLES) await putProgram(vm, join(ROOT, `examples/${name}.ts`), `/opt/package/${name}.mjs`);
      const address = await vm.address('disk');
      await bindToVfio(vm, address);
      const disk = await serveHost(vm, [address], ['--backend', 'iommufd']);
      const words = (name: string) => (name === 'raw' ? '--profile raw' : `--ats ${name}`);
      const sockets = [...[...GPUS, ...EXAMPLES].map(name => `${name}.sock`), disk.socket(address)];
      const script = [
        'set -eu',
        'mkdir seven && cd seven',
        ...GPUS.map(name => `airlock serve ${INSTALLED_CAPTURE} -s 01:00.0 ${words(name)} --socket ${name}.sock > ${name}.log &`),
        ...EXAMPLES.map(name => `node /opt/package/${name}.mjs ${name}.sock > ${name}.out < /dev/null &`),
        ...GPUS.map(name => awaitLine('Ready', `${name}.log`)),
        ...EXAMPLES.map(name => `until [ -e ${name}.sock ]; do sleep 0.3; done`),
        startGuest({ words: ['--user-device', ...sockets.map(path => `socket=${path}`)] }),
        awaitTold(sockets.length),
        'ch-remote --api-socket vm.sock shutdown-vmm',
        'wait $vmm',
        'kill %1 %2 %3 %4 %5 %6 && wait',
      ].join('\n');
      await vm.output('cat > seven.sh', { stdin: script });
      const { code, stderr } = await runFor(vm, guestSeconds, ['bash', 'seven.sh']);
      const console = await vm.output('cat seven/console seven/vmm');
      assert.equal(code, 0, stderr + lastTold(console));
      told = toldFunctions(console);
      serialOutput = await vm.output('cat seven/serial-card.out');
      assert.equal(await disk.stop(), 0);
    });

    for (const ats of ['on', 'auto', 'off']) {
      it(`the guest reads the view with ats=${ats}, less what Cloud Hypervisor hides`, () => {
        const { config, lspci } = gpu(ats);
        assert.equal(lspci.includes(ATS_WORDS), ats !== 'off', lspci);
        assert.deepEqual(unexpectedBytes(config, behindCloudHypervisor(expectedServed(CAPTURE, ats))), []);
      });
    }

    it('raw bytes are what was captured, and regions have the sizes that were', () => {
      const [device] = parseCapture(readFileSync(CAPTURE, 'utf8')).devices;
      assert.ok(device !== undefined);
      const { bytes } = parseConfigText(device.config);
      // The guest's kernel writes where the view lets it, and clears PME_Status, which the view hides.
      const { write } = expectedServed(CAPTURE, 'on');
      write[PMCSR + 1] |= 0x80;
      assert.deepEqual(unexpectedBytes(gpu('raw').config, behindCloudHypervisor({ bytes, write })), []);
      const sizes = (told: ToldFunction) =>
        [...told.lspci.matchAll(/^.*Region (\d): .*\[size=(\w+)\]$/gm)].map(([, index, size]) => [index, size]);
      assert.deepEqual(sizes(gpu('raw')), sizes(gpu('on')));
      assert.equal(sizes(gpu('raw')).length, device.bars?.length);
    });

    it("Linux' own driver takes the serial card, and sends by interrupt", () => {
      const { driver, lines } = told[4];
      assert.equal(driver, 'serial');
      assert.match(serialOutput, /hello from the guest/);
      assert.match(lines('INTERRUPTS').join('\n'), /^ *\d+: +[1-9]/);
    });

    it('a device of one’s own reads and writes the memory of the guest', () => {
      assert.deepEqual(
        told[5].lines('COPIED').map(line => JSON.parse(line)),
        [{ status: 2, wrong: 0 }],
      );
    });

    it('a real disk of the host works with its stock driver: DMA and MSI-X go past the VMM', () => {
      const { driver, lines } = told[6];
      assert.equal(driver, 'nvme');
      const [written, verified] = lines('BLOCKS').map(line => JSON.parse(line));
      assert.deepEqual([written.count, written.wrong, verified], [64, 0, written]);
      assert.match(lines('INTERRUPTS').join('\n'), /nvme/);
    });
  });
});
