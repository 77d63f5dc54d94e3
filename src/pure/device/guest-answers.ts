/** A guest view prepared for run time: says for each bit of config space who answers it, what it reads, and what a write does. */
import { byteAt } from '../bytes/checked.ts';
import { type GuestView, guestBytes } from '../guest-view/guest-view.ts';
import { guestMasks } from '../guest-view/masks.ts';
import { clearAnswered, setLoosePointers } from '../guest-view/write-permissions/emulated.ts';
import type { BarSizes } from '../pci/regions.ts';
import { applyPatch } from '../rules/patch.ts';
import { replayedWrites } from './replayed-writes.ts';

/** Each is `view.size` bytes long. */
export interface GuestAnswers {
  /** What the guest reads at first. */
  readonly guest: Uint8Array;
  /** Bits that are answered here; the others are the backend's. */
  readonly emulated: Uint8Array;
  /** Bits that a guest's write reaches. */
  readonly write: Uint8Array;
  /** Bits among these that a written 1 clears. */
  readonly writeOneToClear: Uint8Array;
  /** Bits of the device's own that a written 1 clears, as far as the specification tells, whether the guest may write them or not. */
  readonly cleared: Uint8Array;
  /** Bits of the device's own that are put into a first state, at start and after a reset. */
  readonly firstState: Uint8Array;
}

/**
 * Emulated bits are those that a patch of either stage sets for good, and those that the VMM keeps a copy of: where the
 * lists begin and lead, MSI and MSI-X. The kernel's patches are among them, though a backend holds vfio bytes already: what
 * the view says then holds over any backend.
 */
export function guestAnswers(view: GuestView, barSizes: BarSizes | null): GuestAnswers {
  const { size, patches, capabilities } = view;
  const guest = guestBytes(view).bytes;
  const firstState = new Uint8Array(size);
  const emulated = new Uint8Array(size);
  for (const patch of patches) applyPatch(patch.kind === 'first-state' ? firstState : emulated, { ...patch, value: 0xffffffff });
  const answered = new Uint8Array(size).fill(0xff);
  if (view.profile.traits.answersCapabilities) clearAnswered(answered, guest, capabilities);
  for (const [at, byte] of answered.entries()) emulated[at] = byteAt(emulated, at) | ~byte;
  if (view.profile.traits.leavesLoosePointers) setLoosePointers(emulated, capabilities);
  for (const [at, byte] of emulated.entries()) firstState[at] = byteAt(firstState, at) & ~byte;
  const { write, writeOneToClear } = guestMasks(view, barSizes);
  const listed = capabilities.filter(({ status }) => status === 'shown' || status === 'changed');
  const cleared = replayedWrites(guest, listed, null).writeOneToClear.map((byte, at) => byte | byteAt(writeOneToClear, at));
  return { guest, emulated, write, writeOneToClear, cleared, firstState };
}
