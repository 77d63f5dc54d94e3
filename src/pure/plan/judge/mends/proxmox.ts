/** Mends in the lines of Proxmox's qemu-server configuration (9.2). */
import type { DeviceSetting, IommuSettings, Mender } from './mender.ts';
import { placeWords, propertyWords } from './qemu.ts';

/** Properties that `hostpciN:` has a name for. */
const NAMES: Readonly<Record<string, string>> = {
  rombar: 'rombar',
  'x-vga': 'x-vga',
  'x-pci-vendor-id': 'vendor-id',
  'x-pci-device-id': 'device-id',
  'x-pci-sub-vendor-id': 'sub-vendor-id',
  'x-pci-sub-device-id': 'sub-device-id',
};

/** `hostpci1` of `hostpci1.0`. */
const lineOf = (id: string): string => /^hostpci\d+/.exec(id)?.[0] ?? 'hostpciN';

const inArgs = (words: string): string => `args: ${words}`;

/** Of an id with a dot, as functions of one line have, -set would take the first part alone. */
const settingOf = (id: string, driver: string, setting: string): string =>
  id.includes('.') ? `-global ${driver}.${setting}` : `-set device.${id}.${setting}`;

const device = ({ id, driver, name, value, kind }: DeviceSetting): string =>
  NAMES[name] === undefined
    ? inArgs(settingOf(id, driver, `${name}=${value}`))
    : `${lineOf(id)}: …,${NAMES[name]}=${kind === 'boolean' ? (value === 'on' ? '1' : '0') : value}`;

function iommu({ driver, values }: IommuSettings): string {
  const [first, ...others] = values;
  if (first?.name === 'aw-bits' && others.length === 0) return `machine: …,aw-bits=${first.value}`;
  return inArgs(values.map(({ name, value }) => `-global ${driver}.${name}=${value}`).join(' '));
}

export const proxmox: Mender = {
  device,
  iommu,
  leaveOut: ({ id, name }) => `no ${name} of ${id} in args:`,
  option: inArgs,
  iommufd: ({ id, driver }) => inArgs(`-object iommufd,id=i0 ${settingOf(id, driver, 'iommufd=i0')}`),
  iommufdObject: ({ given }) => inArgs(given ?? '-object iommufd,id=i0'),
  legacy: ({ id }) => `no iommufd of ${/^hostpci/.test(id) ? id : 'the devices'} in args:`,
  bind: ({ id, given }) => `no driver=keep in ${lineOf(id)}:${given === null ? '' : `, or ${given}`}`,
  otherDevice: ({ id }) => `another device in ${lineOf(id)}: airlock devices lists them`,
  supply: () => 'another line map node=…,path=… of the mapping in mapping/pci.cfg',
  definedSet: () => "the cluster's mapping/pci.cfg too: --related pci.cfg",
  machine: ({ given }) => `machine: ${given ?? 'TYPE, one that airlock machines lists'}`,
  kvm: () => 'no kvm: 0',
  split: () => inArgs('-machine kernel-irqchip=split'),
  firmware: () => 'bios: ovmf',
  iommuModel: ({ given }) => given && `another IOMMU: ${given}`,
  oneIommu: () => 'either viommu= in machine: or an IOMMU in args:',
  otherRoot: () => inArgs('-device pxb-pcie,id=pxb1,bus_nr=64, and bus= below it'),
  order: () => 'viommu= in machine:, which stands in front of all devices',
  belowPort: ({ id }) => `${lineOf(id)}: …,pcie=1`,
  property: propertyWords,
  place: asked => (/^hostpci\d/.test(asked.id) ? `another number than ${lineOf(asked.id)}, or …,pcie=1` : placeWords(asked)),
};
