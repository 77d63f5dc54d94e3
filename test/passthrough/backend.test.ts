/** Devices of the host VM under the suite that every backend must pass, and memory of a file that iommufd does not pin. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { VFIO_IRQ_INFO_NORESIZE, VFIO_PCI_MSI_IRQ_INDEX } from '../../src/pure/spec/vfio/index.ts';
import { airlockInVm } from '../vm/airlock-runs.ts';
import { missingBed } from '../vm/bed.ts';
import { type DeviceSpec, e1000e, igb, nvmeDisk, virtioNetWithAts, writeEmptyImage } from '../vm/devices.ts';
import { type HostVm, hostVm } from '../vm/host-vm.ts';
import { packedAirlock } from '../vm/packed-airlock.ts';
import { putProgram } from '../vm/put-program.ts';
import { bindToVfio } from '../vm/vfio.ts';
import { waitUntil } from '../vm/wait-until.ts';
import { installClient, runClient, serveHost } from './served-host.ts';

const skip = missingBed();
/** Beside koffi. */
const SUITE = '/opt/package/backend-compliance.mjs';
/** Of MSI, which unlike MSI-X cannot grow once it is set up, it has several vectors. */
const usb: DeviceSpec = { name: 'usb', device: 'nec-usb-xhci,msi=on,msix=off' };
const DEVICES = ['virtio-net', 'igb', 'e1000e', 'nvme-disk', usb.name] as const;
const timeoutSeconds = 240;

async function assertCompliance(vm: HostVm, address: string, backend: string): Promise<void> {
  const { code, stdout, stderr } = await vm.run(['node', '--test-reporter=tap', SUITE, address, backend], { timeoutSeconds });
  assert.equal(code, 0, stdout + stderr);
  const lines = stdout.matchAll(/^# (pass|fail|skipped) (\d+)$/gm);
  // A device of the host does not migrate.
  assert.deepEqual(
    Object.fromEntries([...lines].map(([, what, count]) => [what, Number(count)])),
    { pass: 8, fail: 0, skipped: 1 },
    stdout,
  );
}

describe('a device of the host as a backend', { skip }, () => {
  let vm: HostVm;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'airlock-backend-'));
    const image = join(folder, 'nvme.img');
    writeEmptyImage(image, 16 << 20);
    const devices = [virtioNetWithAts, igb, e1000e, nvmeDisk('nvme-disk', image), usb];
    vm = await hostVm({ iommu: 'intel', devices, package: packedAirlock(), processors: 2 });
    await installClient(vm);
    await putProgram(vm, join(import.meta.dirname, 'backend-compliance.ts'), SUITE);
    for (const name of DEVICES) await bindToVfio(vm, await vm.address(name));
  });
  after(async () => {
    await vm?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('one of them has interrupts that cannot grow in number', async () => {
    const [run] = await airlockInVm(vm, [['probe', await vm.address(usb.name), '--json']]);
    const { interrupts } = JSON.parse(run.stdout) as { interrupts: { index: number; flags: string; count: number }[] };
    const msi = interrupts.find(({ index }) => index === VFIO_PCI_MSI_IRQ_INDEX);
    assert.deepEqual(msi && [msi.count, Number(msi.flags) & VFIO_IRQ_INFO_NORESIZE], [16, VFIO_IRQ_INFO_NORESIZE]);
  });

  for (const backend of ['iommufd', 'legacy']) {
    for (const name of DEVICES) {
      it(`${name} through ${backend} passes the compliance suite`, async () => {
        await assertCompliance(vm, await vm.address(name), backend);
      });
    }
  }

  for (const backend of ['iommufd', 'legacy']) {
    it(`INTx through ${backend} comes once until it is unmasked, by an eventfd or by a message, and again while its line is pulled`, async () => {
      const address = await vm.address('e1000e');
      const serving = await serveHost(vm, [address], ['--backend', backend]);
      assert.deepEqual(await runClient(vm, serving.socket(address), 'intx'), { counts: [1, 0, 1, 0, 0, 1] });
      assert.equal(await serving.stop(), 0);
    });
  }

  it('a file that iommufd does not pin is mapped by the server for as long as its client has it, and is not written to', async () => {
    const address = await vm.address('nvme-disk');
    const path = '/run/memory/guest';
    await vm.output(`mkdir /run/memory && mount -t ramfs ramfs /run/memory && head -c 4096 /dev/urandom >${path}`);
    const digest = (await vm.output(['sha256sum', path])).slice(0, 64);
    const serving = await serveHost(vm, [address], []);
    const found = await runClient(vm, serving.socket(address), 'file', `${serving.pid}`, path);
    assert.deepEqual(found, { status: 0, mapped: 1, disk: digest, file: digest });
    await waitUntil(vm, `! grep -q ' ${path}$' /proc/${serving.pid}/maps`);
    assert.equal(await serving.stop(), 0, await serving.told());
  });
});
