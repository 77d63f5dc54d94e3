import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DefinedDevice, findValue, type VmDefinition } from '../../definition.ts';
import { formatOrigin } from '../../origin.ts';
import { plan } from '../../plan.ts';
import { NO_CONTEXT, readDefinitions } from '../index.ts';
import { proxmoxReader } from './index.ts';

const MAPPING = `nics
	comment of people
	live-migration-capable 1
	map id=15b3:101e,iommugroup=12,node=pve1,path=0000:3b:00.0,subsystem-id=15b3:0001
	map id=15b3:101e,node=pve2,path=0000:41:00

gpus
	map id=10de:2342,node=pve1,path=0000:01:00.0;0000:01:00.1
`;

const Q35 = 'ostype: l26\nmachine: pc-q35-11.0+pve1\n';
const I440FX = 'ostype: l26\nmachine: pc-i440fx-11.0\n';

function read(text: string, ...related: string[]): VmDefinition {
  const files = related.map((more, at) => ({ file: `related${at}.cfg`, text: more }));
  const { definitions } = readDefinitions({ file: '/etc/pve/qemu-server/100.conf', text }, null, { ...NO_CONTEXT, related: files });
  assert.equal(definitions.length, 1);
  return definitions[0] ?? assert.fail();
}

const hostOf = ({ host }: DefinedDevice): string => (host.kind === 'address' ? host.address.text : host.kind);

const assigned = ({ devices }: VmDefinition) => devices.filter(({ host }) => host.kind !== 'emulated');

const summary = (devices: readonly DefinedDevice[]) =>
  devices.map(
    device =>
      `${device.id} ${hostOf(device)} ${device.values
        .filter(({ name }) => name !== 'host')
        .map(({ name, value }) => `${name}=${value}`)
        .join(',')}${device.isAddressLate ? ' late' : ''}`,
  );

/** With the line, and what stands at the place in the text. */
const said = ({ findings }: VmDefinition, text: string) =>
  findings.map(
    ({ severity, code, origin }) => `${severity} ${code} ${origin?.line} ${text.slice(origin?.span?.start ?? 0, origin?.span?.end ?? 0)}`,
  );

test('proxmoxReader knows its files', () => {
  for (const text of [`${Q35}hostpci0: 01:00\n`, 'hostpci0: mapping=a\n', 'scsihw: virtio-scsi-pci\nnet0: virtio=AA\n'])
    assert(proxmoxReader.matches(text), text);
  for (const text of ['memory: 512\nname: tiny\n', '# a\n\ncores: 2\n[before]\nmoon: 1\n', 'boot: order=scsi0\n'])
    assert(proxmoxReader.matches(text), text);
  for (const text of ['name: tiny\n', 'memory: 512\nrootfs: local:1\n', 'memory: 512\n  size: 4\n', 'memory:\n', 'name: a\ntags: b\n'])
    assert(!proxmoxReader.matches(text), text);
  assert(proxmoxReader.matches(MAPPING));
  assert.deepEqual(readDefinitions({ file: 'pci.cfg', text: MAPPING }, null, NO_CONTEXT).definitions, []);
  for (const text of ['', 'apiVersion: v1\nhostpci0: a\n', '{"hostpci0: 1": 2}', 'devices:\n  eth0: {}\n'])
    assert(!proxmoxReader.matches(text), text);
});

test('proxmoxReader takes what has no name for the host’s device wherever it stands', () => {
  for (const words of ['pcie=1,3b:00.0', 'pcie=1,,3b:00.0', '3b:00.0,pcie=1', 'pcie=1,host=3b:00.0']) {
    const vm = read(`${Q35}hostpci0: ${words}\n`);
    assert.deepEqual([words, assigned(vm).map(hostOf), vm.findings], [words, ['0000:3b:00.0'], []]);
  }
});

test('proxmoxReader puts devices below the ports of q35, and makes those above four', () => {
  const vm = read(`name: db1\n${Q35}hostpci0: 0000:3b:00.0;0000:3b:00.1,pcie=1,rombar=0\nhostpci5: 41:00.0,pcie=1\n`);
  assert.deepEqual([vm.name, vm.machine.type?.value], ['db1', 'pc-q35-11.0+pve1']);
  const port = (number: number, addr: string) =>
    `ich9-pcie-port-${number} emulated x-speed=16,x-width=32,multifunction=on,bus=pcie.0,addr=${addr},port=${number},chassis=${number}`;
  assert.deepEqual(summary(vm.devices), [
    port(1, '1c.0'),
    port(2, '1c.1'),
    port(3, '1c.2'),
    port(4, '1c.3'),
    port(6, '10.1'),
    'hostpci0.0 0000:3b:00.0 bus=ich9-pcie-port-1,addr=0x0.0,multifunction=on,rombar=0',
    'hostpci0.1 0000:3b:00.1 bus=ich9-pcie-port-1,addr=0x0.1',
    'hostpci5 0000:41:00.0 bus=ich9-pcie-port-6,addr=0x0',
  ]);
  const host = findValue(vm.devices[5]?.values ?? [], 'host');
  assert.deepEqual([host?.value, formatOrigin(host?.origin ?? assert.fail())], ['0000:3b:00.0', '/etc/pve/qemu-server/100.conf:4:11']);
  assert.equal(vm.devices[5]?.isBoundAtStart, true);
});

