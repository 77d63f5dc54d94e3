/** Definitions of each format with devices that the shipped captures have, laid out in the ways in which people write them. */
import fc from 'fast-check';
import type { FormatName } from '../../src/pure/plan/index.ts';

/** A text of a definition, and the captures that are hosts for it. */
export interface PinText {
  readonly format: FormatName;
  readonly text: string;
  readonly hosts: readonly string[];
}

const INTEL = ['vm-intel-iotlb', 'vm-intel-no-iotlb', 'synthetic-vtd-ats', 'synthetic-vtd-no-ats', 'vm-amd'];
const ARM = ['vm-arm-smmuv3', 'synthetic-smmuv3-ats', 'synthetic-smmuv3-no-ats'];

const ADDRESSES = ['01:00.0', '03:00.0', '02:00.0'];

const cards = fc.uniqueArray(fc.constantFrom(...ADDRESSES), { minLength: 1, maxLength: 2 });
const flags = fc.record({ a: fc.boolean(), b: fc.boolean(), c: fc.boolean(), d: fc.boolean() });
const ends = fc.constantFrom('\n', '\r\n');

const withEnds = (text: string, end: string): string => text.replaceAll('\n', end);

/** Of both architectures: the machine, and whether that is of Arm. */
const q35 = fc.constantFrom('q35', 'pc-q35-11.1', 'pc-q35-10.0', 'pc-q35-9.0');
const virt = fc.constantFrom('virt', 'virt-11.1', 'virt-11.0', 'virt-9.2');

const SMMU = ['', ',accel=on', ',accel=on,ats=auto', ',accel=on,ats=off,oas=auto', ',accel=on,ril=on,ssidsize=0'];
const AUTO = ['', ',ats=auto', ',ats=off', ',x-pcie-ext-tag=on'];

/** `-device` of a card in key=value, quoted, or JSON. */
function qemuCard(address: string, i: number, { way, auto, isIommufd }: { way: number; auto: string; isIommufd: boolean }): string {
  const values = `host=0000:${address},bus=rp${i + 1}${way === 1 ? `,id=nic${i}` : ''}${isIommufd ? ',iommufd=i0' : ''}${auto}`;
  if (way === 0 || way === 1) return `-device vfio-pci,${values}`;
  if (way === 2) return `-device "vfio-pci,${values}"`;
  const pairs = values.split(',').map(pair => pair.split('=', 2));
  const json = JSON.stringify({
    driver: 'vfio-pci',
    ...Object.fromEntries(pairs.map(([name = '', value]) => [name, name === 'x-pcie-ext-tag' ? true : value])),
  });
  return way === 3 ? `-device '${json}'` : `-device ${json.replace(/[{}",]/g, '\\$&')}`;
}

const qemuX86 = fc
  .record({ machine: q35, cards, way: fc.nat(4), auto: fc.constantFrom(...AUTO), flags, iommu: fc.constantFrom('', 'intel', 'virtio') })
  .map(({ machine, cards: list, way, auto, flags: { a, b, c, d }, iommu }): PinText => {
    const lines = [
      `qemu-system-x86_64 -nodefaults ${a ? '-M' : '-machine'} ${machine}${iommu === 'intel' ? ',kernel-irqchip=split' : ''}`,
      '-object iommufd,id=i0',
      ...(iommu === 'intel' ? [`-device intel-iommu,caching-mode=on,intremap=on${c ? ',eim=auto' : ''}`] : []),
      ...(iommu === 'virtio' ? [`-device virtio-iommu${c ? '-pci' : ''}${d ? ',id=v0' : ''}`] : []),
      ...list.map((_, i) => `-device pcie-root-port,id=rp${i + 1},chassis=${i + 1}`),
      ...(b ? ['-global vfio-pci.ats=auto'] : []),
      ...list.map((address, i) => qemuCard(address, i, { way, auto, isIommufd: d })),
    ];
    return { format: 'qemu', text: `${lines.join(a ? ' \\\n  ' : ' ')}${c ? ' # of the first' : ''}\n`, hosts: INTEL };
  });

