/** A Linux guest inside the host VM uses devices of the host VM that `airlock serve` has: disk, network cards, ATS by policy. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingBed } from '../vm/bed.ts';
import { type DeviceSpec, igbOnNetwork, nvmeDisk, virtioNetOnNetwork, virtioNetWithAts, writeEmptyImage } from '../vm/devices.ts';
import type { HostVm } from '../vm/host-vm.ts';
import { packedAirlock } from '../vm/packed-airlock.ts';
import { bindToVfio } from '../vm/vfio.ts';
import { blockChecksum, placesWithoutPattern } from './block-pattern.ts';
import { type InnerDevice, type InnerGuest, innerGuest } from './inner-guest.ts';
import { kvmHost } from './kvm-host.ts';
import { assertAnswers } from './network-check.ts';
import { hardwareBytes, messagesOf, refusedServe, type Serving, serveHost } from './served-host.ts';

const skip = missingBed();
const DISK_BYTES = 64 << 20;
const NET = virtioNetOnNetwork.name;
const CARD = igbOnNetwork.name;
const twin = (name: string): DeviceSpec => ({ ...virtioNetWithAts, name });

const attached = (socket: string): InnerDevice => ({ kind: 'vfio-user', socket, properties: { 'x-msg-timeout': 120_000 } });

/** Gives all of them to vfio-pci; addresses by name. */
async function bindAll(vm: HostVm, specs: readonly DeviceSpec[]): Promise<Record<string, string>> {
  const addresses: Record<string, string> = {};
  for (const { name } of specs) {
    addresses[name] = await vm.address(name);
    await bindToVfio(vm, addresses[name]);
  }
  return addresses;
}

async function hasAts(guest: InnerGuest, name: string): Promise<boolean> {
  return (await guest.output(`lspci -vv -s ${await guest.address(name)}`)).includes('Address Translation Service (ATS)');
}

describe('a guest with devices that Airlock serves, the kernel says that ATS may be used', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-served-guest-'));
  const image = join(folder, 'disk.img');
  const specs = [nvmeDisk('disk', image), igbOnNetwork, virtioNetOnNetwork, twin('virtio-off'), twin('virtio-on')];
  let at: Record<string, string> = {};
  let vm: HostVm;
  let serving: Serving;
  let guest: InnerGuest;

  before(async () => {
    writeEmptyImage(image, DISK_BYTES);
    vm = await kvmHost({ iommu: 'intel', devices: specs, package: packedAirlock(), memory: '3G' });
    at = await bindAll(vm, specs);
    serving = await serveHost(vm, Object.values(at), []);
    await serving.ctl('set', at['virtio-off'] ?? '', 'ats=off');
    await serving.ctl('set', at['virtio-on'] ?? '', 'ats=on');
    const devices = Object.fromEntries(Object.entries(at).map(([name, address]) => [name, attached(serving.socket(address))]));
    guest = await innerGuest(vm, { devices });
  });
  after(async () => {
    await guest?.close();
    await vm?.close();
    rmSync(folder, { recursive: true });
  });

  it("the guest's lspci shows ATS with auto and on, and none with off", async () => {
    assert.deepEqual([await hasAts(guest, NET), await hasAts(guest, 'virtio-on'), await hasAts(guest, 'virtio-off')], [true, true, false]);
  });

  it('the disk: blocks that the guest writes are in the backing file of the host, and come back', async () => {
    const pattern = { count: 300, size: 4096, seed: 42 };
    const interrupts = await guest.interrupts('disk');
    const blocks = async (mode: string): Promise<unknown> =>
      JSON.parse(await guest.output(`inner-tools blocks /dev/nvme0n1 300 4096 ${mode} 42`, { timeoutSeconds: 240 }));
    const expected = { count: 300, checksum: blockChecksum(pattern, DISK_BYTES), wrong: 0 };
    assert.deepEqual(await blocks('write'), expected);
    assert.deepEqual(placesWithoutPattern(image, pattern), []);
    assert.deepEqual(await blocks('verify'), expected);
    assert.ok((await guest.interrupts('disk')) >= interrupts + 2 * pattern.count);
  });

  it('10,000 I/Os cost not one message', async () => {
    const count = async () => messagesOf(await serving.ctl('counters', at.disk ?? ''));
    const before = await count();
    const { count: done } = JSON.parse(await guest.output('inner-tools blocks /dev/nvme0n1 10000 4096 read 1', { timeoutSeconds: 400 }));
    assert.equal(done, 10_000);
    assert.deepEqual(await count(), before);
  });

  for (const name of [CARD, NET]) {
    it(`${name}: packets go out, answers come in, each by an interrupt`, async () => {
      await assertAnswers(guest, name);
    });
  }

  it('hidden registers read as 0 in the guest, and what it writes there does not reach the hardware', async () => {
    const address = at['virtio-off'] ?? '';
    const hardware = await hardwareBytes(vm, address);
    assert.deepEqual([hardware[0x100], hardware[0x101]], [0x0f, 0], 'ATS stands first in the extended list');
    const config = `/sys/bus/pci/devices/${await guest.address('virtio-off')}/config`;
    // ATS Control, its Enable bit among them.
    await guest.output(`printf '\\377\\377' | dd of=${config} bs=1 seek=${0x106} conv=notrunc 2>/dev/null`);
    assert.deepEqual((await guest.config('virtio-off')).subarray(0x100, 0x108), new Uint8Array(8));
    assert.deepEqual((await hardwareBytes(vm, address)).subarray(0x100, 0x108), hardware.subarray(0x100, 0x108));
  });

  it('a killed VMM leaves devices that the next guest uses at once', async () => {
    await guest.kill();
    guest = await innerGuest(vm, { devices: { disk: attached(serving.socket(at.disk ?? '')) } });
    // The guest is up before its driver has the disk.
    await guest.output('inner-tools await /dev/nvme0n1', { timeoutSeconds: 240 });
    const { wrong } = JSON.parse(await guest.output('inner-tools blocks /dev/nvme0n1 300 4096 verify 42', { timeoutSeconds: 240 }));
    assert.equal(wrong, 0);
  });
});

describe('a guest with devices that Airlock serves, the kernel says that ATS is not supported', { skip }, () => {
  const specs = [twin('virtio-auto'), twin('virtio-off')];
  let vm: HostVm;
  let guest: InnerGuest;
  let at: Record<string, string> = {};

  before(async () => {
    vm = await kvmHost({ iommu: 'intel-no-iotlb', devices: specs, package: packedAirlock(), memory: '2G' });
    at = await bindAll(vm, specs);
  });
  after(async () => {
    await guest?.close();
    await vm?.close();
  });

  it('on fails to realize with the message, before there is a socket', async () => {
    const { code, stderr } = await refusedServe(vm, [at['virtio-auto'] ?? '', '--ats', 'on', '--socket', '/tmp/on.sock']);
    assert.deepEqual(
      [code, stderr],
      [1, `airlock: nothing is served: ${at['virtio-auto']} fails to realize: vfio-pci: ATS requested but not supported by kernel\n`],
    );
    await vm.output('[ ! -e /tmp/on.sock ]');
  });

  it("the guest's lspci shows no ATS with auto and with off", async () => {
    const serving = await serveHost(vm, Object.values(at), []);
    await serving.ctl('set', at['virtio-off'] ?? '', 'ats=off');
    const devices = Object.fromEntries(Object.entries(at).map(([name, address]) => [name, attached(serving.socket(address))]));
    guest = await innerGuest(vm, { devices });
    assert.deepEqual([await hasAts(guest, 'virtio-auto'), await hasAts(guest, 'virtio-off')], [false, false]);
  });
});
