/** Extended capabilities that have a name and no layout here yet (PCI Code and ID Assignment §3; PCIe 6.3 and 7.0). */
import { type CapabilityType, extendedCapability } from '../capability.ts';

/** Flit Logging to Captured Data. */
const IDS = [0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a];

export const NAME_ONLY: readonly CapabilityType[] = IDS.map(id => extendedCapability({ id, registers: {} }));