const qemuArm = fc
  .record({ machine: virt, cards, way: fc.nat(4), smmu: fc.constantFrom(...SMMU), flags })
  .map(({ machine, cards: list, way, smmu, flags: { a, b } }): PinText => {
    const ofMachine = b && smmu === '' ? ',iommu=smmuv3' : '';
    const lines = [
      `qemu-system-aarch64 -nodefaults -M ${machine},gic-version=3${ofMachine} -accel kvm -bios QEMU_EFI.fd -object iommufd,id=i0`,
      ...(ofMachine === '' ? [`-device arm-smmuv3,primary-bus=${a ? 'pcie.0,id=smmu1' : 'pcie.0'}${smmu}`] : []),
      ...list.map((_, i) => `-device pcie-root-port,id=rp${i + 1},chassis=${i + 1}`),
      ...(smmu === '' ? [] : list.map((address, i) => qemuCard(address, i, { way, auto: '', isIommufd: true }))),
    ];
    return { format: 'qemu', text: `${lines.join(' \\\n  ')}\n`, hosts: ARM };
  });

const XMLNS = " xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'";

/** What a domain may say in QEMU's own words besides. */
const QEMU_PARTS = [
  '',
  "<qemu:commandline>\n    <qemu:arg value='-global'/>\n    <qemu:arg value='vfio-pci.ats=auto'/>\n  </qemu:commandline>",
  "<qemu:override>\n    <qemu:device alias='ua-c0'>\n      <qemu:frontend>\n        <qemu:property name='ats' type='string' value='auto'/>\n      </qemu:frontend>\n    </qemu:device>\n  </qemu:override>",
  "<qemu:override>\n    <qemu:device alias='hostdev1'>\n      <qemu:frontend>\n        <qemu:property name='x-no-mmap' type='bool' value='true'/>\n      </qemu:frontend>\n    </qemu:device>\n  </qemu:override>",
  '<qemu:override/>',
  "<qemu:commandline><qemu:arg value='-device'/><qemu:arg value='vfio-pci,host=04:00.0,id=own'/></qemu:commandline>",
];

function hostdev(
  address: string,
  i: number,
  { isTagged, isIommufd, isOneLine }: { isTagged: boolean; isIommufd: boolean; isOneLine: boolean },
) {
  const [, bus] = /^(..):/.exec(address) ?? [];
  const parts = [
    ...(isIommufd ? ["<driver iommufd='yes'/>"] : []),
    `<source>${isOneLine ? '' : '\n        '}<address domain='0x0000' bus='0x${bus}' slot='0x00' function='0x0'/>${isOneLine ? '' : '\n      '}</source>`,
    ...(isTagged ? [`<alias name='ua-c${i}'/>`] : []),
  ];
  const inner = isOneLine ? parts.join('') : `${parts.map(part => `\n      ${part}`).join('')}\n    `;
  return `<!-- ${address} -->\n    <hostdev mode='subsystem' type='pci' managed='yes'>${inner}</hostdev>`;
}

const IOMMUS: Readonly<Record<string, readonly string[]>> = {
  x86_64: ['', "<iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu>", "<iommu model='virtio'/>"],
  aarch64: [
    '',
    "<iommu model='smmuv3'><driver pciBus='0' accel='on'/></iommu>",
    "<iommu model='smmuv3'>\n      <driver pciBus='0' accel='on' ats='on'/>\n    </iommu>",
    "<iommu model='smmuv3'><driver pciBus='0'/></iommu>",
    "<iommu model='smmuv3'/>",
    "<iommu model='virtio'/>",
  ],
};

