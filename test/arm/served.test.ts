/** Devices of an Arm host that `airlock serve` has, in a guest under KVM inside of it: blocks, packets, interrupts through the ITS. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { blockChecksum, placesWithoutPattern } from '../passthrough/block-pattern.ts';
import type { InnerDevice, InnerGuest } from '../passthrough/inner-guest.ts';
import { assertAnswers } from '../passthrough/network-check.ts';
import { installClient, messagesOf, runClient, type Serving, serveHost } from '../passthrough/served-host.ts';
import { armGuest } from './arm-guest.ts';
import { missingArmBed } from './bed.ts';
import { DISK_BYTES, type SharedArmHost, shareArmHost } from './shared-arm-host.ts';

const skip = missingArmBed();
const sharing = skip === false ? shareArmHost() : null;

const EINVAL = 22;
/** A megabyte that the driver of an SMMUv3 keeps for the doorbell of message interrupts. */
const WINDOW = { start: 0x800_0000n, size: 0x10_0000n };

const attached = (socket: string): InnerDevice => ({ kind: 'vfio-user', socket, properties: { 'x-msg-timeout': 120_000 } });

describe('a guest under KVM on an Arm host, with devices that Airlock serves', { skip }, () => {
  let host: SharedArmHost;
  let serving: Serving;
  let guest: InnerGuest;

  before(async () => {
    assert.ok(sharing);
    host = await sharing.get();
    const { vm, addresses } = host;
    serving = await serveHost(vm, [addresses.disk, addresses['virtio-net']], []);
    const devices = {
      disk: attached(serving.socket(addresses.disk)),
      card: attached(serving.socket(addresses['virtio-net'])),
    };
    guest = await armGuest(vm, devices);
  });
  after(async () => {
    await guest?.close();
    await serving?.stop();
    await sharing?.release();
  });

  it('the disk: blocks that the guest writes are in the backing file of the host, and come back, each by an interrupt', async () => {
    const pattern = { count: 300, size: 4096, seed: 42 };
    const interrupts = await guest.interrupts('disk');
    const blocks = async (mode: string): Promise<unknown> =>
      JSON.parse(await guest.output(`inner-tools blocks /dev/nvme0n1 300 4096 ${mode} 42`, { timeoutSeconds: 240 }));
    const expected = { count: 300, checksum: blockChecksum(pattern, DISK_BYTES), wrong: 0 };
    assert.deepEqual(await blocks('write'), expected);
    assert.deepEqual(placesWithoutPattern(host.image, pattern), []);
    assert.deepEqual(await blocks('verify'), expected);
    assert.ok((await guest.interrupts('disk')) >= interrupts + 2 * pattern.count);
  });

  it('a thousand I/Os cost not one message', async () => {
    const count = async () => messagesOf(await serving.ctl('counters', host.addresses.disk));
    const first = await count();
    const { count: done } = JSON.parse(await guest.output('inner-tools blocks /dev/nvme0n1 1000 4096 read 1', { timeoutSeconds: 240 }));
    assert.equal(done, 1000);
    assert.deepEqual(await count(), first);
  });

  it('the card: packets go out, answers come in, each by an interrupt', () => assertAnswers(guest, 'card'));

  it('interrupts come through the ITS of the guest', async () => {
    const lines = await guest.output('cat /proc/interrupts');
    assert.match(lines, /ITS-PCI-MSIX-\S+ .* nvme0q1$/m);
    assert.match(lines, /ITS-PCI-MSIX-\S+ .* virtio\d+-input\.0$/m);
  });

  it('ATS is gone from the guest, since the kernel says that it is not supported', async () => {
    // Of all its bytes each four cost a message.
    const read = `dd if=/sys/bus/pci/devices/${await guest.address('card')}/config bs=4 skip=64 count=1 2>/dev/null | od -A n -t x4`;
    assert.equal((await guest.output(read)).trim(), '00000000');
  });
});

describe('guest memory on an Arm host', { skip }, () => {
  const window = skip === false ? shareArmHost() : null;
  after(() => window?.release());

  it('the window of message interrupts is refused, and what lies beside it is mapped', async () => {
    assert.ok(window);
    const { vm, addresses } = await window.get();
    const address = addresses.disk;
    const regions = await vm.output(`cat /sys/bus/pci/devices/${address}/iommu_group/reserved_regions`);
    assert.match(regions, /^0x0000000008000000 0x00000000080fffff msi$/m);
    await installClient(vm);
    const device = await serveHost(vm, [address], []);
    try {
      const page = 0x1000n;
      const end = WINDOW.start + WINDOW.size;
      const cases: readonly (readonly [address: bigint, size: bigint, errno: number])[] = [
        [WINDOW.start - page, page, 0],
        [WINDOW.start, page, EINVAL],
        [end - page, page, EINVAL],
        [WINDOW.start - page, 2n * page, EINVAL],
        [end - page, 2n * page, EINVAL],
        [end, page, 0],
        [0n, 0x1000_0000n, EINVAL],
      ];
      const words = cases.map(([start, size]) => `${start}+${size}`).join(',');
      const { errors } = await runClient<{ errors: number[] }>(vm, device.socket(address), 'ranges', words);
      assert.deepEqual(
        errors,
        cases.map(([, , errno]) => errno),
      );
      assert.match(await device.told(), /holds 0x8000000-0x80fffff, which the host's IOMMU keeps for message interrupts \(msi\)/);
    } finally {
      await device.stop();
    }
  });
});
