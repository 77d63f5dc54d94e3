/** Bits that the VMM answers itself and that take a guest's write: those of MSI, MSI-X, PASID, and of pointers that lead nowhere. */

import { msiLength } from '../../pci/capabilities/msi.ts';
import { type CapabilityView, findShown } from '../../rules/capability-view.ts';
import {
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_CAP_LIST_NEXT,
  PCI_CAP_MSIX_SIZEOF,
  PCI_CAPABILITY_LIST,
  PCI_EXT_CAP_ID_PASID,
  PCI_EXT_CAP_PASID_SIZEOF,
  PCI_MSI_ADDRESS_HI,
  PCI_MSI_ADDRESS_LO,
  PCI_MSI_DATA_32,
  PCI_MSI_DATA_64,
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_64BIT,
  PCI_MSI_FLAGS_ENABLE,
  PCI_MSI_FLAGS_MASKBIT,
  PCI_MSI_FLAGS_QMASK,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_ENABLE,
  PCI_MSIX_FLAGS_MASKALL,
  PCI_PASID_CTRL,
  PCI_PASID_CTRL_ENABLE,
  PCI_PASID_CTRL_EXEC,
  PCI_PASID_CTRL_PRIV,
  PCI_PM_SIZEOF,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
} from '../../spec/pci-regs.ts';
import { EXTENDED_HEADER_SIZE, EXTENDED_NEXT, EXTENDED_POINTER, FIRST_EXTENDED, MOST_MSI_LOG2 } from '../../spec/pcie.ts';
import { kernelCapabilities } from './kernel.ts';
import { clearBits, clearBytes, type Registers, registersAt, setBits, TO_END, type WriteRow } from './permission.ts';

/** The next pointer in either kind of header. */
const NEXT_STANDARD: WriteRow = [PCI_CAP_LIST_NEXT, 1, 0xff];
const NEXT_EXTENDED: WriteRow = [EXTENDED_NEXT, 2, EXTENDED_POINTER];

/** Enable [0] and as many of Multiple Message Enable [6:4] as hold what Multiple Message Capable [3:1] allows (PCI 3.0 §6.8.1.3). */
function msiRows(registers: Registers): readonly WriteRow[] {
  const control = registers.u16(PCI_MSI_FLAGS);
  const wide = (control & PCI_MSI_FLAGS_64BIT) !== 0;
  const data = wide ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32;
  const capable = (control & PCI_MSI_FLAGS_QMASK) >> 1;
  const enable = (1 << (32 - Math.clz32(capable))) - 1;
  const mask = capable >= MOST_MSI_LOG2 ? 0xffffffff : 2 ** (1 << capable) - 1;
  return [
    [PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE | (enable << 4)],
    [PCI_MSI_ADDRESS_LO, 4, 0xfffffffc],
    ...(wide ? ([[PCI_MSI_ADDRESS_HI, 4, 0xffffffff]] as const) : []),
    [data, 2, 0xffff],
    ...((control & PCI_MSI_FLAGS_MASKBIT) !== 0 ? ([[data + 4, 4, mask]] as const) : []),
  ];
}

const MSIX_ROWS: readonly WriteRow[] = [[PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL]];
const PASID_ROWS: readonly WriteRow[] = [[PCI_PASID_CTRL, 2, PCI_PASID_CTRL_ENABLE | PCI_PASID_CTRL_EXEC | PCI_PASID_CTRL_PRIV]];

/** A capability that the VMM answers for, and the bits of it that take writes. */
export interface Emulated {
  readonly at: number;
  readonly length: number;
  readonly rows: readonly WriteRow[];
  /** Whether the VMM made it up, so that the device has none. */
  readonly synthesised: boolean;
}

