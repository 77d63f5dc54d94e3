/** Capabilities whose registers no public document gives: they have a name and a place in the chain (PCI Code and ID Assignment §3). */
import { extendedCapability } from '../capability.ts';

/** Withdrawn before PCIe 3.0. */
export const configurationAccessCorrelation = extendedCapability({ id: 0x0c, registers: {} });

/** Registers are those of the Multi-Root I/O Virtualization specification, open to members of PCI-SIG only. */
export const multiRootIov = extendedCapability({ id: 0x11, registers: {} });

export const reservedForAmd = extendedCapability({ id: 0x14, registers: {} });
