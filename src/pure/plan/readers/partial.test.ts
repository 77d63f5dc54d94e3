import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_CONTEXT, readDefinitions } from './index.ts';

const vm = (above: string, annotations = '{}'): string => `apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: { name: db1 }
spec:
${above}  template:
    metadata: { annotations: ${annotations} }
    spec: { domain: { devices: {} } }
`;

const TYPE = `apiVersion: instancetype.kubevirt.io/v1
kind: VirtualMachineClusterInstancetype
metadata: { name: big }
spec: { cpu: { guest: 4 } }
`;

const instance = (rest: string): string => `config: { image.os: Debian }\ndevices:\n  card: { type: pci, address: "3b:00.0" }\n${rest}`;

const network = (name: string): string =>
  `<domain type='kvm'><name>a</name><devices><interface type='network'><source network='${name}'/></interface></devices></domain>`;

const CASES: readonly (readonly [what: string, isPartial: boolean, text: string, related?: string])[] = [
  ['a VirtualMachine that says all', false, vm('')],
  ['an instance type that no input has', true, vm('  instancetype: { name: big }\n')],
  ['an instance type that an input has', false, vm('  instancetype: { name: big }\n'), TYPE],
  ['a preference that no input has', true, vm('  preference: { name: linux }\n')],
  ['a name that a template leaves open', true, vm('').replace(/name: [^,}\n]+/, 'name: {{ .Values.name }}')],
  ['a hook sidecar', true, vm('', '{ hooks.kubevirt.io/hookSidecars: "[]" }')],
  ['an instance without profiles', false, instance('profiles: []\n')],
  ['profiles of Incus', true, instance('profiles: [default, gpu]\n')],
  [
    'profiles of Incus that are expanded',
    false,
    `${instance('profiles: [default]\n')}expanded_devices:\n  card: { type: pci, address: "3b:00.0" }\n`,
  ],
  ['a whole GPU of Incus', true, instance('  gpu: { type: gpu, pci: "41:00.0" }\n')],
  ['a scriptlet of Incus', true, 'config: { raw.qemu.scriptlet: x }\ndevices: { card: { type: pci, address: "3b:00.0" } }\n'],
  ['a network of libvirt that no input has', true, network('vfs')],
  ['a network of libvirt that an input has', false, network('vfs'), "<network><name>vfs</name><forward mode='nat'/></network>"],
  ['the network that every libvirt has', false, network('default')],
  ['one function of Proxmox', false, 'ostype: l26\nmachine: pc-q35-11.0\nhostpci0: 01:00.0,pcie=1\n'],
  // Its host says how many they are.
  ['all functions of Proxmox', false, 'ostype: l26\nmachine: pc-q35-11.0\nhostpci0: 01:00,pcie=1\n'],
];

for (const [what, isPartial, text, related] of CASES) {
  test(`readDefinitions ${isPartial ? 'does not know' : 'knows'} the whole VM with ${what}`, () => {
    const context = { ...NO_CONTEXT, related: related === undefined ? [] : [{ file: 'related.yaml', text: related }] };
    const [definition] = readDefinitions({ file: 'vm.conf', text }, null, context).definitions;
    assert.equal(definition?.isPartial ?? false, isPartial);
  });
}
