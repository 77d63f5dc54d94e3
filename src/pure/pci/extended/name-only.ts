/** Extended capabilities that have a name and no layout here yet (PCI Code and ID Assignment §3; PCIe 6.3 and 7.0). */
import { type CapabilityType, extendedCapability } from '../capability.ts';

const ROWS: readonly (readonly [id: number, name: string, title?: string])[] = [
  [0x32, 'Flit Logging'],
  [0x33, 'Flit Performance', 'Flit Performance Measurement'],
  [0x34, 'Flit Error Injection'],
  [0x35, 'SVC', 'Streamlined Virtual Channel'],
  [0x36, 'MRBL', 'MMIO Register Block Locator'],
  [0x37, 'NOP Flit'],
  [0x38, 'SIOV', 'Scalable I/O Virtualization'],
  [0x39, 'Physical Layer 128GT', 'Physical Layer 128.0 GT/s'],
  [0x3a, 'Captured Data'],
];

export const NAME_ONLY: readonly CapabilityType[] = ROWS.map(([id, name, title = name]) =>
  extendedCapability({ id, name, title, length: 'to-next', privatePlaces: 'nothing', registers: {} }),
);
