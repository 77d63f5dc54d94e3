import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findValue, type VmDefinition } from '../../definition.ts';
import { formatOrigin } from '../../origin.ts';
import { NO_CONTEXT, readDefinitions } from '../index.ts';
import type { Reading } from '../reader.ts';
import { kubevirtReader } from './index.ts';

const CLUSTER = `apiVersion: kubevirt.io/v1
kind: KubeVirt
metadata: { name: kubevirt, namespace: kubevirt }
spec:
  configuration:
    permittedHostDevices:
      pciHostDevices:
      - { pciVendorSelector: "15B3:101E", resourceName: example.com/cx6-vf }
      - { pciVendorSelector: "15b3:101c", resourceName: example.com/cx6-vf }
      - { pciVendorSelector: "10DE:2342", resourceName: example.com/grace }
      mediatedDevices:
      - { mdevNameSelector: "GRID T4-1Q", resourceName: example.com/t4-1q }
`;

const GATES = (...gates: string[]): string => `${CLUSTER}    developerConfiguration: { featureGates: [${gates.join(', ')}] }\n`;

const VM = `apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: { name: db1, namespace: prod }
spec:
  template:
    metadata: { annotations: {} }
    spec:
      architecture: amd64
      domain:
        machine: { type: pc-q35-rhel9.6.0 }
        devices:
          hostDevices:
          - { name: nic0, deviceName: example.com/cx6-vf, tag: data }
`;

const read = (text: string, ...related: string[]): Reading =>
  readDefinitions({ file: 'vm.yaml', text }, null, {
    ...NO_CONTEXT,
    related: related.map((more, at) => ({ file: `related${at}.yaml`, text: more })),
  });

function only({ definitions }: Reading): VmDefinition {
  assert.equal(definitions.length, 1);
  const [definition] = definitions;
  assert(definition);
  return definition;
}

const summary = ({ devices }: VmDefinition) =>
  devices.map(({ driver, id, values, isAddressLate }) =>
    [driver, id, ...values.map(({ name, value }) => `${name}=${value}`), ...(isAddressLate ? ['late'] : [])].join(' '),
  );

/** With the line, and the beginning of what stands at the place in the text. */
const said = (findings: VmDefinition['findings'], text: string) =>
  findings.map(
    ({ severity, code, origin }) =>
      `${severity} ${code} ${origin?.line} ${text.slice(origin?.span?.start ?? 0, origin?.span?.end ?? 0).slice(0, 24)}`,
  );

test('kubevirtReader knows its objects by their version, in YAML, in JSON and in lists', () => {
  for (const text of [VM, CLUSTER, JSON.stringify({ kind: 'List', apiVersion: 'v1', items: [{ apiVersion: 'kubevirt.io/v1' }] })]) {
    assert(kubevirtReader.matches(text));
  }
  for (const text of ['', '<domain/>', 'apiVersion: v1\nkind: Pod\n', '[device "a"]\n']) assert(!kubevirtReader.matches(text));
});

test('kubevirtReader makes a candidate set of a resource, below a port of its own', () => {
  const vm = only(read(VM, CLUSTER));
  assert.equal(vm.name, 'prod/db1');
  assert.deepEqual(vm.vmm, { family: 'qemu', architecture: 'x86_64', program: null });
  assert.equal(vm.machine.type?.value, 'pc-q35-rhel9.6.0');
  assert.equal(formatOrigin(vm.machine.type.origin), 'vm.yaml:10:26');
  assert.deepEqual(summary(vm), [
    'pcie-root-port port-of-ua-hostdevice-nic0 bus=pcie.0 late',
    'vfio-pci ua-hostdevice-nic0 bus=port-of-ua-hostdevice-nic0 addr=0x0',
  ]);
  assert.deepEqual(vm.devices[1]?.host, {
    kind: 'candidates',
    words: 'resource example.com/cx6-vf',
    anyOf: [
      { vendorId: 0x15b3, deviceId: 0x101e },
      { vendorId: 0x15b3, deviceId: 0x101c },
    ],
    origin: vm.devices[1]?.origin,
  });
  assert.equal(formatOrigin(vm.devices[1].origin), 'vm.yaml:13:13');
  assert.deepEqual(vm.objects, []);
  assert.deepEqual(vm.findings, []);
});

test('kubevirtReader reads documents, lists and JSON alike', () => {
  const lists = (text: string): string[] => read(text).definitions.map(({ name, source }) => `${name}:${source.line}`);
  assert.deepEqual(lists(`${VM}---\n${CLUSTER}---\n${VM.replace('db1', 'db2')}`), ['prod/db1:1', 'prod/db2:28']);
  const item = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', metadata: { name: 'a' }, spec: { domain: { devices: {} } } };
  const list = { apiVersion: 'v1', kind: 'List', items: [item, { ...item, metadata: { name: 'b' } }] };
  assert.deepEqual(lists(JSON.stringify(list, null, 2)), ['a:5', 'b:17']);
  assert.equal(kubevirtReader.matches(JSON.stringify(list)), true);
});

