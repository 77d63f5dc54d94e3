/** Devices of the host VM served by `airlock serve`: what QEMU makes of them, their data path, their hidden registers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingBed } from '../vm/bed.ts';
import { igb, nvmeDisk, virtioNetWithAts, writeEmptyImage } from '../vm/devices.ts';
import { type HostVm, hostVm } from '../vm/host-vm.ts';
import { runInnerQemu } from '../vm/inner-qemu.ts';
import { packedAirlock } from '../vm/packed-airlock.ts';
import { bindToVfio } from '../vm/vfio.ts';
import { blockPattern, expectedDigest } from './client-pattern.ts';
import { servedGuestBytes } from './served-guest-bytes.ts';
import { hardwareBytes, installClient, messagesOf, runClient, type Serving, serveHost } from './served-host.ts';

const skip = missingBed();
const DEVICES = ['virtio-net', 'igb', 'nvme-disk'] as const;
const BLOCK = 4096;

interface IoReport {
  readonly serial: string;
  readonly statuses: readonly number[];
  readonly sha256: string;
  readonly interrupts: readonly number[];
}

interface Capability {
  readonly kind: 'standard' | 'extended';
  readonly name: string;
  readonly offset: string;
  readonly status: string;
}

interface Shown {
  readonly device: { readonly view: { readonly capabilities: readonly Capability[] } };
}

const sum = (messages: Readonly<Record<string, number>>): number => Object.values(messages).reduce((all, count) => all + count, 0);

describe('devices of the host, served', { skip }, () => {
  let vm: HostVm;
  let folder: string;
  let image: string;
  const at: Record<string, string> = {};
  let serving: Serving;
  /** Guest bytes by device, of what Airlock serves and of what QEMU opens. */
  const served = new Map<string, Uint8Array>();
  const own = new Map<string, Uint8Array>();

  const addressOf = (name: string): string => at[name] ?? assert.fail(name);
  /** Its driver in the VM, or an empty text. */
  const driverOf = async (name: string): Promise<string> =>
    (await vm.output(`readlink /sys/bus/pci/devices/${addressOf(name)}/driver || true`)).trim().split('/').at(-1) ?? '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'airlock-passthrough-'));
    image = join(folder, 'nvme.img');
    writeEmptyImage(image, 16 << 20);
    vm = await hostVm({
      iommu: 'intel',
      devices: [virtioNetWithAts, igb, nvmeDisk('nvme-disk', image)],
      package: packedAirlock(),
      memory: '2G',
      processors: 2,
    });
    await installClient(vm);
    for (const name of DEVICES) at[name] = await vm.address(name);
  });
  after(async () => {
    await vm?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('serve --bind takes the devices from their drivers, and gives them back in the end', async () => {
    const drivers = await Promise.all(DEVICES.map(driverOf));
    assert.deepEqual(drivers, ['virtio-pci', '', 'nvme']);
    serving = await serveHost(vm, Object.values(at), ['--bind', '--profile', 'qemu-11.1']);
    assert.deepEqual(await Promise.all(DEVICES.map(driverOf)), ['vfio-pci', 'vfio-pci', 'vfio-pci']);
    for (const name of DEVICES) served.set(name, await servedGuestBytes(vm, serving.socket(addressOf(name))));
    assert.equal(await serving.stop(), 0);
    assert.deepEqual(await Promise.all(DEVICES.map(driverOf)), drivers);
  });

  it('QEMU makes the same 4096 guest bytes of a device that Airlock serves as of one that it opens itself', async () => {
    for (const name of DEVICES) {
      await bindToVfio(vm, addressOf(name));
      const { code, guest, others } = await runInnerQemu(vm, { address: addressOf(name), machine: 'q35', backend: 'iommufd' });
      assert.equal(code, 0, others.join('\n'));
      own.set(name, guest ?? assert.fail(name));
      assert.deepEqual(served.get(name), guest, name);
    }
  });

  it('under the strict profile bytes differ only where QEMU shows what belongs to no register: those read as 0', async () => {
    serving = await serveHost(vm, Object.values(at), []);
    for (const name of DEVICES) {
      const strict = await servedGuestBytes(vm, serving.socket(addressOf(name)));
      const differing = [...strict.entries()].filter(([i, byte]) => byte !== own.get(name)?.[i]);
      assert.deepEqual(
        differing.filter(([, byte]) => byte !== 0),
        [],
        name,
      );
      const { device } = (await serving.ctl('show', addressOf(name))) as Shown;
      const shown = device.view.capabilities.filter(({ status }) => status !== 'hidden').map(({ offset }) => Number(offset));
      // The header and the heads of what is shown are QEMU's.
      for (const [at] of differing) assert.ok(at >= 0x40 && !shown.some(offset => at >= offset && at < offset + 4), `${name}: byte ${at}`);
    }
  });

  it('NVMe: blocks written by DMA are in the backing file, interrupts come, and no I/O costs a message', async () => {
    const address = addressOf('nvme-disk');
    const counters = async (): Promise<number> => sum(messagesOf(await serving.ctl('counters', address)));
    const totals: number[] = [await counters()];
    for (const count of [10, 200]) {
      const report = await runClient<IoReport>(vm, serving.socket(address), 'io', String(count));
      assert.deepEqual([report.serial, report.statuses, report.sha256], ['nvme-disk', [0], expectedDigest(count)]);
      // The last one may come after its completion was seen.
      assert.ok((report.interrupts[0] ?? 0) >= 1 && (report.interrupts[1] ?? 0) >= count, `interrupts ${report.interrupts}`);
      totals.push(await counters());
    }
    const [start = 0, few = 0, many = 0] = totals;
    assert.ok(few > start);
    assert.equal(many - few, few - start, 'messages of 400 I/Os and of 20');
    const written = readFileSync(image);
    for (let i = 0; i < 200; i++) assert.deepEqual(written.subarray(i * BLOCK, (i + 1) * BLOCK), blockPattern(i), `block ${i}`);
  });

  it('an IOMMU fault that the guest causes is in the log of the host, and the device goes on', async () => {
    await vm.output('dmesg -C');
    assert.deepEqual(await runClient(vm, serving.socket(addressOf('nvme-disk')), 'astray'), { astray: 0, after: 0 });
    assert.match(await vm.output('dmesg'), new RegExp(`DMAR: .*${addressOf('nvme-disk')}.*fault addr 0x70000000`));
  });

  it('hidden means unreachable: hidden registers read as 0, and what a guest writes there does not reach the hardware', async () => {
    const address = addressOf('virtio-net');
    // The connection is over; the next one gets another view.
    const { set } = (await serving.ctl('set', address, 'ats=off')) as { set: string[] };
    assert.deepEqual(set, ['ats=off']);
    for (const name of ['virtio-net', 'igb', 'nvme-disk']) {
      const show = (await serving.ctl('show', addressOf(name))) as Shown;
      const hidden = show.device.view.capabilities.filter(({ status }) => status === 'hidden');
      const ranges = hidden.map(capability => [Number(capability.offset), Number(capability.offset) + sizeOf(capability)] as const);
      if (name === 'virtio-net')
        assert.deepEqual(
          hidden.map(capability => capability.name),
          ['ATS'],
        );
      if (name === 'igb')
        assert.deepEqual(
          hidden.map(capability => capability.name),
          ['ARI', 'SR-IOV'],
        );
      if (ranges.length === 0) continue;
      const hardware = await hardwareBytes(vm, addressOf(name));
      const words = ranges.map(([from, to]) => `${from}-${to}`).join(',');
      const client = await runClient<{ before: string; after: string }>(vm, serving.socket(addressOf(name)), 'config', words);
      const now = await hardwareBytes(vm, addressOf(name));
      for (const [from, to] of ranges) {
        const zeros = new Uint8Array(to - from);
        for (const text of [client.before, client.after])
          assert.deepEqual(new Uint8Array(Buffer.from(text, 'hex').subarray(from, to)), zeros);
        assert.ok(
          hardware.subarray(from, to).some(byte => byte !== 0),
          `${name}: the hardware has registers at ${from}`,
        );
        assert.deepEqual(now.subarray(from, to), hardware.subarray(from, to), `${name}: the hardware's registers at ${from}`);
      }
    }
  });

  it('the next client has the ATS capability again once the property is unset', async () => {
    const address = addressOf('virtio-net');
    const has = async (): Promise<boolean> =>
      (await servedGuestBytes(vm, serving.socket(address))).subarray(0x100, 0x102).join() === '15,0';
    assert.equal(await has(), false);
    await serving.ctl('unset', address);
    assert.equal(await has(), true);
  });

  it('through a legacy container: blocks, checksums and interrupts as through iommufd', async () => {
    await serving.stop();
    const address = addressOf('nvme-disk');
    const legacy = await serveHost(vm, [address], ['--backend', 'legacy']);
    const report = await runClient<IoReport>(vm, legacy.socket(address), 'io', '20');
    assert.deepEqual([report.statuses, report.sha256], [[0], expectedDigest(20)]);
    assert.equal(await legacy.stop(), 0);
  });

  it('unprivileged, with files that somebody else opened: the view is made of what the kernel shows, and the device works', async () => {
    const address = addressOf('nvme-disk');
    const device = (await vm.output(`echo /dev/vfio/devices/$(ls /sys/bus/pci/devices/${address}/vfio-dev)`)).trim();
    const user = await serveHost(vm, [address], ['--device-fd', '8', '--iommu-fd', '9'], {
      under: ['prlimit', '--memlock=8388608', 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--bounding-set=-all'],
      files: `8<>${device} 9<>/dev/iommu`,
    });
    assert.match(await user.told(), /warning: .*64 bytes of the hardware may be read: the view is made from vfio's bytes/);
    const report = await runClient<IoReport>(vm, user.socket(address), 'io', '20');
    assert.deepEqual([report.statuses, report.sha256], [[0], expectedDigest(20)]);
    assert.equal(await user.stop(), 0);
  });
});

/** Bytes of a capability's registers beside its header, which is the list's: enough for those of these devices. */
function sizeOf({ kind, name }: Capability): number {
  const sizes: Record<string, number> = { ATS: 8, ARI: 8, 'SR-IOV': 0x40 };
  return sizes[name] ?? assert.fail(`${kind} capability ${name} has no size here`);
}
