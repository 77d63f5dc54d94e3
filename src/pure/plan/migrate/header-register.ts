/** Which register of the header a byte belongs to, as people call it, where nothing but its offset is known. */
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_2,
  PCI_CAPABILITY_LIST,
  PCI_CARDBUS_CIS,
  PCI_CLASS_PROG,
  PCI_CLASS_REVISION,
  PCI_COMMAND,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_INTERRUPT_LINE,
  PCI_INTERRUPT_PIN,
  PCI_ROM_ADDRESS,
  PCI_STATUS,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../../spec/pci-regs.ts';

const BYTES_OF_BAR = 4;

/** First offset, bytes and name; those of every layout (PCI 3.0 §6.1). */
const COMMON: readonly (readonly [number, number, string])[] = [
  [PCI_VENDOR_ID, 2, 'Vendor ID'],
  [PCI_DEVICE_ID, 2, 'Device ID'],
  [PCI_COMMAND, 2, 'Command'],
  [PCI_STATUS, 2, 'Status'],
  [PCI_CLASS_REVISION, 1, 'Revision ID'],
  [PCI_CLASS_PROG, 3, 'Class Code'],
  [PCI_HEADER_TYPE, 1, 'Header Type'],
  [PCI_CAPABILITY_LIST, 1, 'Capabilities Pointer'],
  [PCI_INTERRUPT_LINE, 1, 'Interrupt Line'],
  [PCI_INTERRUPT_PIN, 1, 'Interrupt Pin'],
];

/** Those that a bridge has not. */
const OF_DEVICES: readonly (readonly [number, number, string])[] = [
  [PCI_CARDBUS_CIS, 4, 'CardBus CIS Pointer'],
  [PCI_SUBSYSTEM_VENDOR_ID, 2, 'Subsystem Vendor ID'],
  [PCI_SUBSYSTEM_ID, 2, 'Subsystem ID'],
  [PCI_ROM_ADDRESS, 4, 'Expansion ROM Base Address'],
];

/** `BAR 0`, or null for a byte of no register that is named here. `at`: offset in config space. */
export function headerRegister(at: number): string | null {
  const find = (table: typeof COMMON): string | null => table.find(([first, size]) => at >= first && at < first + size)?.[2] ?? null;
  const bar = Math.floor((at - PCI_BASE_ADDRESS_0) / BYTES_OF_BAR);
  if (at >= PCI_BASE_ADDRESS_0 && at < PCI_BASE_ADDRESS_2) return `BAR ${bar}`;
  const ofDevices = at >= PCI_BASE_ADDRESS_2 && at < PCI_CARDBUS_CIS ? `BAR ${bar}` : find(OF_DEVICES);
  return find(COMMON) ?? (ofDevices === null ? null : `${ofDevices} where it is no bridge`);
}
