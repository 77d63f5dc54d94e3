/** Registers of a function on which its device acts: resets, power state, interrupts (PCIe 6.0 §7.5.2, §7.5.3.4, §7.7, §7.9.22). */
import { byteAt } from '../bytes/checked.ts';
import { findCapability } from '../pci/find-capability.ts';
import type { CapabilityKind } from '../pci/walk.ts';
import {
  PCI_AF_CAP,
  PCI_AF_CAP_FLR,
  PCI_AF_CTRL,
  PCI_AF_CTRL_FLR,
  PCI_CAP_AF_SIZEOF,
  PCI_CAP_ID_AF,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_CAP_MSIX_SIZEOF,
  PCI_EXP_DEVCAP,
  PCI_EXP_DEVCAP_FLR,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL_BCR_FLR,
  PCI_EXP_DEVSTA,
  PCI_MSI_DATA_32,
  PCI_MSI_FLAGS,
  PCI_MSIX_FLAGS,
  PCI_PM_CTRL,
  PCI_PM_CTRL_NO_SOFT_RESET,
  PCI_PM_CTRL_STATE_MASK,
} from '../spec/pci-regs.ts';
import { PM_D3_HOT } from '../spec/pcie.ts';

/** A bit to which a written 1 resets the function; it always reads 0. */
export interface ResetBit {
  readonly at: number;
  readonly mask: number;
  /** Whether the function has this reset; where it has not, a written 1 is dropped. */
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

/** The controls of the first capability of each kind. `bytes` are the config space that the lists were walked in. */
export function findControls(bytes: Uint8Array, capabilities: readonly CapabilityPlace[]): FunctionControls {
  const find = (id: number, length: number): number | null => {
    const offset = findCapability(capabilities, 'standard', id)?.offset;
    return offset === undefined || offset + length > bytes.length ? null : offset;
  };
  const shift = (offset: number | null, by: number): number | null => (offset === null ? null : offset + by);
  const resets: ResetBit[] = [];
  const express = find(PCI_CAP_ID_EXP, PCI_EXP_DEVSTA);
  if (express !== null) {
    // The upper byte of Device Control, and that of Device Capabilities.
    const isSupported = (byteAt(bytes, express + PCI_EXP_DEVCAP + 3) & (PCI_EXP_DEVCAP_FLR >>> 24)) !== 0;
    resets.push({ at: express + PCI_EXP_DEVCTL + 1, mask: PCI_EXP_DEVCTL_BCR_FLR >> 8, isSupported });
  }
  const advanced = find(PCI_CAP_ID_AF, PCI_CAP_AF_SIZEOF);
  if (advanced !== null) {
    resets.push({
      at: advanced + PCI_AF_CTRL,
      mask: PCI_AF_CTRL_FLR,
      isSupported: (byteAt(bytes, advanced + PCI_AF_CAP) & PCI_AF_CAP_FLR) !== 0,
    });
  }
  return {
    resets,
    power: shift(find(PCI_CAP_ID_PM, PCI_PM_CTRL + 2), PCI_PM_CTRL),
    msi: shift(find(PCI_CAP_ID_MSI, PCI_MSI_DATA_32 + 2), PCI_MSI_FLAGS),
    msix: shift(find(PCI_CAP_ID_MSIX, PCI_CAP_MSIX_SIZEOF), PCI_MSIX_FLAGS),
    isExpress: express !== null,
  };
}

/** Whether a power state that was `before` and is `after` resets the function: from D3hot to D0 without No_Soft_Reset. */
export function isPowerReset(before: number, after: number): boolean {
  return (
    (before & PCI_PM_CTRL_STATE_MASK) === PM_D3_HOT && (after & PCI_PM_CTRL_STATE_MASK) === 0 && (after & PCI_PM_CTRL_NO_SOFT_RESET) === 0
  );
}
