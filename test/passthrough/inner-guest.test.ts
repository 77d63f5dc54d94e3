/** The bed for guests inside the host VM, with QEMU's own vfio-pci: a guest uses a disk and two network cards of the host VM's. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingBed } from '../vm/bed.ts';
import { igbOnNetwork, nvmeDisk, virtioNetOnNetwork, writeEmptyImage } from '../vm/devices.ts';
import { CommandTimeoutError, type HostVm } from '../vm/host-vm.ts';
import { bindToVfio } from '../vm/vfio.ts';
import { blockChecksum, placesWithoutPattern } from './block-pattern.ts';
import { type InnerDevice, type InnerGuest, InnerGuestError, innerGuest } from './inner-guest.ts';
import { kvmHost } from './kvm-host.ts';
import { assertAnswers } from './network-check.ts';

const DISK_BYTES = 64 << 20;
const NAMES = ['disk', igbOnNetwork.name, virtioNetOnNetwork.name] as const;
const IDS = { disk: [0x1b36, 0x0010], 'igb-net': [0x8086, 0x10c9], 'virtio-net-net': [0x1af4, 0x1041] } as const;
const EXTENDED_ATS = 0x000f;

/** The IDs of the extended list, PCIe 6.0 §7.6.3: ID in bits 15:0, next in bits 31:20. */
function extendedIds(config: Uint8Array): number[] {
  const view = new DataView(config.buffer, config.byteOffset);
  const ids: number[] = [];
  for (let at = 0x100; at !== 0 && ids.length < 100; at = view.getUint32(at, true) >>> 20) ids.push(view.getUint16(at, true));
  return ids;
}

describe('innerGuest', { skip: missingBed() }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-inner-guest-'));
  const image = join(folder, 'disk.img');
  const devices: Record<string, InnerDevice> = {};
  let vm: HostVm;
  let guest: InnerGuest;

  before(async () => {
    writeEmptyImage(image, DISK_BYTES);
    vm = await kvmHost({ iommu: 'intel', devices: [nvmeDisk('disk', image), igbOnNetwork, virtioNetOnNetwork] });
    for (const name of NAMES) {
      const address = await vm.address(name);
      await bindToVfio(vm, address);
      devices[name] = { kind: 'vfio-pci', address, backend: 'iommufd' };
    }
    guest = await innerGuest(vm, { devices });
  });
  after(async () => {
    await guest?.close();
    await vm?.close();
    rmSync(folder, { recursive: true });
  });

  it('run() gives stdout, stderr and the exit code as they are, and ends what takes too long', async () => {
    const { stdout, stderr, code } = await guest.run('printf "a\\nb"; echo c >&2; exit 7');
    assert.deepEqual([stdout, stderr, code], ['a\nb', 'c\n', 7]);
    assert.equal((await guest.run('kill -TERM $$')).code, 143);
    const hanging = guest.run('echo begun; sleep 987 & while :; do :; done', { timeoutSeconds: 10 });
    await assert.rejects(hanging, (error: unknown) => error instanceof CommandTimeoutError && error.result.stdout === 'begun\n');
    assert.equal(await guest.output('echo alive'), 'alive\n');
  });

  it('config() reads what lspci in the guest shows', async () => {
    const listed = await guest.output('lspci -Dn');
    for (const name of NAMES) {
      const config = await guest.config(name);
      const [vendor, product] = new Uint16Array(config.slice(0, 4).buffer);
      assert.deepEqual([config.length, vendor, product], [4096, ...IDS[name as keyof typeof IDS]], name);
      const id = [vendor, product].map(number => number?.toString(16).padStart(4, '0')).join(':');
      assert.match(listed, new RegExp(`^${await guest.address(name)} \\w+: ${id}`, 'm'));
    }
    assert.ok(extendedIds(await guest.config('virtio-net-net')).includes(EXTENDED_ATS));
  });

  it('the disk takes blocks that its backing file then holds, and gives them back', async () => {
    const pattern = { count: 300, size: 4096, seed: 42 };
    assert.equal(placesWithoutPattern(image, pattern).length > 0, true);
    const before = await guest.interrupts('disk');
    const blocks = async (mode: string, seed = pattern.seed) =>
      JSON.parse(await guest.output(`inner-tools blocks /dev/nvme0n1 300 4096 ${mode} ${seed}`, { timeoutSeconds: 240 }));
    const expected = { count: 300, checksum: blockChecksum(pattern, DISK_BYTES), wrong: 0 };
    assert.deepEqual(await blocks('write'), expected);
    assert.deepEqual(placesWithoutPattern(image, pattern), []);
    assert.deepEqual(await blocks('verify'), expected);
    assert.ok((await blocks('verify', 43)).wrong > 200, 'another pattern is not there');
    assert.ok((await guest.interrupts('disk')) >= before + 3 * pattern.count, 'an interrupt for each transfer');
  });

  for (const name of [igbOnNetwork.name, virtioNetOnNetwork.name]) {
    it(`${name} has a carrier, packets go out and answers come in by interrupts`, async () => {
      await assertAnswers(guest, name);
    });
  }

  it('unplug() and plug() take the disk from the guest and give it back, with its blocks', async () => {
    const pattern = { count: 50, size: 4096, seed: 7 };
    const blocks = (mode: string) => guest.output(`inner-tools blocks $(inner-tools await '/dev/nvme?n1') 50 4096 ${mode} 7`);
    await blocks('write');
    await guest.unplug('disk');
    await assert.rejects(() => guest.address('disk'), RangeError);
    assert.equal((await guest.output('echo /dev/nvme?n1')).trim(), '/dev/nvme?n1');
    await guest.plug('disk', { ...devices.disk, backend: 'iommufd' } as InnerDevice);
    assert.deepEqual(JSON.parse(await blocks('verify')), { count: 50, checksum: blockChecksum(pattern, DISK_BYTES), wrong: 0 });
  });

  it("plug() throws with QEMU's words for a device that does not realize, and the guest lives on", async () => {
    const absent: InnerDevice = { kind: 'vfio-pci', address: '0000:00:1e.7', backend: 'iommufd' };
    await assert.rejects(() => guest.plug('absent', absent), / vfio \/sys\/bus\/pci\/devices\/0000:00:1e\.7: no such host device/);
    assert.equal(await guest.output('echo alive'), 'alive\n');
  });

  it('a guest whose QEMU is killed ends what runs in it with an error that holds its console', async () => {
    const running = guest.run('sleep 100');
    await assert.rejects(Promise.all([running, guest.kill()]), (error: unknown) => {
      return error instanceof InnerGuestError && error.message.includes('console');
    });
  });
});
