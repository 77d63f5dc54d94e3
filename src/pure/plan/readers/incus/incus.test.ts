import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DefinedDevice, VmDefinition } from '../../definition.ts';
import { NO_CONTEXT, readDefinitions } from '../index.ts';
import type { Reading } from '../reader.ts';
import { incusReader } from './index.ts';

const INSTANCE = `architecture: x86_64
config:
  image.os: Debian
  raw.qemu.conf: |
    [device "dev-incus_card"]
    x-no-mmap = "on"
devices:
  card: { type: pci, address: "3b:00.0", firmware: "false" }
  gpu0:
    type: gpu
    gputype: physical
    pci: 0000:41:00.0
  eth1: { type: nic, nictype: sriov, parent: enp59s0f0 }
  eth0: { type: nic, nictype: bridged, parent: br0 }
  root: { type: disk, path: /, pool: default }
name: db1
profiles: []
`;

const reading = (text: string): Reading => readDefinitions({ file: 'db.yaml', text }, null, NO_CONTEXT);

function read(text: string): VmDefinition {
  const { definitions } = reading(text);
  assert.equal(definitions.length, 1);
  return definitions[0] ?? assert.fail();
}

const hostOf = ({ host }: DefinedDevice): string =>
  host.kind === 'address' ? host.address.text : 'words' in host ? host.words : host.kind;

const assigned = ({ devices }: VmDefinition) =>
  devices
    .filter(({ host }) => host.kind !== 'emulated')
    .map(
      device =>
        `${device.id} ${hostOf(device)} ${device.values
          .filter(({ name }) => name !== 'host')
          .map(({ name, value }) => `${name}=${value}`)
          .join(',')}`,
    );

/** With the line, and what stands at the place in the text. */
const said = ({ findings }: { findings: VmDefinition['findings'] }, text: string) =>
  findings
    .filter(({ code }) => code !== 'incus.machine.newest' && code !== 'incus.gpu.functions')
    .map(
      ({ severity, code, origin }) =>
        `${severity} ${code} ${origin?.line} ${text.slice(origin?.span?.start ?? 0, origin?.span?.end ?? 0).slice(0, 30)}`,
    );

test('incusReader knows instances in YAML and JSON', () => {
  const json = JSON.stringify({ architecture: 'x86_64', config: {}, devices: { a: { type: 'pci', address: '3b:00.0' } } });
  for (const text of [INSTANCE, json, 'devices:\n  a: {type: gpu}\n', 'config:\n  raw.qemu: -nodefaults\n'])
    assert(incusReader.matches(text), text);
  for (const text of ['', 'devices: {}\n', 'apiVersion: v1\ndevices:\n  a: {type: gpu}\n', 'hostpci0: 01:00.0\n'])
    assert(!incusReader.matches(text), text);
});

test('incusReader puts each device below a port of its own, and changes it by raw.qemu.conf', () => {
  const vm = read(INSTANCE);
  assert.deepEqual([vm.name, vm.machine.type?.value, vm.vmm.architecture, vm.accelerators], ['db1', 'q35', 'x86_64', ['kvm']]);
  assert.deepEqual(assigned(vm), [
    'dev-incus_card 0000:3b:00.0 rombar=0,bus=port-of-dev-incus_card,addr=00.0,multifunction=on,x-no-mmap=on',
    'dev-incus_gpu0 0000:41:00.0 bus=port-of-dev-incus_gpu0,addr=00.0,multifunction=on',
    'dev-incus_eth1 a virtual function of network interface enp59s0f0 bus=port-of-dev-incus_eth1,addr=00.0,multifunction=on',
  ]);
  const set = vm.devices.find(({ id }) => id === 'dev-incus_card')?.values.find(({ name }) => name === 'x-no-mmap');
  assert.deepEqual([set?.origin.line, INSTANCE.slice(set?.origin.span?.start, set?.origin.span?.end)], [6, 'on']);
  const eth1 = vm.devices.find(({ id }) => id === 'dev-incus_eth1')?.host;
  assert(eth1?.kind === 'candidates');
  assert.deepEqual(eth1.anyOf, [{ networkInterface: 'enp59s0f0' }]);
  assert.deepEqual(said(vm, INSTANCE), []);
});

test('incusReader adds, removes and overrides sections as Incus does', () => {
  const raw = `
    [device "dev-incus_gpu0"]
    [device "dev-incus_card"]
    host = "0000:3b:00.1"
    rombar = ""
    [object "iommufd0"]
    qom-type = "iommufd"
    [device "mine"]
    driver = "vfio-pci"
    host = "0000:42:00.0"
    [global]
    driver = "vfio-pci"
    property = "ats"
    value = "off"
    [machine]
    type = "pc-q35-10.0"
    nonsense
`;
  const text = INSTANCE.replace('\n    [device "dev-incus_card"]\n    x-no-mmap = "on"\n', raw);
  const vm = read(text);
  assert.deepEqual(
    assigned(vm).map(line => line.slice(0, 60)),
    [
      'dev-incus_card 0000:3b:00.1 bus=port-of-dev-incus_card,addr=',
      'mine 0000:42:00.0 ',
      'dev-incus_eth1 a virtual function of network interface enp59',
    ],
  );
  assert.equal(vm.machine.type?.value, 'pc-q35-10.0');
  assert.deepEqual(
    vm.objects.map(({ type, id }) => [type, id]),
    [['iommufd', 'iommufd0']],
  );
  assert.deepEqual(
    vm.globals.map(({ driver, name, value }) => `${driver}.${name}=${value}`),
    ['vfio-pci.ats=off', 'ICH9-LPC.disable_s4=0'],
  );
  assert.deepEqual(said(vm, text), ['error incus.raw-conf 20 nonsense', 'warning incus.raw-conf.global 14 [global]']);
});