const domain = fc
  .record({
    isArm: fc.boolean(),
    q35,
    virt,
    cards,
    flags,
    iommu: fc.nat(5),
    part: fc.constantFrom(...QEMU_PARTS),
    end: ends,
    tabs: fc.boolean(),
  })
  .map(({ isArm, q35: ofX86, virt: ofArm, cards: list, flags: { a, b, c, d }, iommu, part, end, tabs }): PinText => {
    const arch = isArm ? 'aarch64' : 'x86_64';
    const known = IOMMUS[arch] ?? [];
    const iommuXml = known[iommu % known.length] ?? '';
    const machine = d ? '' : ` machine='${isArm ? ofArm : ofX86}'`;
    const text = `${c ? "<?xml version='1.0'?>\n" : ''}<domain type='kvm'${part !== '' || a ? XMLNS : ''}>
  <name>db1</name>
  <os>
    <type arch='${arch}'${machine}>hvm</type>
  </os>
  <features><acpi/>${isArm ? "<gic version='3'/>" : "<ioapic driver='qemu'/>"}</features>
  <devices>
    ${list.map((address, i) => hostdev(address, i, { isTagged: b && i === 0, isIommufd: isArm || a, isOneLine: c })).join('\n    ')}
    ${iommuXml}
  </devices>
  ${part}
</domain>
`;
    return { format: 'libvirt', text: withEnds(tabs ? text.replaceAll('  ', '\t') : text, end), hosts: isArm ? ARM : INTEL };
  });

const PERMITTED = `apiVersion: kubevirt.io/v1
kind: KubeVirt
metadata: { name: kubevirt }
spec: { configuration: { permittedHostDevices: { pciHostDevices: [ { pciVendorSelector: "1af4:1041", resourceName: x/nic } ] } } }
---
`;

const MACHINES = [
  '',
  'machine: { type: q35 }',
  'machine:\n      type: ""',
  'machine: {}',
  'machine: # none',
  'machine:\n      type: "pc-q35-9.0"',
];

function kubevirtObject(machine: string, name: string, { isVm, isFlow }: { isVm: boolean; isFlow: boolean }): string {
  const spec = isFlow
    ? `domain: { devices: { hostDevices: [ { name: nic0, deviceName: x/nic } ] } }`
    : `domain:\n    # of the guest\n    ${machine === '' ? '' : `${machine}\n    `}devices:\n      hostDevices:\n      - name: nic0\n        deviceName: x/nic`;
  if (!isVm)
    return `apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nmetadata: { name: ${name} }\nspec:\n  architecture: amd64\n  ${spec}\n`;
  return `apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: { name: ${name} }\nspec:\n  template:\n    spec:\n      architecture: amd64\n      ${spec.replaceAll('\n', '\n    ')}\n`;
}

const kubevirt = fc
  .record({
    machines: fc.array(fc.constantFrom(...MACHINES), { minLength: 1, maxLength: 3 }),
    isVm: fc.boolean(),
    isFlow: fc.boolean(),
    end: ends,
  })
  .map(({ machines, isVm, isFlow, end }): PinText => {
    const objects = machines.map((machine, i) => kubevirtObject(machine, `vm${i}`, { isVm, isFlow }));
    return { format: 'kubevirt', text: withEnds(PERMITTED + objects.join('---\n'), end), hosts: INTEL };
  });

const kubevirtJson = fc
  .record({ type: fc.constantFrom(undefined, 'q35', 'pc-q35-9.0'), space: fc.constantFrom(0, 2) })
  .map(({ type, space }): PinText => {
    const devices = { hostDevices: [{ name: 'nic0', deviceName: 'x/nic' }] };
    const spec = { architecture: 'amd64', domain: { ...(type === undefined ? {} : { machine: { type } }), devices } };
    const object = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', metadata: { name: 'a' }, spec };
    return { format: 'kubevirt', text: `${PERMITTED}${JSON.stringify(object, null, space)}\n`, hosts: INTEL };
  });

