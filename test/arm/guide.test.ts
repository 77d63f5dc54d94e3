/** The guide's section for Arm hosts does what it says: its commands, typed in such a host, and the guest that they start. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readPages } from '../oracle/guide-pages.ts';
import { blockChecksum, placesWithoutPattern } from '../passthrough/block-pattern.ts';
import type { InnerGuest } from '../passthrough/inner-guest.ts';
import { bindToVfio } from '../vm/vfio.ts';
import { typedGuest } from './arm-guest.ts';
import { missingArmBed } from './bed.ts';
import { DISK_BYTES, type SharedArmHost, shareArmHost } from './shared-arm-host.ts';

const skip = missingArmBed();
const sharing = skip === false ? shareArmHost() : null;

const PAGE = 'give-a-real-device-to-a-vm.md';
/** The address in the guide. */
const ADDRESS = '0006:01:00.0';
const timeoutSeconds = 200;

/** The commands of the block, with the device's address in this host. */
function guideCommands(address: string): readonly string[] {
  const block = readPages()
    .find(({ name }) => name === PAGE)
    ?.blocks.find(({ text }) => text.startsWith(`sudo airlock doctor ${ADDRESS}`));
  assert.ok(block !== undefined, `${PAGE} has no block for ${ADDRESS}`);
  // A line that ends with a backslash goes on.
  return block.text
    .trimEnd()
    .replaceAll(ADDRESS, address)
    .split(/(?<!\\)\n/);
}

describe("the guide's commands on an Arm host", { skip }, () => {
  let host: SharedArmHost;
  let commands: readonly string[] = [];
  let driver: string;
  let guest: InnerGuest;

  const output = (script: string) => host.vm.output(script, { timeoutSeconds });

  before(async () => {
    assert.ok(sharing);
    host = await sharing.get();
    const address = host.addresses.disk;
    commands = guideCommands(address);
    driver = `readlink /sys/bus/pci/devices/${address}/driver | sed 's,.*/,,'`;
    // A reader's device has its own driver.
    assert.equal(await output(`airlock unbind ${address} >/dev/null && ${driver}`), 'nvme\n');
    await host.vm.output('cat >/usr/local/bin/sudo && chmod +x /usr/local/bin/sudo', { stdin: '#!/bin/sh\nexec "$@"\n' });
  });
  after(async () => {
    await guest?.close();
    await bindToVfio(host.vm, host.addresses.disk);
    await sharing?.release();
  });

  it('there are three, which examine, serve and start a guest', () => {
    assert.deepEqual(
      commands.map(line => line.split(' ').slice(0, 3).join(' ')),
      ['sudo airlock doctor', 'sudo airlock serve', 'qemu-system-aarch64 -accel kvm'],
    );
  });

  it('doctor finds nothing wrong but that a driver has the device, which serve --bind takes from it', async () => {
    const { stdout, code } = await host.vm.run(commands[0], { timeoutSeconds });
    const failed = [...stdout.matchAll(/^FAIL +(\S+)/gm)].map(([, name]) => name);
    assert.deepEqual([failed, code], [['device.driver'], 1]);
  });

  it('serve takes the device from its driver and gives it back; between, a guest has its blocks and its interrupts', async () => {
    const [, serve, qemu] = commands;
    const folder = '/run/typed';
    const script = `mkdir ${folder}; cd ${folder}; setsid sh -c 'exec ${serve}' >out 2>err </dev/null & echo $!
      until grep -q ^Control: ${folder}/out; do kill -0 $! || { cat ${folder}/out ${folder}/err >&2; exit 1; }; sleep 0.2; done`;
    const pid = Number(await output(script));
    assert.equal(await output(driver), 'vfio-pci\n');
    guest = await typedGuest(host.vm, qemu);
    const pattern = { count: 100, size: 4096, seed: 43 };
    await guest.output('inner-tools await /dev/nvme0n1', { timeoutSeconds: 240 });
    const blocks = await guest.output('inner-tools blocks /dev/nvme0n1 100 4096 write 43', { timeoutSeconds: 240 });
    assert.deepEqual(JSON.parse(blocks), { count: pattern.count, checksum: blockChecksum(pattern, DISK_BYTES), wrong: 0 });
    assert.deepEqual(placesWithoutPattern(host.image, pattern), []);
    assert.match(await guest.output('cat /proc/interrupts'), /ITS-PCI-MSIX-\S+ .* nvme0q1$/m);
    await guest.close();
    await output(`kill ${pid}; while [ -d /proc/${pid} ]; do sleep 0.1; done`);
    assert.equal(await output(driver), 'nvme\n');
  });
});
