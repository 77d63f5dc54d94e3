/** Mends in the elements and attributes of libvirt's domain XML (12.9). */
import type { Asked, DeviceSetting, IommuSettings, Mender, NameValue } from './mender.ts';
import { isInWideDomain, propertyOf, propertyWords } from './qemu.ts';

/** Attributes of `<driver>` in `<iommu>`, by the driver and the property that each becomes. */
const ATTRIBUTES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'intel-iommu': {
    intremap: 'intremap',
    'caching-mode': 'caching_mode',
    eim: 'eim',
    'device-iotlb': 'iotlb',
    'aw-bits': 'aw_bits',
    'dma-translation': 'dma_translation',
  },
  'amd-iommu': { intremap: 'intremap', xtsup: 'xtsup', 'device-iotlb': 'iotlb', pt: 'passthrough' },
  'virtio-iommu-pci': { 'aw-bits': 'aw_bits' },
  'arm-smmuv3': { accel: 'accel', ats: 'ats', ril: 'ril', ssidsize: 'ssidsize', oas: 'oas', cmdqv: 'cmdqv' },
};

const inCommandline = (words: string): string => `${words} in <qemu:commandline>`;

const PCI_BUS = "pciBus= with the index of a root: '0', or of a pcie-expander-bus";

/** `attribute` is what the property becomes; undefined where libvirt has none. */
const withAttributes = (driver: string, values: readonly NameValue[]) =>
  values.map(({ name, value }) => ({ attribute: ATTRIBUTES[driver]?.[name], value }));

function iommu({ driver, isMachines, values }: IommuSettings): string {
  const known = withAttributes(driver, values);
  if (values.some(({ name }) => name === 'granule')) return "<granule mode='host'/> in <driver> of <iommu>";
  if (values.some(({ name }) => name === 'primary-bus')) return PCI_BUS;
  if (known.some(({ attribute }) => attribute === undefined)) {
    return inCommandline(values.map(({ name, value }) => `-global ${driver}.${name}=${value}`).join(' '));
  }
  const isAuto = known.every(({ value }) => value === 'auto');
  if (isAuto) return `no ${known.map(({ attribute }) => `${attribute}=`).join(', ')} in <driver> of <iommu>`;
  const attributes = known.map(({ attribute, value }) => ` ${attribute}='${value}'`).join('');
  // One without a bus is the machine's own, which takes nothing of this.
  return `<driver${isMachines ? " pciBus='0'" : ''}${attributes}/> in <iommu>`;
}

/** Numbers are decimal there. */
function device({ id, name, value, kind }: DeviceSetting): string {
  const words = { text: `type='string' value='${value}'`, number: `type='unsigned' value='${Number(value)}'` };
  const typed = kind === 'boolean' ? `type='bool' value='${value === 'on'}'` : words[kind];
  return `<qemu:property name='${name}' ${typed}/> of ${id}`;
}

const ON_PORT = "<address> on a <controller type='pci' model='pcie-root-port'/>";

const PLACES: Readonly<Record<string, string>> = {
  'place.id': "another name in <alias name='ua-NAME'/>",
  'place.driver': 'no element for it: the machine has its own',
  'place.bus': "bus= in <address> with the index of a <controller type='pci'>",
  'place.bus-full': "function='0x1' of a slot whose <address> has multifunction='on'",
  'place.slot-not-seen': ON_PORT,
  'place.slot-taken': ON_PORT,
  'place.bus-kind': 'bus= in <address> of a bus that takes it',
  'place.value': 'leave it out, or write a value that it takes',
  'place.global': 'no -global of it in <qemu:commandline>',
  'place.expander': "another busNr= in <target> of the <controller type='pci'>",
  'place.index': 'another index= in <acpi>, of 1 to 16383',
  'place.failover': 'an <address> on a pcie-root-port of its own',
  'place.virtual-functions': 'a lower slot= in <address>, or fewer virtual functions',
};

/** What libvirt makes of an attribute is to be written as one; a device that runs with iommufd is given without its address. */
function property(asked: Asked): string {
  const attribute = ATTRIBUTES[asked.driver]?.[propertyOf(asked) ?? ''];
  if (attribute !== undefined && asked.code === 'property.unknown') return `no ${attribute}= in <driver> of <iommu>`;
  return isInWideDomain(asked) ? IOMMUFD : propertyWords(asked);
}

const IOMMUFD = "<driver iommufd='yes'/> in <hostdev>";

export const libvirt: Mender = {
  device,
  iommu,
  leaveOut: ({ id, name }) => `no <qemu:property name='${name}'> of ${id}`,
  option: inCommandline,
  iommufd: () => IOMMUFD,
  iommufdObject: () => `${IOMMUFD}: libvirt makes the object`,
  legacy: () => "<driver iommufd='no'/> in <hostdev>",
  bind: ({ given }) => (given === null ? "managed='yes' in <hostdev>" : `managed='yes' in <hostdev>, or ${given}`),
  otherDevice: () => '<address> of another device in <source>: see airlock devices',
  supply: () => "more <address type='pci'> or <pf> in <forward> of the network",
  definedSet: () => "the network's XML too: --related NETWORK.xml",
  machine: ({ given }) => `machine='${given ?? 'TYPE'}' in <type> of <os>${given === null ? ': airlock machines lists them' : ''}`,
  kvm: () => "<domain type='kvm'>",
  split: () => "<ioapic driver='qemu'/> in <features>",
  firmware: () => "<os firmware='efi'>, and <acpi/> in <features>",
  iommuModel: ({ given }) => given && `another model= of <iommu>: ${given}`,
  oneIommu: () => 'one <iommu> alone',
  otherRoot: ({ code }) => (code === 'smmuv3.bus-taken' ? PCI_BUS : 'an <address> below a pcie-expander-bus that has no <iommu>'),
  order: ({ given }) => given && inCommandline(given),
  belowPort: () => ON_PORT,
  property,
  place: ({ given, code }) => given ?? PLACES[code] ?? null,
};
