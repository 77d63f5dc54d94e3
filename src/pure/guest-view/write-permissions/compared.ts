/** Bits that QEMU compares when a migration's destination loads a device's state; those that a guest can write are left out later. */

import { msiLength } from '../../pci/capabilities/msi.ts';
import { CONVENTIONAL_SIZE } from '../../pci/config-space.ts';
import type { CapabilityView } from '../../rules/capability-view.ts';
import {
  PCI_CAP_FLAGS,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_CAP_ID_VNDR,
  PCI_CAP_MSIX_SIZEOF,
  PCI_CAPABILITY_LIST,
  PCI_CLASS_REVISION,
  PCI_EXT_CAP_PASID_SIZEOF,
  PCI_HEADER_TYPE,
  PCI_PM_SIZEOF,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_VENDOR_ID,
} from '../../spec/pci-regs.ts';
import { kernelCapabilities } from './kernel.ts';
import { registersAt, setBits, TO_END, type WriteRow } from './permission.ts';

const ALL = 0xffffffff;

/** Device ID and class are included, since they share a dword with Vendor ID and Revision ID. */
const HEADER: readonly WriteRow[] = [
  [PCI_VENDOR_ID, 4, ALL],
  [PCI_STATUS, 2, PCI_STATUS_CAP_LIST],
  [PCI_CLASS_REVISION, 4, ALL],
  [PCI_HEADER_TYPE, 1, 0xff],
  [PCI_CAPABILITY_LIST, 1, 0xff],
];

/**
 * How many bytes of a standard capability are compared: the specification's length for what QEMU emulates, and for any other all bytes up
 * to the next capability.
 */
function standardLength(guest: Uint8Array, { id, offset }: CapabilityView, distance: number): number {
  if (id === PCI_CAP_ID_PM) return PCI_PM_SIZEOF;
  if (id === PCI_CAP_ID_MSIX) return PCI_CAP_MSIX_SIZEOF;
  return id === PCI_CAP_ID_MSI ? msiLength(registersAt(guest, offset), 0) : distance;
}

function distance(listed: readonly CapabilityView[], { kind, offset }: CapabilityView): number {
  let end = kind === 'standard' ? CONVENTIONAL_SIZE : TO_END;
  for (const other of listed) if (other.kind === kind && other.offset > offset && other.offset < end) end = other.offset;
  return end - offset;
}

/**
 * Sets in `target` what QEMU compares: identity, and header and registers of every capability that the guest sees, as they were when
 * the device was realized. Hidden capabilities and bytes between capabilities are not compared. Of a vendor-specific capability only the
 * ID, next pointer and length are, unless `vendorBodies` (skip-vsc-check=off).
 */
export function setCompared(target: Uint8Array, guest: Uint8Array, capabilities: readonly CapabilityView[], vendorBodies = false): void {
  for (const row of HEADER) setBits(target, 0, TO_END, row);
  const listed = kernelCapabilities(capabilities);
  for (const view of capabilities) {
    if (view.status === 'hidden') continue;
    let length = distance(listed, view);
    if (view.status === 'synthesised')
      length = view.kind === 'standard' ? (guest[view.offset + PCI_CAP_FLAGS] ?? 0) : PCI_EXT_CAP_PASID_SIZEOF;
    else if (view.kind === 'standard' && view.id === PCI_CAP_ID_VNDR) length = vendorBodies ? length : 3;
    else if (view.kind === 'standard') length = standardLength(guest, view, length);
    setBits(target, view.offset, length, [0, TO_END, ALL]);
  }
}