test('proxmoxReader puts devices without pcie=1 on conventional buses, also on q35', () => {
  const lines = 'hostpci0: 41:00.0\nhostpci3: 42:00.0,driver=keep\nhostpci4: 43:00.0\n';
  const expected = [
    'hostpci0 0000:41:00.0 bus=pci.0,addr=0x10',
    'hostpci3 0000:42:00.0 bus=pci.0,addr=0x1c',
    'hostpci4 0000:43:00.0 bus=pci.2,addr=0xd',
  ];
  const drivers = (vm: VmDefinition) =>
    vm.devices.filter(({ host }) => host.kind === 'emulated').map(({ driver, id }) => `${driver} ${id}`);
  assert.deepEqual(summary(assigned(read(Q35 + lines))), expected);
  assert.deepEqual(drivers(read(Q35 + lines)), ['i82801b11-bridge pcidmi', 'pci-bridge pci.0', 'pci-bridge pci.2']);
  assert.deepEqual(summary(assigned(read(I440FX + lines))), expected);
  assert.deepEqual(drivers(read(I440FX + lines)), ['pci-bridge pci.2']);
  assert.equal(assigned(read(I440FX + lines))[1]?.isBoundAtStart, false);
});

test('proxmoxReader takes the candidates of a mapping on each node', () => {
  const text = `${Q35}hostpci1: mapping=nics,pcie=1\n`;
  const vm = read(text, MAPPING);
  assert.deepEqual(summary(assigned(vm)), ['hostpci1 candidates bus=ich9-pcie-port-2,addr=0x0,enable-migration=on']);
  const host = assigned(vm)[0]?.host;
  assert(host?.kind === 'candidates');
  assert.equal(
    JSON.stringify(host.anyOf),
    JSON.stringify([
      {
        address: '0000:3b:00.0',
        vendorId: 0x15b3,
        deviceId: 0x101e,
        subsystemVendorId: 0x15b3,
        subsystemDeviceId: 1,
        iommuGroup: 12,
        node: 'pve1',
      },
      { address: '0000:41:00.0', vendorId: 0x15b3, deviceId: 0x101e, node: 'pve2' },
    ]),
  );
  assert.deepEqual(said(read(text), text), ['note proxmox.mapping.missing 3 nics']);
  const other = text.replace('nics', 'nic');
  assert.deepEqual(said(read(other, MAPPING), other), ['error proxmox.mapping.unknown 3 nic']);
});

test('proxmoxReader reads the ids, ROM and VGA of the first function, and what the machine says of an IOMMU', () => {
  const vm = read(
    'machine: q35,viommu=intel,aw-bits=39\nhostpci2: 41:00,x-vga=1,romfile=card.bin,vendor-id=0x1234,device-id=0x5678,pcie=1\nhostpci3: 00:02.0,mdev=i915-GVTg_V5_4\n',
  );
  assert.deepEqual(summary(assigned(vm)), [
    'hostpci2 0000:41:00.0 bus=ich9-pcie-port-3,addr=0x0,x-vga=on,romfile=/usr/share/kvm/card.bin,x-pci-vendor-id=0x1234,x-pci-device-id=0x5678',
    'hostpci3 late bus=pci.0,addr=0x1c',
  ]);
  assert.deepEqual(summary(vm.devices.slice(0, 1)), ['null emulated intremap=on,caching-mode=on,aw-bits=39']);
  assert.equal(vm.devices[0]?.driver, 'intel-iommu');
  assert.deepEqual(
    vm.machine.values.map(({ name, value }) => `${name}=${value}`),
    ['kernel-irqchip=split'],
  );
  assert.deepEqual(
    vm.findings.map(({ code }) => code),
    ['proxmox.machine.newest'],
  );
});

test('proxmoxReader reads args as QEMU does, -set of its own devices among them', () => {
  const text = `${Q35}args: -device 'edu,id=e' -set device.hostpci0.x-no-mmap=on -set device.hostpci1.ats=off -global vfio-pci.ats=on\nhostpci0: 41:00.0,pcie=1\nhostpci1: mapping=nics,pcie=1\n`;
  const vm = read(text, MAPPING);
  assert.deepEqual(summary(assigned(vm)), [
    'hostpci0 0000:41:00.0 bus=ich9-pcie-port-1,addr=0x0,x-no-mmap=on',
    'hostpci1 candidates bus=ich9-pcie-port-2,addr=0x0,enable-migration=on,ats=off',
  ]);
  const [global] = vm.globals;
  assert.deepEqual(
    [global?.driver, global?.name, global?.value, text.slice(global?.origin.span?.start, global?.origin.span?.end)],
    ['vfio-pci', 'ats', 'on', 'on'],
  );
  assert.equal(vm.devices.at(-1)?.driver, 'edu');
  assert.deepEqual(vm.findings, []);
});

