/** QEMU's device types as far as places go: which are PCI devices, which are bridges, and what a name that is known as something else means. */
import type { PciDriverRow, PciKind } from './driver-row.ts';
import { driverAliases, pciDriverRows } from './generated/drivers.ts';
import { otherDriverNames } from './generated/other-drivers.ts';

/** A PCI device type. */
export interface PciDriver {
  readonly name: string;
  readonly kind: PciKind;
  /** Whether -device takes it. */
  readonly isOffered: boolean;
  readonly isBridge: boolean;
  /** Every type that a -global may name to reach it, itself first. */
  readonly types: readonly string[];
}

const INTERFACES: Readonly<Record<PciKind, readonly string[]>> = {
  conventional: ['conventional-pci-device'],
  express: ['pci-express-device'],
  hybrid: ['conventional-pci-device', 'pci-express-device'],
};

/** Devices of modules that distributions ship apart, and the program that made the rows did not have. */
const MODULE_ROWS: readonly PciDriverRow[] = [
  ['qxl', 'conventional', true, false, ['pci-qxl']],
  ['qxl-vga', 'conventional', true, false, ['pci-qxl']],
  ['virtio-gpu-gl-pci', 'hybrid', true, false, ['virtio-gpu-gl-pci-base-type', 'virtio-gpu-pci-base', 'virtio-pci']],
  ['virtio-vga-gl', 'hybrid', true, false, ['virtio-vga-gl-base-type', 'virtio-vga-base', 'virtio-pci']],
];

function driverOf([name, kind, isOffered, isBridge, ancestors]: PciDriverRow): PciDriver {
  return { name, kind, isOffered, isBridge, types: [name, ...ancestors, 'pci-device', 'device', ...INTERFACES[kind]] };
}

const rows = new Map([...pciDriverRows, ...MODULE_ROWS].map(row => [row[0], row]));
const aliases = new Map(driverAliases);
/** Those that were asked for: a VM has a few of hundreds. */
const pciDrivers = new Map<string, PciDriver>();
let otherDrivers: ReadonlySet<string> | null = null;

function pciDriver(name: string): PciDriver | undefined {
  const known = pciDrivers.get(name);
  const row = rows.get(name);
  if (known !== undefined || row === undefined) return known;
  const made = driverOf(row);
  pciDrivers.set(name, made);
  return made;
}

/** A device type of QEMU: on a PCI bus, or known to be on none. */
export type KnownDriver = { readonly isPci: true; readonly driver: PciDriver } | { readonly isPci: false; readonly name: string };

/** The device type that -device makes of a name; null where none is known. */
export function findDriver(text: string): KnownDriver | null {
  const name = aliases.get(text) ?? text;
  const driver = pciDriver(name);
  if (driver) return { isPci: true, driver };
  otherDrivers ??= new Set(otherDriverNames);
  return otherDrivers.has(name) ? { isPci: false, name } : null;
}

/** One of the types that machines have of themselves. */
export function machineDriver(name: string): PciDriver {
  return pciDriver(name) ?? driverOf([name, 'conventional', false, false, []]);
}

/** Types of VFIO's that programs for other architectures have, or had. */
const OTHER_VFIO: ReadonlySet<string> = new Set(['vfio-ap', 'vfio-ccw', 'vfio-platform', 'vfio-amd-xgbe', 'vfio-calxeda-xgmac']);

/** Whether no QEMU has a device type of that name. Of most names nobody can say so, since a distribution may build more; VFIO's are all known. */
export function isNoDriver(text: string): boolean {
  return text.startsWith('vfio-') && findDriver(text) === null && !OTHER_VFIO.has(text);
}

let types: ReadonlySet<string> | null = null;

/** Whether no QEMU has a type of that name, one that no device is of alone among them. */
export function isNoType(text: string): boolean {
  if (!text.startsWith('vfio') || findDriver(text) !== null || OTHER_VFIO.has(text)) return false;
  types ??= new Set([...rows.values()].flatMap(row => driverOf(row).types));
  return !types.has(text);
}