test('kubevirtReader says which resources nobody permits, and that none is said to be', () => {
  const other = VM.replace('example.com/cx6-vf', 'example.com/other');
  assert.deepEqual(said(only(read(other, CLUSTER)).findings, other), ['error kubevirt.resource.not-permitted 13 example.com/other']);
  const vm = only(read(VM));
  assert.deepEqual(said(vm.findings, VM), ['note kubevirt.permitted.missing 13 example.com/cx6-vf']);
  assert(vm.devices[1]?.host.kind === 'candidates');
  assert.equal(vm.devices[1].host.anyOf, null);
  const part = 'permittedHostDevices:\n  pciHostDevices:\n  - { pciVendorSelector: "15b3:*", resourceName: example.com/cx6-vf }\n';
  const host = only(read(VM, part)).devices[1]?.host;
  assert(host?.kind === 'candidates');
  assert.deepEqual(host.anyOf, [{ vendorId: 0x15b3 }]);
});

test('kubevirtReader puts devices on the slots of the root complex that KubeVirt hands out', () => {
  const annotated = VM.replace('annotations: {}', 'annotations: { kubevirt.io/placePCIDevicesOnRootComplex: "true" }').replace(
    '          hostDevices:\n',
    '          interfaces: [ { name: default, masquerade: {} }, { name: fast, sriov: {} } ]\n          hostDevices:\n',
  );
  assert.deepEqual(summary(only(read(annotated, CLUSTER))), [
    'vfio-pci ua-hostdevice-nic0 bus=pcie.0 addr=0x3',
    'vfio-pci ua-sriov-fast bus=pcie.0 addr=0x4',
  ]);
  // What a resource is decides whether it takes a slot.
  assert.deepEqual(summary(only(read(annotated))), [
    'vfio-pci ua-hostdevice-nic0 bus=pcie.0 late',
    'vfio-pci ua-sriov-fast bus=pcie.0 late',
  ]);
  const full = annotated.replace(
    /hostDevices:\n.*\n/,
    `hostDevices: [${Array.from({ length: 27 }, (_, at) => `{name: n${at}, deviceName: example.com/cx6-vf}`).join(', ')}]\n`,
  );
  const vm = only(read(full, CLUSTER));
  assert.deepEqual(
    vm.devices.map(({ values }) => findValue(values, 'addr')?.value).filter((_, at) => at >= 23),
    ['0x1a', '0x1c', '0x1d', '0x1e', '0x20'],
  );
  assert(vm.findings.some(({ message }) => message === 'No space left on the root PCI bus.'));
});

test('kubevirtReader gives all devices the iommufd object of the gate IOMMUFD', () => {
  const vm = only(read(VM, GATES('IOMMUFD')));
  assert.deepEqual(
    vm.objects.map(({ type, id, origin }) => [type, id, formatOrigin(origin)]),
    [['iommufd', 'iommufd0', 'related0.yaml:13:46']],
  );
  assert.equal(findValue(vm.devices[1]?.values ?? [], 'iommufd')?.value, 'iommufd0');
});

test('kubevirtReader writes the SMMUs of GraceIOVirtualization, and what it wants for them', () => {
  const grace = VM.replace('pc-q35-rhel9.6.0', 'virt-11.0')
    .replace('amd64', 'arm64')
    .replace('hostDevices', 'gpus')
    .replace('cx6-vf, tag: data', 'grace');
  const vm = only(read(grace, GATES('GraceIOVirtualization', 'IOMMUFD')));
  assert.deepEqual(summary(vm), [
    'pxb-pcie expander-of-ua-gpu-nic0 bus=pcie.0 late',
    'pcie-root-port port-of-ua-gpu-nic0 bus=expander-of-ua-gpu-nic0 late',
    'arm-smmuv3 iommu0 primary-bus=expander-of-ua-gpu-nic0 accel=on ats=on ril=off oas=48',
    'vfio-pci ua-gpu-nic0 iommufd=iommufd0 bus=port-of-ua-gpu-nic0 addr=0x0',
  ]);
  assert.deepEqual(
    vm.findings.map(({ message }) => message.slice(0, 70)),
    [
      'GraceIOVirtualization requires PCINUMAAwareTopology for PCI placement',
      'GraceIOVirtualization requires dedicated CPU placement',
      'KubeVirt 1.9 gives each GPU of Grace an SMMU with accel on, ats on, ri',
    ],
  );
});

