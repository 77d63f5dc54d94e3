/** Mends in the words of QEMU's command line. */
import { findDriver } from '../places/driver.ts';
import { type Asked, type DeviceSetting, type IommuSettings, joined, type Mender } from './mender.ts';

const BELOW_PORT = 'bus=rp1, with -device pcie-root-port,id=rp1,chassis=9 in front';

const PLACES: Readonly<Record<string, string>> = {
  'place.id': 'an id that begins with a letter, of letters, digits, - . and _',
  'place.driver': 'no -device of it: the machine has its own',
  'place.driver-unknown': 'a name of what qemu-system-… -device help lists',
  'place.no-driver': 'vfio-pci',
  'place.bus': BELOW_PORT,
  'place.bus-full': 'addr=SLOT.1, and multifunction=on of the device in that slot',
  'place.slot-not-seen': BELOW_PORT,
  'place.slot-taken': BELOW_PORT,
  'place.bus-kind': 'bus= of a bus that takes it, such as pcie.0',
  'place.value': 'leave it out, or write a value that it takes',
  'place.global': 'no -global of it',
  'place.expander': 'another bus_nr=, and no bus=',
  'place.index': 'acpi-index= of 1 to 16383 that no other device has',
  'place.failover': 'bus= of a pcie-root-port of its own, and no multifunction=on',
  'place.virtual-functions': 'a lower slot in addr=, or fewer virtual functions',
};

/** Devices whose properties Airlock lists. */
const LISTED = /^(?:vfio-|(?:intel|amd|virtio)-iommu|arm-smmuv3)/;

/** Said of a property where nothing nearer is known: it is wrong, or there is none of that name. */
export function propertyWords({ driver }: Pick<Asked, 'driver'>): string {
  const [, named = driver] = /^-global ([^.]+)\./.exec(driver) ?? [];
  if (named.startsWith('vfio-pci')) return 'leave it out, or see what it takes: airlock properties';
  if (LISTED.test(named)) return `leave it out, or see airlock properties --driver ${named}`;
  return findDriver(named) === null ? 'leave it out' : `leave it out, or see what it takes: -device ${named},help`;
}

/** The property that QEMU's words name; null where they name none. */
export function propertyOf({ message }: Asked): string | null {
  const said = message.replace(/^can't apply global [^:]{1,200}: /, '');
  const found = /^Property '(?:[\w-]+\.)?([\w-]+)'|^Parameter '([\w-]+)[.']|^Invalid parameter type for '([\w-]+)[.']/.exec(said);
  return found?.[1] ?? found?.[2] ?? found?.[3] ?? null;
}

/** Whether the message is about the address of a device in a domain of more than four digits, which QEMU's `host` cannot spell. */
export function isInWideDomain({ message }: Asked): boolean {
  return /'[\w-]+\.host' doesn't take value '[\da-f]{5,8}:[\da-f]{2}:[\da-f]{2}\.[0-7]'$/i.test(message);
}

/** A property that a device cannot do without is to be written otherwise. */
function property(asked: Asked): string {
  const name = propertyOf(asked);
  if (name === 'socket') return '"socket": {"type": "unix", "path": "PATH"} in a -device of JSON';
  if (name !== 'host' || asked.code === 'property.unknown') return propertyWords(asked);
  const [, address] = /doesn't take value '([^']{1,32})'$/.exec(asked.message) ?? [];
  return isInWideDomain(asked) ? `sysfsdev=/sys/bus/pci/devices/${address}` : 'host=BUS:SLOT.FUNCTION: airlock devices lists them';
}

export const placeWords = ({ given, code }: Asked): string | null => given ?? PLACES[code] ?? null;

function device({ name, value, kind, isJson }: DeviceSetting): string {
  if (!isJson) return `${name}=${value}`;
  const words = kind === 'boolean' ? String(value === 'on' || value === 'true') : kind === 'number' ? String(Number(value)) : `"${value}"`;
  return `"${name}": ${words}`;
}

/** As options that other formats take over. */
export function iommuOptions({ driver, id, isOwn, isMachines, values }: IommuSettings): string {
  if (isMachines && values.some(({ name, value }) => name === 'accel' && value === 'on')) {
    return `-device ${driver},primary-bus=pcie.0,accel=on; no -machine iommu=`;
  }
  if (isMachines) return values.map(({ name, value }) => `-global ${driver}.${name}=${value}`).join(' ');
  return isOwn ? joined(values) : `${joined(values)} of ${id ?? driver}`;
}

/** Of a definition without an object of that kind. */
export const IOMMUFD = 'iommufd=iommufd0, with -object iommufd,id=iommufd0';

/** The property that names the bus, of an SMMUv3 and of a device. */
const busOf = (code: string): string => (code === 'smmuv3.bus-taken' ? 'primary-bus' : 'bus');

export const qemu: Mender = {
  device,
  iommu: iommuOptions,
  leaveOut: ({ name }) => `no ${name}=`,
  option: option => option,
  iommufd: () => IOMMUFD,
  iommufdObject: ({ given }) => given ?? IOMMUFD,
  legacy: () => 'no iommufd=, for the legacy container',
  bind: ({ given }) => given,
  otherDevice: ({ code }) => (code === 'host.missing' ? 'host=ADDRESS' : 'host= of another device: airlock devices lists them'),
  supply: () => null,
  definedSet: () => null,
  machine: ({ given }) => `-machine ${given ?? 'TYPE, one that airlock machines lists'}`,
  kvm: () => '-accel kvm',
  split: () => '-machine kernel-irqchip=split',
  firmware: () => '-bios QEMU_EFI.fd, and no acpi=off',
  iommuModel: ({ given }) => given && `-device ${given}`,
  oneIommu: ({ given }) => given ?? 'one IOMMU alone: no -device of this one',
  otherRoot: ({ code }) => `${busOf(code)}=pxb1, with -device pxb-pcie,id=pxb1,bus_nr=64 in front`,
  order: ({ given }) => given,
  belowPort: () => BELOW_PORT,
  property,
  place: placeWords,
};
