/**
 * The PCI devices that a machine has before those of its definition, and those that older options make, in QEMU's order: what the
 * chipset has at fixed places, then VGA, network cards, and sound on the first free slots.
 */
import { bool } from '../../../qemu/property-types/words.ts';
import { type DefinedValue, findValue, type VmDefinition } from '../../definition.ts';
import { networkCards } from './generated/device-properties.ts';
import type { BusType } from './pci-tree.ts';

/** The kinds of machines whose PCI buses are known; `none` and `isapc` have none. */
export type MachineFamily = (typeof MACHINE_FAMILIES)[number];

export const MACHINE_FAMILIES = ['pc-i440fx', 'pc-q35', 'virt', 'microvm', 'none', 'isapc'] as const;

/** A device of the machine's own. */
export interface MachineDevice {
  /** null for one whose driver is not known, or that may not be there at all. */
  readonly driver: string | null;
  /** null for the first free slot. */
  readonly devfn: number | null;
  readonly multifunction: boolean;
  /** Whether it is made for a moment alone, to see what it is: it takes no place, but what is wrong with it ends QEMU. */
  readonly isTried: boolean;
}

/** A machine as far as its PCI buses go. */
export interface PlaceMachine {
  /** That of its type, such as `pc-q35`. */
  readonly family: string;
  /** The version of QEMU that the type keeps to, `11.1`; null where it is not known. */
  readonly version: string | null;
}

/** What a machine begins with. */
export interface MachineStart {
  /** null where it has no PCI. */
  readonly root: { readonly name: string | null; readonly type: BusType } | null;
  readonly devices: readonly MachineDevice[];
  /** Whether it plugs devices on conventional buses itself; null where that is not known. */
  readonly hasHotplug: boolean | null;
  /** Other buses that a PCI device cannot go on, as QEMU finds and calls them. */
  readonly otherBuses: ReadonlyMap<string, string>;
}

const at = (slot: number, fn: number, driver: string, multifunction = false): MachineDevice => ({
  driver,
  devfn: (slot << 3) | fn,
  multifunction,
  isTried: false,
});

/** Whether a machine's option is on; `fallback` where it is not given, or is no boolean. */
function isOn(values: readonly DefinedValue[], name: string, fallback: boolean): boolean {
  const value = findValue(values, name)?.value;
  return value === undefined || !(bool.words ?? []).concat('yes', 'no', 'true', 'false', 'y', 'n').includes(value)
    ? fallback
    : bool.parse(value, name) === true;
}

function hasUsb({ machine, otherOptions }: VmDefinition): boolean {
  return otherOptions.some(({ name }) => name === 'usb' || name === 'usbdevice') || isOn(machine.values, 'usb', false);
}

function q35Devices(definition: VmDefinition): MachineDevice[] {
  const { values } = definition.machine;
  return [
    at(0, 0, 'mch'),
    at(0x1f, 0, 'ICH9-LPC', true),
    ...(isOn(values, 'sata', true) ? [at(0x1f, 2, 'ich9-ahci', true)] : []),
    ...(hasUsb(definition)
      ? [at(0x1d, 7, 'ich9-usb-ehci1', true), ...[1, 2, 3].map(number => at(0x1d, number - 1, `ich9-usb-uhci${number}`, true))]
      : []),
    ...(isOn(values, 'smbus', true) ? [at(0x1f, 3, 'ICH9-SMB', true)] : []),
  ];
}

function i440fxDevices(definition: VmDefinition): MachineDevice[] {
  const { values } = definition.machine;
  const isPiix4 = findValue(values, 'x-south-bridge')?.value === 'piix4-isa';
  return [
    at(0, 0, 'i440FX'),
    at(1, 0, isPiix4 ? 'piix4-isa' : 'PIIX3', true),
    at(1, 1, isPiix4 ? 'piix4-ide' : 'piix3-ide'),
    ...(hasUsb(definition) ? [at(1, 2, isPiix4 ? 'piix4-usb-uhci' : 'piix3-usb-uhci')] : []),
    ...(isOn(values, 'acpi', true) ? [at(1, 3, 'PIIX4_PM')] : []),
  ];
}

const onFreeSlot = (driver: string | null): MachineDevice => ({ driver, devfn: null, multifunction: false, isTried: false });

/** What -vga makes. */
const VGA_DRIVERS: Readonly<Record<string, string>> = {
  std: 'VGA',
  cirrus: 'cirrus-vga',
  vmware: 'vmware-svga',
  qxl: 'qxl-vga',
  virtio: 'virtio-vga',
};

/** Devices, and drivers of a -global, that keep the machine from making its own VGA. */
const VGA_LIKE = ['VGA', 'cirrus-vga', 'vmware-svga', 'qxl-vga', 'virtio-vga', 'virtio-vga-gl', 'ati-vga', 'isa-vga', 'isa-cirrus-vga'];

function vgaDevices({ hasDefaultDevices, otherOptions, devices, globals }: VmDefinition): MachineDevice[] {
  const asked = findValue(otherOptions, 'vga')?.value;
  if (asked === 'none') return [];
  if (asked !== undefined) return [onFreeSlot(VGA_DRIVERS[asked] ?? null)];
  const isReplaced = [...devices, ...globals].some(({ driver }) => VGA_LIKE.includes(driver));
  return hasDefaultDevices && !isReplaced ? [onFreeSlot('VGA')] : [];
}

/** Models of -nic that are PCI devices of the same name. */
const NETWORK_DRIVERS = ['e1000', 'e1000e', 'igb', 'rtl8139', 'virtio-net-pci', 'vmxnet3', 'pcnet', 'tulip', 'ne2k_pci', 'i82551'];

