/** Bits that QEMU compares when it loads a device's state on the destination of a migration, before what a guest may have written is left out. */
import { CONVENTIONAL_SIZE } from '../../pci/config-space.ts';
import type { CapabilityView } from '../../rules/capability-view.ts';
import { kernelCapabilities } from './kernel.ts';
import { msiLength } from './msi-length.ts';
import { registersAt, setBits, TO_END, type WriteRow } from './permission.ts';

const ALL = 0xffffffff;

/** Vendor and Device ID, Status.Capabilities List, Revision ID and class, Header Type, Capabilities Pointer. */
const HEADER: readonly WriteRow[] = [
  [0x00, 4, ALL],
  [0x06, 2, 0x0010],
  [0x08, 4, ALL],
  [0x0e, 1, 0xff],
  [0x34, 1, 0xff],
];

const PM = 0x01;
const MSI = 0x05;
const VENDOR_SPECIFIC = 0x09;
const MSIX = 0x11;

/** Power State [1:0] at +4, of which QEMU keeps a copy that the guest can write (PCI PM 1.2 §3.2.4). */
const POWER_STATE = 0x03;

/**
 * Bytes of a standard capability that are compared: the specification's for what QEMU emulates, the ID, next pointer and length of a
 * vendor-specific one unless its body counts (skip-vsc-check=off), and all up to the next capability for any other.
 */
function standardLength(guest: Uint8Array, { id, offset }: CapabilityView, distance: number): number {
  if (id === PM) return 8;
  if (id === MSIX) return 12;
  return id === MSI ? msiLength(registersAt(guest, offset)) : distance;
}

function distance(listed: readonly CapabilityView[], { kind, offset }: CapabilityView): number {
  let end = kind === 'standard' ? CONVENTIONAL_SIZE : TO_END;
  for (const other of listed) if (other.kind === kind && other.offset > offset && other.offset < end) end = other.offset;
  return end - offset;
}

/**
 * Sets in `target` what QEMU compares: identity, and header and registers of every capability that the guest sees, as they were when
 * the device was realized. Hidden capabilities and bytes between capabilities are not compared.
 */
export function setCompared(target: Uint8Array, guest: Uint8Array, capabilities: readonly CapabilityView[], vendorBodies = false): void {
  for (const row of HEADER) setBits(target, 0, TO_END, row);
  const listed = kernelCapabilities(capabilities);
  for (const view of capabilities) {
    if (view.status === 'hidden') continue;
    let length = distance(listed, view);
    if (view.status === 'synthesised') length = view.kind === 'standard' ? (guest[view.offset + 2] ?? 0) : 8;
    else if (view.kind === 'standard' && view.id === VENDOR_SPECIFIC) length = vendorBodies ? length : 3;
    else if (view.kind === 'standard') length = standardLength(guest, view, length);
    setBits(target, view.offset, length, [0, TO_END, ALL]);
    if (view.kind === 'standard' && view.id === PM && view.offset + 4 < target.length) target[view.offset + 4] &= ~POWER_STATE;
  }
}
