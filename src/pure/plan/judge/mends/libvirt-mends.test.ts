import { test } from 'node:test';
import { checkMend, hostOf, type Row, SMMU } from '../../../../../test/fixtures/mends.ts';
import { domain, hostdev } from '../../readers/libvirt/read-fixture.ts';

const ALIAS = "<alias name='ua-nic0'/>";
const PORTS = "<controller type='pci' index='0' model='pcie-root'/><controller type='pci' index='1' model='pcie-root-port'/>";
const property = (name: string, type: string, value: string): string => `<qemu:property name='${name}' type='${type}' value='${value}'/>`;
const override = (inner: string): string =>
  `<qemu:override><qemu:device alias='ua-nic0'><qemu:frontend>${inner}</qemu:frontend></qemu:device></qemu:override>`;
const FD = "<driver iommufd='yes'/>";
const one = (inner = '', more = '', devices = PORTS): string =>
  domain(`${devices}\n${hostdev('01:00.0', `${FD}${inner}${ALIAS}`)}`, { more });
const ARM_DOMAIN = { arch: 'aarch64', machine: 'virt-11.1' };
const accelerated = (driver: string): string => `<iommu model='smmuv3'><driver ${driver}/></iommu>`;
const onArm = (iommu: string, inner = FD): string =>
  domain(`${PORTS}\n${hostdev('01:00.0', `${inner}${ALIAS}`)}${iommu}`, ARM_DOMAIN).replace('<os>', "<os firmware='efi'>");

