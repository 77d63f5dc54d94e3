/** The registers of a bridge's windows, and the values that close a window (PCIe 6.0 §7.5.1.3; PC Card 8.0 §4.5). */
import type { AddressPlace } from '../pci/private-place.ts';
import {
  PCI_CB_IO_BASE_0,
  PCI_CB_IO_LIMIT_0,
  PCI_CB_MEMORY_BASE_0,
  PCI_CB_MEMORY_LIMIT_0,
  PCI_IO_BASE,
  PCI_IO_BASE_UPPER16,
  PCI_IO_LIMIT,
  PCI_IO_LIMIT_UPPER16,
  PCI_MEMORY_BASE,
  PCI_MEMORY_LIMIT,
  PCI_PREF_BASE_UPPER32,
  PCI_PREF_LIMIT_UPPER32,
  PCI_PREF_MEMORY_BASE,
  PCI_PREF_MEMORY_LIMIT,
} from '../spec/pci-regs.ts';

type Row = readonly [at: number, length: 1 | 2 | 4, what: string, keep: number, value: number];

/** A window is closed where its limit lies below its base; the low four bits say how wide the registers are. */
const BRIDGE: readonly Row[] = [
  [PCI_IO_BASE, 1, 'I/O base', 0x0f, 0xf0],
  [PCI_IO_LIMIT, 1, 'I/O limit', 0x0f, 0],
  [PCI_MEMORY_BASE, 2, 'memory base', 0x0f, 0xfff0],
  [PCI_MEMORY_LIMIT, 2, 'memory limit', 0x0f, 0],
  [PCI_PREF_MEMORY_BASE, 2, 'prefetchable base', 0x0f, 0xfff0],
  [PCI_PREF_MEMORY_LIMIT, 2, 'prefetchable limit', 0x0f, 0],
  [PCI_PREF_BASE_UPPER32, 4, 'prefetchable base, upper half', 0, 0],
  [PCI_PREF_LIMIT_UPPER32, 4, 'prefetchable limit, upper half', 0, 0],
  [PCI_IO_BASE_UPPER16, 2, 'I/O base, upper half', 0, 0],
  [PCI_IO_LIMIT_UPPER16, 2, 'I/O limit, upper half', 0, 0],
];

const CARDBUS: readonly Row[] = [0, 1].flatMap((n): Row[] => [
  [PCI_CB_MEMORY_BASE_0 + 8 * n, 4, `memory base ${n}`, 0xfff, 0xfffff000],
  [PCI_CB_MEMORY_LIMIT_0 + 8 * n, 4, `memory limit ${n}`, 0xfff, 0],
  [PCI_CB_IO_BASE_0 + 8 * n, 4, `I/O base ${n}`, 3, 0xfffffffc],
  [PCI_CB_IO_LIMIT_0 + 8 * n, 4, `I/O limit ${n}`, 3, 0],
]);

const places = (rows: readonly Row[]): AddressPlace[] => rows.map(([at, length, what, keep, value]) => ({ at, length, what, keep, value }));

/** The ten registers of a PCI-to-PCI bridge. */
export const bridgeWindowPlaces = (): AddressPlace[] => places(BRIDGE);

/** The eight registers of a CardBus bridge. */
export const cardbusWindowPlaces = (): AddressPlace[] => places(CARDBUS);
