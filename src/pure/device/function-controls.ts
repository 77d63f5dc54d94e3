/** Registers of a function on which its device acts: resets, power state, interrupts (PCIe 6.0 §7.5.2, §7.5.3.4, §7.7, §7.9.22). */
import type { CapabilityKind } from '../pci/walk.ts';

/** A bit to which a written 1 resets the function; it always reads 0. */
export interface ResetBit {
  readonly at: number;
  readonly mask: number;
  /** Whether the function says that it has the reset; where it does not, a written 1 is dropped. */
  readonly isSupported: boolean;
}

export interface FunctionControls {
  readonly resets: readonly ResetBit[];
  /** The low byte of Power Management Control and Status. */
  readonly power: number | null;
  /** Message Control of either kind. */
  readonly msi: number | null;
  readonly msix: number | null;
  /** Whether it is a PCI Express function. */
  readonly isExpress: boolean;
}

/** Where a capability stands. */
export interface CapabilityPlace {
  readonly kind: CapabilityKind;
  readonly id: number;
  readonly offset: number;
}

const POWER_MANAGEMENT = 0x01;
const MSI = 0x05;
const EXPRESS = 0x10;
const MSIX = 0x11;
const ADVANCED_FEATURES = 0x13;

/** Power State [1:0] and No_Soft_Reset [3]. */
export const POWER_STATE = 0x03;
export const D3_HOT = 3;
export const NO_SOFT_RESET = 0x08;

/** The controls of the first capability of each kind. `bytes` are the config space that the lists were walked in. */
export function findControls(bytes: Uint8Array, capabilities: readonly CapabilityPlace[]): FunctionControls {
  const find = (id: number, length: number): number | null => {
    const offset = capabilities.find(it => it.kind === 'standard' && it.id === id)?.offset;
    return offset === undefined || offset + length > bytes.length ? null : offset;
  };
  const shift = (offset: number | null, by: number): number | null => (offset === null ? null : offset + by);
  const resets: ResetBit[] = [];
  // Initiate Function Level Reset is bit 15 of Device Control; Device Capabilities [28] says whether there is one.
  const express = find(EXPRESS, 0x0a);
  if (express !== null) resets.push({ at: express + 9, mask: 0x80, isSupported: (bytes[express + 7] & 0x10) !== 0 });
  const advanced = find(ADVANCED_FEATURES, 6);
  if (advanced !== null) resets.push({ at: advanced + 4, mask: 0x01, isSupported: (bytes[advanced + 3] & 0x02) !== 0 });
  return {
    resets,
    power: shift(find(POWER_MANAGEMENT, 6), 4),
    msi: shift(find(MSI, 10), 2),
    msix: shift(find(MSIX, 12), 2),
    isExpress: express !== null,
  };
}

/** Whether a power state that was `before` and is `after` resets the function: from D3hot to D0 without No_Soft_Reset. */
export function isPowerReset(before: number, after: number): boolean {
  return (before & POWER_STATE) === D3_HOT && (after & POWER_STATE) === 0 && (after & NO_SOFT_RESET) === 0;
}
