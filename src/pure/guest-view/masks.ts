/** The guest's view bit by bit: which bits a guest's write reaches, which a written 1 clears, and which must match to migrate. */

import { byteAt } from '../bytes/checked.ts';
import type { BarSizes } from '../pci/regions.ts';
import { applyPatch } from '../rules/patch.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_CAP_ID_PM,
  PCI_CARDBUS_CIS,
  PCI_PM_CTRL,
  PCI_PM_CTRL_STATE_MASK,
  PCI_PM_SIZEOF,
  PCI_ROM_ADDRESS,
  PCI_ROM_ADDRESS_ENABLE,
} from '../spec/pci-regs.ts';
import { guestBarSizes } from './guest-bar-sizes.ts';
import { type GuestView, guestBytes, vfioBytes } from './guest-view.ts';
import { setAddressBits } from './write-permissions/base-addresses.ts';
import { setCompared } from './write-permissions/compared.ts';
import { clearAnswered, emulatedCapabilities, setFollowedEnable, setLoosePointers } from './write-permissions/emulated.ts';
import { kernelWrites } from './write-permissions/kernel.ts';
import { clearBits, clearBytes, setBits, TO_END } from './write-permissions/permission.ts';

/** Each is `view.size` bytes long and holds a bit for each bit of config space. */
export interface GuestMasks {
  /** A guest's write reaches something: a register of the VMM's own, or, where the VMM does not answer, the device or the kernel's copy. */
  readonly write: Uint8Array;
  /** Of those, the ones in the device's status registers that a written 1 clears (RW1C). */
  readonly writeOneToClear: Uint8Array;
  /** The destination of a migration must hold the same value: QEMU refuses to load the device's state where one differs. */
  readonly compare: Uint8Array;
}

type Kind = 'interrupts' | 'synthesised';

/** The writable bits of what the VMM emulates: of MSI and MSI-X, or of what it made up. */
function setEmulated(write: Uint8Array, view: GuestView, kind: Kind): void {
  const emulated = emulatedCapabilities(guestBytes(view).bytes, view.capabilities);
  for (const { at, rows, synthesised } of emulated) {
    if (synthesised === (kind === 'synthesised')) for (const row of rows) setBits(write, at, TO_END, row);
  }
}

/** Turns `below`, the bits that the stage below lets through, into those that the profile lets through. */
export function overlayWrites(below: Uint8Array, view: GuestView, barSizes: BarSizes | null = null): void {
  const guest = guestBytes(view).bytes;
  for (const patch of view.patches) {
    if (patch.stage === 'vmm' && patch.kind !== 'first-state') applyPatch(below, { ...patch, value: 0 });
  }
  const { traits } = view.profile;
  if (traits.answersCapabilities) clearAnswered(below, guest, view.capabilities);
  for (const { kind, at, length } of view.patches) if (kind === 'guest-set') setBits(below, at, length, [0, length, 0xffffffff]);
  setAddressBits(below, guest, view.input.bytes, guestBarSizes(view, barSizes));
  if (!traits.guestEnablesRom) clearBits(below, PCI_ROM_ADDRESS, [0, 4, PCI_ROM_ADDRESS_ENABLE]);
  if (traits.answersCapabilities) setEmulated(below, view, 'interrupts');
  else setFollowedEnable(below, view.capabilities);
  if (traits.leavesLoosePointers) setLoosePointers(below, view.capabilities);
  // Bytes that are hidden for good take no write, even where a neighbour's registers run into them.
  for (const { kind, at, length } of view.patches) if (kind === 'blank') clearBytes(below, at, length);
  setEmulated(below, view, 'synthesised');
}

/** Which bits QEMU's own model of the function writes: registers that it emulates, addresses, and the power state that it keeps a copy of. */
function modelWrites(view: GuestView, guest: Uint8Array, barSizes: BarSizes | null): Uint8Array {
  const writes = new Uint8Array(view.size);
  setAddressBits(writes, guest, view.input.bytes, guestBarSizes(view, barSizes));
  setEmulated(writes, view, 'interrupts');
  setEmulated(writes, view, 'synthesised');
  // QEMU keeps a copy of the power state that the guest can write (PCI PM 1.2 §3.2.4).
  for (const { kind, id, offset, status } of view.capabilities) {
    if (kind === 'standard' && id === PCI_CAP_ID_PM && status !== 'hidden')
      setBits(writes, offset, PCI_PM_SIZEOF, [PCI_PM_CTRL, 1, PCI_PM_CTRL_STATE_MASK]);
  }
  return writes;
}

/**
 * What a VMM that compares config space checks when it loads a device's state: a bit that is in `check`, and in `write` not, must be the
 * same. Of the rest nothing is checked. All zeros under a profile that compares nothing.
 */
export interface LoadMasks {
  readonly check: Uint8Array;
  readonly write: Uint8Array;
}

/** The masks that a destination's function has while a state is loaded; the arguments are those of `guestMasks`. */
export function loadMasks(view: GuestView, barSizes: BarSizes | null = null, vendorBodies = false): LoadMasks {
  const [check, guest] = [new Uint8Array(view.size), guestBytes(view).bytes];
  if (!view.profile.traits.comparesToMigrate) return { check, write: new Uint8Array(view.size) };
  setCompared(check, guest, view.capabilities, vendorBodies);
  const write = modelWrites(view, guest, barSizes);
  // In a base address register with a region, the type bits are compared: those that the guest cannot write.
  for (let at = PCI_BASE_ADDRESS_0; at + 4 <= Math.min(PCI_CARDBUS_CIS, view.size); at += 4) {
    if (write.subarray(at, at + 4).some(byte => byte !== 0)) check.fill(0xff, at, at + 4);
  }
  return { check, write };
}

function comparedBits(view: GuestView, barSizes: BarSizes | null, vendorBodies: boolean): Uint8Array {
  const { check, write } = loadMasks(view, barSizes, vendorBodies);
  return check.map((byte, at) => byte & ~byteAt(write, at));
}

/**
 * The masks of a view. Worked out when asked for, at about the cost of a realize; the result is the
 * caller's. Without `barSizes` the address bits are those that every region has: from 256 bytes up for I/O, 4 KiB for memory.
 *
 * `write` says where a write gets to, not what it does there: bits that are read-only or reserved in the device itself are not known
 * and count as let through, and bytes of the view that are not known are taken as 0. Bytes of no capability are written to the device
 * as they are, and so are the registers of capabilities that vfio-pci unlinked; where the profile's hidden bytes
 * are gone, those that were in the input's lists take no writes. `vendorBodies` is `comparesVendorBodies` of the settings.
 */
export function guestMasks(view: GuestView, barSizes: BarSizes | null = null, vendorBodies = false): GuestMasks {
  const below = kernelWrites(vfioBytes(view).bytes.subarray(0, view.size), view.capabilities);
  overlayWrites(below.write, view, barSizes);
  const writeOneToClear = below.writeOneToClear.map((byte, at) => byte & byteAt(below.write, at));
  return { write: below.write, writeOneToClear, compare: comparedBits(view, barSizes, vendorBodies) };
}
