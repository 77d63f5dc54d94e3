/** Bits that the VMM answers itself and that take a guest's write: those of MSI, MSI-X, PASID, and of pointers that lead nowhere. */
import type { CapabilityView } from '../../rules/capability-view.ts';
import { kernelCapabilities } from './kernel.ts';
import { MSI_64BIT, MSI_MASKABLE, msiLength } from './msi-length.ts';
import { clearBits, clearBytes, type Registers, registersAt, setBits, TO_END, type WriteRow } from './permission.ts';

const MSI = 0x05;
const MSIX = 0x11;
const PASID = 0x1b;
const FIRST_EXTENDED = 0x100;

/** The next pointer in either kind of header; of the extended one, bits [21:20] are reserved (PCIe 6.0 §7.6.3). */
const NEXT_STANDARD: WriteRow = [1, 1, 0xff];
const NEXT_EXTENDED: WriteRow = [2, 2, 0xffc0];

/** Enable [0] and as many of Multiple Message Enable [6:4] as hold what Multiple Message Capable [3:1] allows (PCI 3.0 §6.8.1.3). */
function msiRows(registers: Registers): readonly WriteRow[] {
  const control = registers.u16(2);
  const wide = (control & MSI_64BIT) !== 0;
  const data = wide ? 12 : 8;
  const capable = (control >> 1) & 7;
  const enable = (1 << (32 - Math.clz32(capable))) - 1;
  const mask = capable >= 5 ? 0xffffffff : 2 ** (1 << capable) - 1;
  return [
    [2, 2, 0x0001 | (enable << 4)],
    [4, 4, 0xfffffffc],
    ...(wide ? ([[8, 4, 0xffffffff]] as const) : []),
    [data, 2, 0xffff],
    ...((control & MSI_MASKABLE) !== 0 ? ([[data + 4, 4, mask]] as const) : []),
  ];
}

const MSIX_LENGTH = 12;
/** Enable and Function Mask (PCI 3.0 §6.8.2.3). */
const MSIX_ROWS: readonly WriteRow[] = [[2, 2, 0xc000]];
const PASID_LENGTH = 8;
/** Enable, Execute and Privileged Mode Enable of PASID Control (PCIe 6.0 §7.8.9.3). */
const PASID_ROWS: readonly WriteRow[] = [[6, 2, 0x0007]];

/** A capability that the VMM answers for, and the bits of it that take writes. */
export interface Emulated {
  readonly at: number;
  readonly length: number;
  readonly rows: readonly WriteRow[];
  /** Whether the device has nothing of the kind there. */
  readonly synthesised: boolean;
}

/** The first capability of either interrupt kind, and a PASID that the VMM made up. */
export function emulatedCapabilities(guest: Uint8Array, capabilities: readonly CapabilityView[]): Emulated[] {
  const first = (id: number) => capabilities.find(view => view.kind === 'standard' && view.id === id && view.status !== 'hidden');
  const pasid = capabilities.find(({ id, status }) => id === PASID && status === 'synthesised');
  const emulated: Emulated[] = [];
  const msi = first(MSI);
  if (msi !== undefined) {
    const registers = registersAt(guest, msi.offset);
    emulated.push({ at: msi.offset, length: msiLength(registers), rows: msiRows(registers), synthesised: false });
  }
  const msix = first(MSIX);
  if (msix !== undefined) emulated.push({ at: msix.offset, length: MSIX_LENGTH, rows: MSIX_ROWS, synthesised: false });
  if (pasid !== undefined) emulated.push({ at: pasid.offset, length: PASID_LENGTH, rows: PASID_ROWS, synthesised: true });
  return emulated;
}

/**
 * Clears in `target` what the VMM answers beside its patches, all of it read-only: where the lists begin and lead, and the capabilities
 * that it emulates.
 */
export function clearAnswered(target: Uint8Array, guest: Uint8Array, capabilities: readonly CapabilityView[]): void {
  const listed = capabilities.filter(({ status, stage }) => status !== 'hidden' || stage !== 'kernel');
  if (listed.some(({ kind }) => kind === 'standard')) {
    clearBits(target, 0x06, [0, 1, 0x10]);
    clearBits(target, 0x34, [0, 1, 0xff]);
  }
  if (listed.some(({ kind }) => kind === 'extended')) clearBytes(target, FIRST_EXTENDED, 4);
  for (const { kind, offset } of listed) clearBits(target, offset, kind === 'standard' ? NEXT_STANDARD : NEXT_EXTENDED);
  for (const { at, length } of emulatedCapabilities(guest, capabilities)) clearBytes(target, at, length);
}

/** Bytes that PM, MSI and MSI-X have at least (PCI PM 1.2 §3.2, PCI 3.0 §6.8): QEMU takes them whatever stands in them. */
const CLAIMED: Readonly<Record<number, number>> = { 1: 8, 5: 10, 17: 12 };

function isClaimed(at: number, capabilities: readonly CapabilityView[]): boolean {
  return capabilities.some(
    ({ kind, id, offset, status }) => kind === 'standard' && status !== 'hidden' && at > offset && at < offset + (CLAIMED[id] ?? 0),
  );
}

/**
 * Sets the next pointers of capabilities that QEMU dropped: it leaves them writable, though no list leads there, unless they stand
 * among the registers of one that it claims. The head of the extended list is not among them: it is there in any case.
 */
export function setLoosePointers(target: Uint8Array, capabilities: readonly CapabilityView[]): void {
  for (const { kind, offset, status } of kernelCapabilities(capabilities)) {
    if (status !== 'hidden' || offset === FIRST_EXTENDED) continue;
    if (kind === 'standard' && isClaimed(offset + 1, capabilities)) continue;
    setBits(target, offset, TO_END, kind === 'standard' ? NEXT_STANDARD : NEXT_EXTENDED);
  }
}
