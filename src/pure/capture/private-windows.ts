/** The registers that say what a bridge forwards, and what they hold where it forwards nothing (PCIe 6.0 §7.5.1.3; PC Card 8.0 §4.5). */
import type { AddressPlace } from './private-place.ts';

type Row = readonly [at: number, length: 1 | 2 | 4, what: string, keep: number, value: number];

/** A window is closed where its limit lies below its base; the low four bits say how wide the registers are. */
const BRIDGE: readonly Row[] = [
  [0x1c, 1, 'I/O base', 0x0f, 0xf0],
  [0x1d, 1, 'I/O limit', 0x0f, 0],
  [0x20, 2, 'memory base', 0x0f, 0xfff0],
  [0x22, 2, 'memory limit', 0x0f, 0],
  [0x24, 2, 'prefetchable base', 0x0f, 0xfff0],
  [0x26, 2, 'prefetchable limit', 0x0f, 0],
  [0x28, 4, 'prefetchable base, upper half', 0, 0],
  [0x2c, 4, 'prefetchable limit, upper half', 0, 0],
  [0x30, 2, 'I/O base, upper half', 0, 0],
  [0x32, 2, 'I/O limit, upper half', 0, 0],
];

const CARDBUS: readonly Row[] = [0, 1].flatMap((n): Row[] => [
  [0x1c + 8 * n, 4, `memory base ${n}`, 0xfff, 0xfffff000],
  [0x20 + 8 * n, 4, `memory limit ${n}`, 0xfff, 0],
  [0x2c + 8 * n, 4, `I/O base ${n}`, 3, 0xfffffffc],
  [0x30 + 8 * n, 4, `I/O limit ${n}`, 3, 0],
]);

const places = (rows: readonly Row[]): AddressPlace[] => rows.map(([at, length, what, keep, value]) => ({ at, length, what, keep, value }));

/** The ten registers of a PCI-to-PCI bridge. */
export const bridgeWindowPlaces = (): AddressPlace[] => places(BRIDGE);

/** The eight registers of a CardBus bridge. */
export const cardbusWindowPlaces = (): AddressPlace[] => places(CARDBUS);
