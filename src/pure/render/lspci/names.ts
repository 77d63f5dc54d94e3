/** Names and IDs in the three ways of lspci: names, IDs (`-n`), both (`-nn`). */
import { hexDigits } from '../../bytes/hex.ts';
import type { DeviceNames } from '../../pci/pci-ids.ts';

/** Names alone, ids alone, or both. */
export type Numeric = 'names' | 'ids' | 'both';

/** A pair of IDs whose names are known as far as they are not null: `Intel Corporation Device 4f53`. */
function formatPair(names: readonly [vendor: string | null, device: string | null], ids: string, numeric: Numeric): string {
  const [vendor, device] = names;
  if (numeric === 'ids') return ids;
  const known = vendor === null ? 'Device' : `${vendor} ${device ?? 'Device'}`;
  if (numeric === 'both') return `${known} [${ids}]`;
  if (vendor === null) return `Device ${ids}`;
  return device === null ? `${known} ${ids.slice(5)}` : known;
}

/** Vendor and device. */
export function formatDeviceName(names: DeviceNames, numeric: Numeric, vendorId: number, deviceId: number): string {
  const vendor = names.vendor(vendorId);
  const device = vendor === null ? null : names.device(vendorId, deviceId);
  return formatPair([vendor, device], `${hexDigits(vendorId, 4)}:${hexDigits(deviceId, 4)}`, numeric);
}

export interface SubsystemIds {
  readonly vendorId: number;
  readonly deviceId: number;
  readonly subsystemVendorId: number;
  readonly subsystemId: number;
}

/** The board that carries a device. A board with the IDs of its device has that one's name where it has none of its own. */
export function formatSubsystemName(names: DeviceNames, numeric: Numeric, ids: SubsystemIds): string {
  const { vendorId, deviceId, subsystemVendorId, subsystemId } = ids;
  const isDevice = vendorId === subsystemVendorId && deviceId === subsystemId;
  const board = names.subsystem(vendorId, deviceId, subsystemVendorId, subsystemId);
  const name = board ?? (isDevice ? names.device(vendorId, deviceId) : null);
  const vendor = names.vendor(subsystemVendorId);
  return formatPair([vendor, name], `${hexDigits(subsystemVendorId, 4)}:${hexDigits(subsystemId, 4)}`, numeric);
}

/** Base class and subclass of a 24-bit class code. */
export function formatClassName(names: DeviceNames, numeric: Numeric, classCode: number): string {
  const id = hexDigits(classCode >>> 8, 4);
  if (numeric === 'ids') return id;
  const { baseClass, subclass } = names.classNames(classCode);
  if (subclass === null) return baseClass === null ? `Class ${numeric === 'both' ? `[${id}]` : id}` : `${baseClass} [${id}]`;
  return numeric === 'both' ? `${subclass} [${id}]` : subclass;
}

/** ` (prog-if 02 [NVM Express])`; empty for interface 0 without a name. */
export function formatInterface(names: DeviceNames, classCode: number): string {
  const name = names.classNames(classCode).programmingInterface;
  const id = classCode & 0xff;
  if (name !== null) return ` (prog-if ${hexDigits(id, 2)} [${name}])`;
  return id === 0 ? '' : ` (prog-if ${hexDigits(id, 2)})`;
}