test('incusReader leaves alone a network card that raw.qemu.conf names, since Incus adds it once QEMU runs', () => {
  const raw = `
    [device "dev-incus_eth1"]
    x-no-mmap = "on"
`;
  const text = INSTANCE.replace('\n    [device "dev-incus_card"]\n    x-no-mmap = "on"\n', raw);
  const vm = read(text);
  assert.deepEqual(
    assigned(vm).filter(line => line.includes('eth1') || line.includes('no-mmap')),
    ['dev-incus_eth1 a virtual function of network interface enp59s0f0 bus=port-of-dev-incus_eth1,addr=00.0,multifunction=on'],
  );
  assert.deepEqual(said(vm, text), ['warning incus.raw-conf.nic 5 [device "dev-incus_eth1"]']);
});

test('incusReader reads raw.qemu as QEMU does, with the place of each value', () => {
  for (const line of [
    'raw.qemu: -set device.dev-incus_card.ats=off -global vfio-pci.ats=on',
    'raw.qemu: "-set device.dev-incus_card.ats=off -global vfio-pci.ats=on"',
    'raw.qemu: |\n    -set device.dev-incus_card.ats=off\n    -global vfio-pci.ats=on',
  ]) {
    const text = INSTANCE.replace('image.os: Debian', line);
    const vm = read(text);
    const ats = vm.devices.find(({ id }) => id === 'dev-incus_card')?.values.find(({ name }) => name === 'ats');
    assert.deepEqual([ats?.value, text.slice(ats?.origin.span?.start, ats?.origin.span?.end)], ['off', 'off'], line);
    assert.deepEqual(vm.globals.map(({ driver, name, value }) => `${driver}.${name}=${value}`).slice(2), ['vfio-pci.ats=on']);
  }
});

test('incusReader makes the IOMMU of security.iommu, another for Windows', () => {
  const iommus = (text: string) => {
    const vm = read(text);
    return [
      vm.devices[0]?.driver,
      ...(vm.devices[0]?.values.map(({ name, value }) => `${name}=${value}`) ?? []),
      ...vm.machine.values.map(({ name, value }) => `${name}=${value}`),
    ];
  };
  const on = INSTANCE.replace('image.os: Debian', 'security.iommu: "true"');
  assert.deepEqual(iommus(on), ['virtio-iommu-pci', 'bus=pcie.0', 'addr=1.0', 'kernel-irqchip=split']);
  assert.deepEqual(iommus(on.replace('config:', 'config:\n  image.os: Windows')), [
    'intel-iommu',
    'intremap=on',
    'caching-mode=on',
    'kernel-irqchip=split',
  ]);
});

test('incusReader says what Incus refuses, and what the text does not have', () => {
  const text = INSTANCE.replace('firmware', 'firmwares')
    .replace('0000:41:00.0', '41')
    .replace('profiles: []', 'profiles: [default]')
    .replace('image.os: Debian', 'migration.stateful: true\n  raw.qemu.scriptlet: x');
  assert.deepEqual(said(read(text), text), [
    'note incus.profiles 18 [default',
    'note incus.raw 4 raw.qemu.scriptlet',
    'error incus.option.unknown 9 firmwares',
    'error incus.device.refused 9 { type: pci, address: "3b:00.0',
    'error incus.device.refused 11 type: gpu\n    gputype: physica',
    'error incus.address 13 41',
  ]);
});

test('incusReader reads lists, in which containers are no VMs', () => {
  const list = `- name: a
  type: virtual-machine
  expanded_devices: { card: { type: pci, address: "3b:00.0" } }
  profiles: [default]
- name: b
  type: container
  config: {}
`;
  const { definitions, findings } = reading(list);
  assert.deepEqual(
    definitions.map(({ name, devices, source }) => `${name}:${source.line} ${devices.length}`),
    ['a:1 2'],
  );
  assert.deepEqual(said({ findings }, list), ['note incus.container 5 ']);
});

test('incusReader refuses a device of a type that Incus does not have, and takes all that it has', () => {
  const text = (type: string) =>
    `type: virtual-machine\nconfig: {}\ndevices:\n  card: { ${type}address: "0000:3b:00.0" }\n  root: { type: disk }\n`;
  const said = (type: string) => {
    const { definitions } = readDefinitions({ file: 'i.yaml', text: text(type) }, 'incus', NO_CONTEXT);
    return definitions[0]?.findings.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  };
  assert.deepEqual(said('type: pcie, '), ['Unsupported device type: "card" has the type "pcie" (did you mean pci?), and Incus refuses it']);
  assert.deepEqual(said(''), ['Unsupported device type: "card" has no type, and Incus refuses it']);
  assert.deepEqual(said('type: proxy, '), []);
});