/** The driver of `-nic ...,model=NAME`. */
function networkCard(options: string, fallback: string): MachineDevice[] {
  const model = /(?:^|,)model=([^,]*)/.exec(options)?.[1];
  if (model === undefined) return [onFreeSlot(fallback)];
  if (model === 'virtio') return [onFreeSlot('virtio-net-pci')];
  return [onFreeSlot(NETWORK_DRIVERS.includes(model) ? model : null)];
}

/** Before it makes cards a machine makes one of each model that QEMU has, whatever it is asked for. */
function triedCards({ globals }: VmDefinition): MachineDevice[] {
  // Nothing but a -global can be wrong with them.
  return globals.length === 0 ? [] : networkCards.map(driver => ({ ...onFreeSlot(driver), isTried: true }));
}

/** Those of -nic come before those of -net, whatever the order on the line. */
function networkDevices({ hasDefaultDevices, otherOptions }: VmDefinition, fallback: string): MachineDevice[] {
  const asked = otherOptions.filter(({ name }) => name === 'nic' || name === 'net' || name === 'netdev');
  if (asked.length === 0) return hasDefaultDevices ? [onFreeSlot(fallback)] : [];
  const first = asked.filter(({ name, value }) => name === 'nic' && value !== 'none');
  const second = asked.filter(({ name, value }) => name === 'net' && /^nic(?:,|$)/.test(value));
  return [...first, ...second].flatMap(({ value }) => networkCard(value, fallback));
}

const SOUND_DRIVERS: Readonly<Record<string, string>> = { hda: 'intel-hda', ac97: 'AC97', es1370: 'ES1370', virtio: 'virtio-sound-pci' };

function soundDevices({ otherOptions }: VmDefinition): MachineDevice[] {
  return otherOptions.flatMap(({ name, value }) => {
    const model = name === 'audio' ? /(?:^|,)model=([^,]*)/.exec(value)?.[1] : undefined;
    return model === undefined || model === 'none' ? [] : [onFreeSlot(SOUND_DRIVERS[model] ?? null)];
  });
}

/** What -virtfs makes stands among the devices of -device, at a point that the definition does not say. */
function sharedFolders({ otherOptions }: VmDefinition): MachineDevice[] {
  return otherOptions.filter(({ name }) => name === 'virtfs').map(() => onFreeSlot(null));
}

/** What `-drive if=virtio` makes, behind the devices of -device that are not JSON. */
export function driveDevices({ otherOptions }: VmDefinition): MachineDevice[] {
  const interfaceOf = (options: string) => [...options.matchAll(/(?:^|,)if=([a-z]*)/g)].at(-1)?.[1];
  const drives = otherOptions.filter(({ name, value }) => name === 'drive' && interfaceOf(value) === 'virtio');
  return drives.map(() => onFreeSlot('virtio-blk-pci'));
}

const COMMON_BUSES: readonly (readonly [string, string])[] = [['isa.0', 'ISA']];
const ideBuses = (count: number) => Array.from({ length: count }, (_, number): [string, string] => [`ide.${number}`, 'IDE']);

/** Whether the firmware's tables plug devices below bridges, by a -global for the device that does it; q35 does since 6.1. */
function hasHotplug(definition: VmDefinition, driver: string, byVersion: boolean | null): boolean | null {
  const setting = definition.globals.findLast(global => global.driver === driver && global.name === 'acpi-pci-hotplug-with-bridge-support');
  return setting === undefined ? byVersion : isOn([setting], setting.name, true);
}

function isAtLeast61(version: string | null): boolean | null {
  if (version === null) return null;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 1);
}

const isFamily = (family: string): family is MachineFamily => MACHINE_FAMILIES.some(known => known === family);

/** What a machine begins with, for this definition; null for a family that is not known. */
export function machineStart({ family, version }: PlaceMachine, definition: VmDefinition): MachineStart | null {
  if (!isFamily(family)) return null;
  const { values } = definition.machine;
  const before = (card: string) => [...triedCards(definition), ...networkDevices(definition, card)];
  const after = [...soundDevices(definition), ...sharedFolders(definition)];
  const bare = { root: null, devices: [], hasHotplug: false, otherBuses: new Map<string, string>() };
  switch (family) {
    case 'pc-q35':
      return {
        root: { name: 'pcie.0', type: 'PCIE' },
        devices: [...q35Devices(definition), ...vgaDevices(definition), ...before('e1000e'), ...after],
        hasHotplug: hasHotplug(definition, 'ICH9-LPC', isAtLeast61(version)),
        otherBuses: new Map([...COMMON_BUSES, ...(isOn(values, 'sata', true) ? ideBuses(6) : [])]),
      };
    case 'pc-i440fx':
      return {
        root: { name: null, type: 'PCI' },
        devices: [...i440fxDevices(definition), ...vgaDevices(definition), ...before('e1000'), ...after],
        hasHotplug: isOn(values, 'acpi', true) && hasHotplug(definition, 'PIIX4_PM', true),
        otherBuses: new Map([...COMMON_BUSES, ...ideBuses(2)]),
      };
    case 'virt':
      return { ...bare, root: { name: 'pcie.0', type: 'PCIE' }, devices: [at(0, 0, 'gpex-root'), ...before('virtio-net-pci'), ...after] };
    case 'microvm':
      if (!isOn(values, 'pcie', false)) return bare;
      return { ...bare, root: { name: 'pcie.0', type: 'PCIE' }, devices: [at(0, 0, 'gpex-root'), ...after] };
    case 'isapc':
      return { ...bare, otherBuses: new Map([...COMMON_BUSES, ...ideBuses(2)]) };
    case 'none':
      return bare;
  }
}