const LIBVIRT: readonly Row[] = [
  {
    code: 'ats.required.kernel-unsupported',
    text: one('', override(property('ats', 'string', 'on'))),
    mend: `${property('ats', 'string', 'auto')} of ua-nic0`,
    edit: [property('ats', 'string', 'on'), property('ats', 'string', 'auto')],
  },
  {
    code: 'ats.masked.kernel-unsupported',
    text: one(),
    mend: `${property('ats', 'string', 'off')} of ua-nic0`,
    edit: ['</devices>', `</devices>${override(property('ats', 'string', 'off'))}`],
  },
  {
    code: 'property.unfit',
    text: one('', override(property('x-vga', 'bool', 'true'))),
    mend: `${property('x-vga', 'bool', 'false')} of ua-nic0`,
    edit: [property('x-vga', 'bool', 'true'), property('x-vga', 'bool', 'false')],
  },
  {
    code: 'property.unknown',
    text: one('', override(property('x-pci-vendor-idd', 'unsigned', '4660'))),
    mend: `${property('x-pci-vendor-id', 'unsigned', '4660')} of ua-nic0`,
    edit: ['x-pci-vendor-idd', 'x-pci-vendor-id'],
  },
  {
    code: 'machine.unknown',
    text: one().replace('pc-q35-11.1', 'pc-q35-11.11'),
    mend: "machine='pc-q35-11.1' in <type> of <os>",
    edit: ["machine='pc-q35-11.11'", "machine='pc-q35-11.1'"],
  },
  {
    code: 'iommufd.absent',
    text: one(),
    mend: "sudo modprobe iommufd, or <driver iommufd='no'/> in <hostdev>",
    edit: [FD, "<driver iommufd='no'/>"],
    host: hostOf({ facts: { iommufd: 'none' } }),
  },
  {
    code: 'vfio.container-absent',
    text: one().replace(FD, ''),
    mend: `${FD} in <hostdev>`,
    edit: [ALIAS, FD + ALIAS],
    host: hostOf({ facts: { vfioContainer: 'none' } }),
  },
  {
    code: 'backend.mixed',
    text: domain(`${hostdev('01:00.0', FD)}${hostdev('02:00.0', ALIAS)}`),
    mend: `${FD} in <hostdev>`,
    edit: [ALIAS, FD + ALIAS],
  },
  {
    code: 'device.not-bound',
    text: one().replace("managed='yes'", "managed='no'"),
    mend: "managed='yes' in <hostdev>, or sudo airlock bind 0000:01:00.0",
    edit: ["managed='no'", "managed='yes'"],
    host: hostOf({ assignment: { driver: { name: 'nvme' } } }),
  },
  {
    code: 'host.device-absent',
    text: one().replace("bus='0x01'", "bus='0x09'"),
    mend: '<address> of another device in <source>: see airlock devices',
    edit: ["bus='0x09'", "bus='0x02'"],
  },
  {
    code: 'intel-iommu.caching-mode',
    text: one('', '', `${PORTS}<iommu model='intel'><driver intremap='on'/></iommu>`).replace('<acpi/>', "<acpi/><ioapic driver='qemu'/>"),
    mend: "<driver caching_mode='on'/> in <iommu>",
    edit: ["intremap='on'", "intremap='on' caching_mode='on'"],
  },
  {
    code: 'iommu.irqchip',
    text: one('', '', `${PORTS}<iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu>`),
    mend: "<ioapic driver='qemu'/> in <features>",
    edit: ['<acpi/>', "<acpi/><ioapic driver='qemu'/>"],
  },
  {
    code: 'intel-iommu.aw-bits',
    text: one('', '', `${PORTS}<iommu model='intel'><driver caching_mode='on' aw_bits='40'/></iommu>`),
    mend: "<driver aw_bits='39'/> in <iommu>",
    edit: ["aw_bits='40'", "aw_bits='39'"],
  },
  {
    code: 'amd-iommu.dma-remap',
    text: one('', '', `${PORTS}<iommu model='amd'/>`),
    mend: '-global amd-iommu.dma-remap=on in <qemu:commandline>',
    edit: [
      '</devices>',
      "</devices><qemu:commandline><qemu:arg value='-global'/><qemu:arg value='amd-iommu.dma-remap=on'/></qemu:commandline>",
    ],
  },
  {
    code: 'virtio-iommu.granule',
    text: one('', '', `${PORTS}<iommu model='virtio'><driver><granule size='64' unit='KiB'/></driver></iommu>`),
    mend: "<granule mode='host'/> in <driver> of <iommu>",
    edit: ["<granule size='64' unit='KiB'/>", "<granule mode='host'/>"],
  },
  {
    code: 'place.slot-taken',
    text: domain(
      `${PORTS}${hostdev('01:00.0', `${FD}<address type='pci' bus='1' slot='0'/>`)}${hostdev('02:00.0', `${FD}<address type='pci' bus='0x01' slot='0'/>`)}`,
    ),
    mend: "<address> on a <controller type='pci' model='pcie-root-port'/>",
    edit: ["<address type='pci' bus='0x01' slot='0'/>", ''],
  },
  {
    code: 'smmuv3.ats',
    text: onArm(accelerated("pciBus='0' accel='on' ats='on'")),
    mend: "<driver ats='off'/> in <iommu>",
    edit: ["ats='on'", "ats='off'"],
  },
  {
    code: 'smmuv3.no-iommufd',
    text: onArm(accelerated("pciBus='0' accel='on'"), ''),
    mend: `${FD} in <hostdev>`,
    edit: [ALIAS, FD + ALIAS],
  },
  {
    code: 'smmuv3.no-accel',
    text: onArm(accelerated("pciBus='0'")),
    mend: "<driver accel='on'/> in <iommu>",
    edit: ["pciBus='0'", "pciBus='0' accel='on'"],
  },
  {
    code: 'smmuv3.no-accel',
    text: onArm("<iommu model='smmuv3'/>"),
    mend: "<driver pciBus='0' accel='on'/> in <iommu>",
    edit: ["<iommu model='smmuv3'/>", accelerated("pciBus='0' accel='on'")],
  },
  {
    code: 'smmuv3.oas',
    text: onArm(accelerated("pciBus='0' accel='on' oas='48'")),
    mend: "<driver oas='44'/> in <iommu>",
    edit: ["oas='48'", "oas='44'"],
  },
  {
    code: 'smmuv3.kvm',
    text: onArm(accelerated("pciBus='0' accel='on'")).replace("type='kvm'", "type='qemu'"),
    mend: "<domain type='kvm'>",
    edit: ["type='qemu'", "type='kvm'"],
  },
];

for (const row of LIBVIRT) {
  const host = row.text.includes('smmuv3') ? hostOf({ report: SMMU }) : hostOf();
  test(`withMends mends ${row.code} in libvirt's words: ${row.mend}`, () => checkMend('libvirt', { host, ...row }));
}
