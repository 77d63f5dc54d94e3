import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looseWords, qemuDefinition } from '../../readers/qemu/index.ts';
import { planPlaces } from './plan-places.ts';

/** The first error of a command line: of the machine, then of a device. */
function refused(words: string, family = 'pc-q35', version: string | null = '11.1'): string | null {
  const all = looseWords(['qemu-system-x86_64', '-nodefaults', ...words.split(' ')], 'vm.args');
  const definition = qemuDefinition(all, 'vm.args', { related: [], openFile: () => null });
  const { errors, devices } = planPlaces(definition, { family, version: '11.1' }, version);
  return [...errors, ...devices.flatMap(({ error }) => error ?? [])][0]?.message ?? null;
}

test('planPlaces refuses a -global of a network card, which machines with PCI try all, in the order of their names', () => {
  const words = "can't apply global e1000.nosuch=1: Property 'e1000.nosuch' not found";
  for (const family of ['pc-q35', 'pc-i440fx', 'virt']) assert.equal(refused('-global e1000.nosuch=1', family), words);
  for (const family of ['microvm', 'none', 'isapc']) assert.equal(refused('-global e1000.nosuch=1', family), null);
  assert.equal(refused('-nic none -global tulip.mac=zz -global e1000.nosuch=1'), words);
  assert.equal(refused('-global e1000-base.nosuch=1'), "can't apply global e1000-base.nosuch=1: Property 'e1000.nosuch' not found");
  assert.equal(refused('-global e1000.mac=zz'), "can't apply global e1000.mac=zz: Property 'e1000.mac' doesn't take value 'zz'");
  assert.equal(refused('-global e1000.mac=52:54:00:12:34:56 -global virtio-rng-pci.nosuch=1'), null);
});

test('planPlaces refuses a -global of the machine’s own devices, and of the devices inside of others', () => {
  assert.equal(refused('-global ICH9-LPC.disable_s3=x'), "can't apply global ICH9-LPC.disable_s3=x: Parameter 'disable_s3' expects uint64");
  assert.equal(refused('-global ICH9-LPC.disable_s3=1'), null);
  assert.equal(
    refused('-global virtio-net-pci.nosuch=1 -global virtio-device.nosuch=2'),
    "can't apply global virtio-device.nosuch=2: Property 'virtio-net-device.nosuch' not found",
  );
  assert.equal(
    refused('-global virtio-net-pci.mac=zz'),
    "can't apply global virtio-net-pci.mac=zz: Property 'virtio-net-device.mac' doesn't take value 'zz'",
  );
  assert.equal(
    refused('-global e1000.x-max-bounce-buffer-size=zz')?.split('\n')[0],
    "can't apply global e1000.x-max-bounce-buffer-size=zz: Parameter 'x-max-bounce-buffer-size' expects a non-negative number below 2^64",
  );
});

test('planPlaces refuses a property of an emulated device', () => {
  assert.equal(refused('-device virtio-rng-pci,addr=5,nosuch=1'), "Property 'virtio-rng-pci.nosuch' not found");
  assert.equal(refused('-device e1000,romsize=zz'), "Parameter 'romsize' expects integer");
  assert.equal(refused('-device virtio-net-pci,ebpf-rss-fds=zz'), "Invalid parameter type for 'ebpf-rss-fds', expected: array");
  assert.equal(refused('-device {"driver":"e1000","init-vet":"on"}'), "Invalid parameter type for 'init-vet', expected: boolean");
  assert.equal(refused('-device pcie-root-port,id=a,chassis=1,port=0x10,hotplug=off'), null);
});

test('planPlaces judges no properties of a program whose properties are not known', () => {
  assert.equal(refused('-global e1000.nosuch=1 -device virtio-rng-pci,nosuch=1', 'pc-q35', '10.0'), null);
});
