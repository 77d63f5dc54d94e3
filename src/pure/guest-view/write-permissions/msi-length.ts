/** How long an MSI capability is (PCI 3.0 §6.8.1). */
import type { Registers } from './permission.ts';

/** 64 Bit Address Capable and Per-Vector Masking Capable of Message Control. */
export const MSI_64BIT = 0x0080;
export const MSI_MASKABLE = 0x0100;

/** 10 bytes, 4 more with a 64-bit address, 10 more with mask and pending bits. */
export function msiLength(registers: Registers): number {
  const control = registers.u16(2);
  return 10 + ((control & MSI_64BIT) === 0 ? 0 : 4) + ((control & MSI_MASKABLE) === 0 ? 0 : 10);
}
