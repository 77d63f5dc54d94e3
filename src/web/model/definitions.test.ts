import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { addDefinitions, definitions, definitionText, isDefinition, removeDefinition } from './definitions.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('isDefinition', () => {
  for (const [what, text] of [
    ['a command line of QEMU', 'qemu-system-x86_64 -M q35 -device vfio-pci,host=3b:00.0\n'],
    ["libvirt's XML", "<domain type='kvm'><name>a</name></domain>"],
    ['a VirtualMachine of KubeVirt', 'apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata:\n  name: a\n'],
    ['a file of Proxmox', 'boot: order=scsi0\ncores: 4\nhostpci0: 0000:3b:00.0,pcie=1\nmachine: q35\n'],
    [
      "an instance of Incus's",
      'config:\n  limits.cpu: "4"\ndevices:\n  gpu:\n    type: gpu\n    gputype: physical\ntype: virtual-machine\n',
    ],
    ['a command line of Cloud Hypervisor', 'cloud-hypervisor --kernel k --device path=/sys/bus/pci/devices/0000:3b:00.0/\n'],
    ["crosvm's, which is known and not read", 'crosvm run --vfio /sys/bus/pci/devices/0000:3b:00.0 vmlinux\n'],
  ] as const)
    test(`isDefinition takes ${what}`, async () => assert.equal(await isDefinition(text), true));

  test('isDefinition takes no capture, no dump and no prose', async () => {
    const capture = readFileSync(new URL('../../../captures/vm-intel-iotlb.json', import.meta.url), 'utf8');
    for (const text of [capture, '', 'Hello, my GPU does not work', '00:04.0 Ethernet controller\n00: 86 80 d3 10\n'])
      assert.equal(await isDefinition(text), false, text.slice(0, 40));
  });
});

describe('addDefinitions', () => {
  test('addDefinitions keeps what is equal once, and removeDefinition takes it out', () => {
    const [first] = addDefinitions([
      { name: 'a.args', bytes: bytesOf('qemu-system-x86_64') },
      { name: 'a.args', bytes: bytesOf('qemu-system-x86_64') },
    ]);
    assert.ok(first !== undefined);
    assert.equal(addDefinitions([{ name: 'a.args', bytes: bytesOf('qemu-system-x86_64') }]).length, 0);
    assert.equal(definitions.value.length, 1);
    assert.deepEqual(
      addDefinitions([{ name: 'a.args', bytes: bytesOf('qemu-system-aarch64') }]).map(({ id, name }) => {
        removeDefinition(id);
        return name;
      }),
      ['a.args (2)'],
    );
    removeDefinition(first.id);
    assert.equal(definitions.value.length, 0);
  });

  test('definitionText reads UTF-16 that says so', () => {
    assert.equal(definitionText(new Uint8Array([0xff, 0xfe, 0x3c, 0x00, 0x61, 0x00])), '<a');
    assert.equal(definitionText(new Uint8Array([0xfe, 0xff, 0x00, 0x3c])), '<');
  });
});
