import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FormatName } from '../definition.ts';
import { NO_CONTEXT, readDefinitions } from './index.ts';

/** What is said of a text, without the places. */
function findingsOf(format: FormatName, text: string): string[] {
  const { definitions, findings } = readDefinitions({ file: 'vm', text }, format, NO_CONTEXT);
  return [...findings, ...definitions.flatMap(definition => definition.findings)].map(({ message }) => message);
}

const domain = (hostdev: string): string =>
  `<domain type='kvm'><name>a</name><os><type arch='x86_64' machine='pc-q35-11.1'>hvm</type></os><devices>
  <hostdev mode='subsystem' type='pci' managed='yes'>${hostdev}<source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev>
  </devices></domain>`;
const instance = (device: string): string =>
  `architecture: x86_64\nconfig: {}\ndevices:\n  card: { type: pci, address: "01:00.0"${device} }\nname: a\nprofiles: []\n`;
const virtualMachine = (devices: string): string =>
  `apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nmetadata: { name: a }\nspec:\n  domain:\n    devices:\n      ${devices}\n`;

/** A name that its format does not have, and the one that was meant. */
const WRONG: readonly (readonly [format: FormatName, text: string, wrong: string, meant: string])[] = [
  ['libvirt', domain("<driver name='vfio' iomufd='yes'/>"), 'iomufd', 'iommufd'],
  ['libvirt', domain("<rmo bar='off'/>"), 'rmo', 'rom'],
  ['proxmox', 'machine: q35\nhostpci0: 01:00.0,pcie=1,rombarr=0\n', 'rombarr', 'rombar'],
  ['proxmox', 'machne: q35\nhostpci0: 01:00.0,pcie=1\n', 'machne', 'machine'],
  ['incus', instance(', firmwre: "false"'), 'firmwre', 'firmware'],
  ['kubevirt', virtualMachine('hostDevices: [ { name: a, deviceNme: example.com/a } ]'), 'deviceNme', 'deviceName'],
  ['cloud-hypervisor', 'cloud-hypervisor --kernel /k --device path=/sys/bus/pci/devices/0000:01:00.0,iomu=on', 'iomu', 'iommu'],
  ['cloud-hypervisor', 'cloud-hypervisor --kernel /k --devce path=/sys/bus/pci/devices/0000:01:00.0', 'devce', 'device'],
  [
    'cloud-hypervisor',
    '{ "payload": { "kernel": "/k" }, "devices": [ { "path": "/sys/bus/pci/devices/0000:01:00.0", "iomu": true } ] }',
    'iomu',
    'iommu',
  ],
  ['qemu', 'qemu-system-x86_64 -M q35 -nodefaults -devce vfio-pci,host=01:00.0', 'devce', 'device'],
];

for (const [format, text, wrong, meant] of WRONG) {
  test(`readDefinitions says what was meant by ${wrong} in ${format}, which mends it`, () => {
    const about = findingsOf(format, text).filter(message => message.includes(wrong));
    assert.equal(about.length, 1, findingsOf(format, text).join('\n'));
    assert.ok(about[0]?.includes(meant), about[0]);
    const mended = findingsOf(format, text.replace(wrong, meant));
    assert.deepEqual(
      mended.filter(message => /did you mean/.test(message) || message.includes(wrong)),
      [],
    );
  });
}