const MACHINE_LINES = [
  '',
  'machine: q35',
  'machine: pc-q35-9.0',
  'machine: q35,viommu=intel',
  'machine: pc-q35-10.0,viommu=virtio',
  'machine: type=q35,viommu=virtio,aw-bits=48',
];
const ARGS = [
  '',
  "args: -device 'edu,id=e'",
  'args: -set device.hostpci0.ats=auto',
  'args: -global vfio-pci.ats=auto',
  'args: -device vfio-pci,host=04:00.0',
];

const proxmox = fc
  .record({ machine: fc.constantFrom(...MACHINE_LINES), args: fc.constantFrom(...ARGS), cards, flags, isSlot: fc.boolean(), end: ends })
  .map(({ machine, args, cards: named, flags: { a, b, c, d }, isSlot, end }): PinText => {
    // Without its function a card is all that the host has of it.
    const list = isSlot ? named.map(address => address.slice(0, -2)) : named;
    const isExpress = machine.includes('q35');
    const [first = '', second] = list;
    const both = c && second !== undefined ? [`${first};0000:${second}`] : list;
    const lines = [
      '# a comment',
      ...(a ? [args] : []),
      'boot: order=scsi0',
      ...both.map((address, i) => `hostpci${i}: 0000:${address}${isExpress && b ? ',pcie=1' : ''}${d ? ',rombar=0' : ''}`),
      machine,
      'ostype: l26',
      'scsihw: virtio-scsi-single',
      ...(a ? [] : [args]),
    ].filter(line => line !== '');
    const text = `${lines.join('\n')}\n${d ? '\n[before]\nmachine: q35\nostype: l26\n' : ''}`;
    return { format: 'proxmox', text: withEnds(c && !d ? text.trimEnd() : text, end), hosts: [...INTEL, ...INTEL.map(name => `${name}!`)] };
  });

const RAW = [
  '',
  '  raw.qemu.conf: |\n    [device "dev-incus_card0"]\n    x-no-mmap = "on"\n',
  '  raw.qemu.conf: |-\n    [device "dev-incus_card0"]\n    ats = "auto"\n    [machine]\n    accel = "kvm"\n',
  '  raw.qemu.conf: |\n    [machine]\n    type = "pc-q35-9.0"\n\n',
  '  raw.qemu.conf: "[machine]\\ntype = \\"q35\\""\n',
  '  raw.qemu: -set device.dev-incus_card0.ats=auto\n',
  '  raw.qemu: -device vfio-pci,host=04:00.0,id=own\n',
];

const incus = fc
  .record({ raw: fc.constantFrom(...RAW), cards, flags, end: ends })
  .map(({ raw, cards: list, flags: { a, b, c, d }, end }): PinText => {
    const config = `${c ? '  # of the instance\n' : ''}${a ? '  security.iommu: "true"\n' : ''}${raw}${b ? '  limits.cpu: "4"\n' : ''}`;
    const isEmpty = !a && !b && raw === '';
    // Incus takes a network card by another way, which a pin does not reach.
    const kind = (i: number) => (d && i === 1 ? 'nictype: physical\n    type: nic\n    pci' : 'type: pci\n    address');
    const devices = list.map((address, i) => `  card${i}:\n    ${kind(i)}: "0000:${address}"\n`).join('');
    const text = `architecture: x86_64\n${isEmpty ? (d ? 'config: {}\n' : '') : `config:\n${config}`}devices:\n${devices}name: c1\ntype: virtual-machine\n`;
    return { format: 'incus', text: withEnds(text, end), hosts: INTEL };
  });

const cloudHypervisor = cards.map((list): PinText => {
  const devices = list.map(address => ({ path: `/sys/bus/pci/devices/0000:${address}/`, iommu: true }));
  const config = { payload: { kernel: '/k' }, platform: { iommufd: true }, devices };
  return { format: 'cloud-hypervisor', text: `${JSON.stringify(config, null, 2)}\n`, hosts: INTEL };
});

export const PIN_TEXTS = { qemuX86, qemuArm, domain, kubevirt, kubevirtJson, proxmox, incus, cloudHypervisor } as const;