test('proxmoxReader finds what Proxmox refuses or ignores', () => {
  const text = `${I440FX}hostpci0: 41:00.0,pcie=1,romabr=0\nhostpci1: nonsense\nhostpci16: 41:00.1\nhostpic2: 41:00.2\nhostpci3: x-vga=1\n[PENDING]\nhostpci0: 42:00.0\n`;
  const vm = read(text);
  assert.deepEqual(said(vm, text), [
    'warning proxmox.key.unknown 6 hostpic2',
    'note proxmox.pending 8 [PENDING]',
    'warning proxmox.property.unknown 3 romabr=0',
    'warning proxmox.hostpci.address 4 nonsense',
    'error proxmox.hostpci.refused 7 x-vga=1',
    'warning proxmox.hostpci.index 5 41:00.1',
  ]);
  assert.deepEqual(
    assigned(vm).map(({ id }) => id),
    [],
  );
  const express = `${I440FX}hostpci0: 41:00.0,pcie=1\n`;
  assert.deepEqual(said(read(express), express), ['error proxmox.hostpci.refused 3 1']);
});

test('proxmoxReader reads on without a machine that Proxmox drops', () => {
  for (const machine of ['q35,viommu=amd', 'pc-q35-11.1,moon=1']) {
    const vm = read(`machine: ${machine}\nostype: l26\nsockets: 1\n`);
    assert.equal(vm.machine.type?.value, 'pc');
    assert.equal(vm.findings.filter(({ severity, code }) => severity === 'warning' && code.startsWith('proxmox.property.')).length, 1);
  }
});

test('proxmoxReader knows the places of an Arm machine, which has no ports', () => {
  const lines = 'arch: aarch64\nostype: l26\nhostpci0: 41:00.0\nhostpci4: 42:00.0\n';
  const vm = read(lines);
  assert.deepEqual(summary(vm.devices), [
    'pci.2 emulated bus=pcie.0,addr=0x1f,chassis_nr=2',
    'hostpci0 0000:41:00.0 bus=pcie.0,addr=0x10',
    'hostpci4 0000:42:00.0 bus=pci.2,addr=0xd',
  ]);
  assert.deepEqual(
    vm.findings.map(({ message }) => message),
    ["The machine type virt is the newest of the node's QEMU at each start; pin it, such as machine: virt-11.0"],
  );
  const express = `${lines}machine: virt\n`.replace('41:00.0', '41:00.0,pcie=1');
  assert.deepEqual(said(read(express), express)[1], 'error proxmox.hostpci.refused 3 1');
});

test('proxmoxReader finds what Proxmox refuses of an IOMMU, and leaves x-vga out with OVMF', () => {
  for (const [machine, words] of [
    ['pc,viommu=intel', 'to use Intel vIOMMU please set the machine type to q35'],
    ['pc-q35-11.0,aw-bits=48', 'cannot set aw-bits if no vIOMMU is configured'],
    ['pc-q35-11.0,viommu=intel,aw-bits=40', 'Intel vIOMMU supports only 39 or 48 bits as address width'],
  ] as const) {
    const { findings } = read(`ostype: l26\nmachine: ${machine}\nsockets: 1\n`);
    assert.deepEqual(
      findings.filter(({ severity }) => severity === 'error').map(({ message }) => message),
      [words],
    );
  }
  const vga = (bios: string) => summary(assigned(read(`${Q35}${bios}hostpci0: 41:00.0,pcie=1,x-vga=1\n`)))[0]?.includes('x-vga=on');
  assert.deepEqual([vga(''), vga('bios: ovmf\n')], [true, false]);
  const both = `${Q35}hostpci0: 41:00.0,mapping=nics\n`;
  assert.deepEqual(
    read(both, MAPPING).findings.map(({ message }) => message),
    ["Cannot set both 'host' and 'mapping'."],
  );
});

test('proxmoxReader reads a machine type with a revision of Proxmox as the type before it', () => {
  for (const type of ['pc-q35-11.0+pve1', 'q35+pve0']) {
    const text = `ostype: l26\nmachine: ${type}\nhostpci0: 01:00.0,pcie=1\n`;
    const [planned] = plan([read(text)], []).vms;
    assert.equal(planned?.machine, type.startsWith('q35') ? 'pc-q35-11.1' : 'pc-q35-11.0');
  }
});
