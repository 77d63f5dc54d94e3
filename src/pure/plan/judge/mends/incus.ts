/** Mends in the keys of Incus's instances, and in its raw.qemu.conf where it has none. */
import { type DeviceSetting, joined, type Mender } from './mender.ts';
import { placeWords, propertyWords } from './qemu.ts';

const PREFIX = 'dev-incus_';

/** The name of the device in `devices:`. */
const nameOf = (id: string): string => (id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id);

const section = (id: string, line: string): string => `${line} in [device "${id}"] of raw.qemu.conf`;

const device = ({ id, name, value }: DeviceSetting): string =>
  name === 'rombar' && value === '0' ? `devices.${nameOf(id)}.firmware: "false"` : section(id, `${name} = "${value}"`);

const option = (words: string): string => `raw.qemu: ${words}`;

export const incus: Mender = {
  device,
  iommu: ({ driver, values }) => option(values.map(value => `-global ${driver}.${joined([value])}`).join(' ')),
  leaveOut: ({ id, name }) => `no ${section(id, name)}`,
  option,
  iommufd: ({ id }) => `${section(id, 'iommufd = "i0"')}, raw.qemu: -object iommufd,id=i0`,
  iommufdObject: ({ given }) => option(given ?? '-object iommufd,id=i0'),
  legacy: ({ id }) => (id.startsWith(PREFIX) ? `no ${section(id, 'iommufd')}` : 'no iommufd in raw.qemu.conf'),
  bind: ({ given }) => given,
  otherDevice: ({ id }) => `another address in devices.${nameOf(id)}: airlock devices lists them`,
  supply: ({ id }) => `other ids, pci or parent in devices.${nameOf(id)}`,
  definedSet: ({ id }) => `devices.${nameOf(id)}.pci, or vendorid and productid`,
  machine: ({ given }) => `type = "${given ?? 'TYPE'}" in [machine] of raw.qemu.conf`,
  kvm: () => 'accel = "kvm" in [machine] of raw.qemu.conf',
  split: () => 'kernel-irqchip = "split" in [machine] of raw.qemu.conf',
  firmware: () => 'no raw.qemu.conf that takes the firmware away',
  iommuModel: ({ given }) => given && option(`-device ${given}`),
  oneIommu: () => 'security.iommu: "false", or no IOMMU in raw.qemu',
  otherRoot: () => option('-device pxb-pcie,id=pxb1,bus_nr=64, and bus= below it'),
  order: () => 'security.iommu: "true", whose IOMMU is in front of all devices',
  belowPort: ({ id }) => `no ${section(id, 'bus')}`,
  property: propertyWords,
  // Its own devices stand where it puts them, unless somebody overrides that.
  place: asked => (asked.id.startsWith(PREFIX) ? `no ${section(asked.id, 'bus and addr')}` : placeWords(asked)),
};