test('kubevirtReader knows mediated devices, claims and networks, whose device is chosen late', () => {
  const text = VM.replace(
    /hostDevices:\n.*\n/,
    `gpus:
          - { name: g0, deviceName: example.com/t4-1q }
          - { name: g1, claimName: gpu-claim, requestName: gpu }
          interfaces: [ { name: fast, sriov: {}, pciAddress: "0000:81:01.0", bootOrder: 2 } ]
      networks: [ { name: fast, multus: { networkName: vf-net } } ]
`,
  );
  const network = `apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: { name: vf-net, namespace: prod, annotations: { k8s.v1.cni.cncf.io/resourceName: example.com/vfs } }
`;
  const vm = only(read(text, CLUSTER, network));
  assert.deepEqual(
    summary(vm).filter(line => !line.startsWith('pcie-root-port')),
    [
      'vfio-pci ua-dra-gpu-g1 bus=port-of-ua-dra-gpu-g1 addr=0x0',
      'vfio-pci-nohotplug ua-gpu-g0 display=on ramfb=on bus=port-of-ua-gpu-g0 addr=0x0',
      'vfio-pci ua-sriov-fast bootindex=2 bus=pci.129 addr=0x1',
    ],
  );
  assert.deepEqual(
    vm.devices.flatMap(({ host }) => ('words' in host ? [host.words] : [])),
    [
      'the device of resource claim gpu-claim, request gpu, is allocated when the pod is placed',
      'resource example.com/t4-1q is a mediated device of type GRID T4-1Q, which gets its UUID when the pod is placed',
      'a virtual function of network vf-net, resource example.com/vfs',
    ],
  );
  assert.deepEqual(said(vm.findings, text), ['warning kubevirt.pci-address.slot 15 0000:81:01.0']);
});

test('kubevirtReader applies instance types and preferences, and says which are not there', () => {
  const machine = '        machine: { type: pc-q35-rhel9.6.0 }\n';
  const bare = VM.replace(machine, '')
    .replace(/ {10}hostDevices:\n.*\n/, '          {}\n')
    .replace('  template:', '  instancetype: { name: gpu, kind: VirtualMachineInstancetype }\n  preference: { name: fedora }\n  template:');
  const type = `apiVersion: instancetype.kubevirt.io/v1beta1
kind: VirtualMachineInstancetype
metadata: { name: gpu, namespace: prod }
spec: { annotations: { kubevirt.io/placePCIDevicesOnRootComplex: "true" }, hostDevices: [ { name: a, deviceName: example.com/cx6-vf } ] }
`;
  const preference = `apiVersion: instancetype.kubevirt.io/v1beta1
kind: VirtualMachineClusterPreference
metadata: { name: fedora }
spec: { machine: { preferredMachineType: pc-q35-9.2 } }
`;
  const vm = only(read(bare, CLUSTER, type, preference));
  assert.deepEqual(summary(vm), ['vfio-pci ua-hostdevice-a bus=pcie.0 addr=0x3']);
  assert.equal(formatOrigin(vm.devices[0]?.origin ?? assert.fail()), 'related1.yaml:4:91');
  assert.equal(vm.machine.type?.value, 'pc-q35-9.2');
  assert.deepEqual(said(only(read(bare, CLUSTER)).findings, bare), [
    'warning kubevirt.instancetype.missing 5 { name: gpu, kind: Virtu',
    'warning kubevirt.instancetype.missing 6 { name: fedora',
    'note kubevirt.machine.default 10 ',
  ]);
  const both = bare.replace('          {}\n', '          hostDevices: [ { name: b, deviceName: example.com/cx6-vf } ]\n');
  assert(only(read(both, CLUSTER, type, preference)).findings.some(({ code }) => code === 'kubevirt.instancetype.conflict'));
});

test('kubevirtReader takes the machine type of the cluster where the VM has none', () => {
  const bare = VM.replace('        machine: { type: pc-q35-rhel9.6.0 }\n', '');
  const cluster = `${CLUSTER}    architectureConfiguration: { amd64: { machineType: pc-q35-rhel9.4.0 } }\n`;
  const { machine, findings } = only(read(bare, cluster));
  assert.deepEqual([machine.type?.value, formatOrigin(machine.type?.origin ?? assert.fail())], ['pc-q35-rhel9.4.0', 'related0.yaml:13:56']);
  assert.deepEqual(findings, []);
});

test('kubevirtReader finds fields that the API does not have, and annotations that do nothing', () => {
  const text = VM.replace('tag: data', 'ats: true')
    .replace('hostDevices:', 'hostdevices: []\n          hostDevices:')
    .replace('annotations: {}', 'annotations: { kubevirt.io/placePciDevicesOnRootComplexes: "true", kubevirt.io/disablePCIHole64: true }')
    .replace('namespace: prod', 'annotations: { kubevirt.io/placePCIDevicesOnRootComplex: "true" }, name: again');
  const reading = read(text, CLUSTER);
  assert.deepEqual(said(only(reading).findings, text), [
    'warning kubevirt.field.unknown 12 hostdevices',
    'warning kubevirt.field.unknown 14 ats',
    'warning kubevirt.annotation.place 3 kubevirt.io/placePCIDevi',
    'warning kubevirt.annotation.unknown 6 kubevirt.io/placePciDevi',
    'error kubevirt.annotation.type 6 true',
  ]);
  assert.deepEqual(said(reading.findings, text), ['warning kubevirt.field.repeated 3 name']);
});