/** The first capability of either interrupt kind, and a PASID that the VMM made up. */
export function emulatedCapabilities(guest: Uint8Array, capabilities: readonly CapabilityView[]): Emulated[] {
  const pasid = capabilities.find(({ id, status }) => id === PCI_EXT_CAP_ID_PASID && status === 'synthesised');
  const emulated: Emulated[] = [];
  const msi = findShown(capabilities, 'standard', PCI_CAP_ID_MSI);
  if (msi !== undefined) {
    const registers = registersAt(guest, msi.offset);
    emulated.push({ at: msi.offset, length: msiLength(registers, 0), rows: msiRows(registers), synthesised: false });
  }
  const msix = findShown(capabilities, 'standard', PCI_CAP_ID_MSIX);
  if (msix !== undefined) emulated.push({ at: msix.offset, length: PCI_CAP_MSIX_SIZEOF, rows: MSIX_ROWS, synthesised: false });
  if (pasid !== undefined) emulated.push({ at: pasid.offset, length: PCI_EXT_CAP_PASID_SIZEOF, rows: PASID_ROWS, synthesised: true });
  return emulated;
}

/**
 * Clears in `target` what the VMM answers beside its patches, all of it read-only: the pointers of the lists, and the capabilities that
 * it emulates.
 */
export function clearAnswered(target: Uint8Array, guest: Uint8Array, capabilities: readonly CapabilityView[]): void {
  const listed = capabilities.filter(({ status, stage }) => status !== 'hidden' || stage !== 'kernel');
  if (listed.some(({ kind }) => kind === 'standard')) {
    clearBits(target, PCI_STATUS, [0, 1, PCI_STATUS_CAP_LIST]);
    clearBits(target, PCI_CAPABILITY_LIST, [0, 1, 0xff]);
  }
  if (listed.some(({ kind }) => kind === 'extended')) clearBytes(target, FIRST_EXTENDED, EXTENDED_HEADER_SIZE);
  for (const { kind, offset } of listed) clearBits(target, offset, kind === 'standard' ? NEXT_STANDARD : NEXT_EXTENDED);
  for (const { at, length } of emulatedCapabilities(guest, capabilities)) clearBytes(target, at, length);
}

/**
 * Sets MSI-X Enable where the VMM keeps no copy of it: a guest's write makes the VMM set up interrupts, and the kernel then sets the
 * device's own bit.
 */
export function setFollowedEnable(target: Uint8Array, capabilities: readonly CapabilityView[]): void {
  const msix = capabilities.find(({ kind, id, status }) => kind === 'standard' && id === PCI_CAP_ID_MSIX && status !== 'hidden');
  if (msix !== undefined) setBits(target, msix.offset, TO_END, [PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE]);
}

/** The fewest bytes of PM, MSI and MSI-X (PCI PM 1.2 §3.2, PCI 3.0 §6.8), which QEMU claims whatever is in them. */
const CLAIMED: Readonly<Record<number, number>> = {
  [PCI_CAP_ID_PM]: PCI_PM_SIZEOF,
  [PCI_CAP_ID_MSI]: 10,
  [PCI_CAP_ID_MSIX]: PCI_CAP_MSIX_SIZEOF,
};

function isClaimed(at: number, capabilities: readonly CapabilityView[]): boolean {
  return capabilities.some(
    ({ kind, id, offset, status }) => kind === 'standard' && status !== 'hidden' && at > offset && at < offset + (CLAIMED[id] ?? 0),
  );
}

/**
 * Sets the next pointers of capabilities that QEMU dropped: no list leads there, but QEMU leaves the pointers writable, except among the
 * registers of a capability that it claims. The head of the extended list is never dropped, so its pointer is not set.
 */
export function setLoosePointers(target: Uint8Array, capabilities: readonly CapabilityView[]): void {
  for (const { kind, offset, status } of kernelCapabilities(capabilities)) {
    if (status !== 'hidden' || offset === FIRST_EXTENDED) continue;
    if (kind === 'standard' && isClaimed(offset + PCI_CAP_LIST_NEXT, capabilities)) continue;
    setBits(target, offset, TO_END, kind === 'standard' ? NEXT_STANDARD : NEXT_EXTENDED);
  }
}
