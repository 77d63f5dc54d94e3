/** The result of a realize: the guest's view as patches over the input bytes, or a failure. */
import { ConfigSpace, type Listing } from '../pci/config-space.ts';
import type { ListEnds } from '../pci/unknown-places.ts';
import type { CapabilityKind } from '../pci/walk.ts';
import type { ViewedProfile } from '../profiles/index.ts';
import type { CapabilityView, Doubt, Message } from '../rules/capability-view.ts';
import type { MovedArrays } from '../rules/moved-arrays.ts';
import { applyPatch, type Patch, type Stage, settlePatch } from '../rules/patch.ts';

/** What the guest will see, as patches over the bytes that went in; `guestBytes` makes the bytes. */
export interface GuestView {
  /** `unknown`: unknown bytes decide whether it realizes; the other fields hold for the case that it does. */
  readonly outcome: 'realized' | 'unknown';
  /** Why the outcome is unknown; empty where it is not. */
  readonly doubts: readonly Doubt[];
  /** The profile that it was realized under. */
  readonly profile: ViewedProfile;
  /** Where each of the guest's lists leads into unknown bytes; null where the whole list is known. */
  readonly unknownAt: ListEnds;
  /** The bytes that went in. */
  readonly input: ConfigSpace;
  /** Bytes of the guest's config space: 256 where it has no extended one, else as long as the input. */
  readonly size: number;
  /** Whether the guest's device stands where its bus, or the machine, carries no extended config space. */
  readonly isOnConventionalBus: boolean;
  /** In the order in which they apply. */
  readonly patches: readonly Patch[];
  /** Where a property moved MSI-X's arrays to; null where they did not move, or their place is unknown. */
  readonly movedArrays: MovedArrays | null;
  /** In list order, standard before extended, synthesised ones where they stand in the list. */
  readonly capabilities: readonly CapabilityView[];
  readonly messages: readonly Message[];
}

/** The VMM refuses the device; the message is the VMM's own. */
export interface RealizeFailure {
  readonly outcome: 'failed';
  /** The profile that it was to be realized under. */
  readonly profile: ViewedProfile;
  readonly error: { readonly code: string; readonly message: string };
  readonly messages: readonly Message[];
}

/** The result of a realize; `outcome` tells which. */
export type Realized = GuestView | RealizeFailure;

/** Which bits of each byte are known once patches lie over unknown ones. */
function knownAfter({ input, patches }: GuestView, size: number, stage: Stage): Uint8Array {
  const known = new Uint8Array(size);
  for (let at = 0; at < size; at++) known[at] = input.knownBits(at);
  for (const patch of patches) if (stage === 'vmm' || patch.stage === 'kernel') settlePatch(known, patch);
  return known;
}

/** The lists above one stage, where those of the input are told by somebody instead of being followed by pointers. */
function listingAfter({ capabilities, unknownAt }: GuestView, stage: Stage): Listing {
  const listed = (kind: CapabilityKind) => {
    const own = capabilities.filter(capability => capability.kind === kind);
    const left = own.filter(({ status, stage: by }) =>
      stage === 'vmm' ? status !== 'hidden' : !(status === 'hidden' && by === 'kernel') && status !== 'synthesised',
    );
    const isWhole = unknownAt[kind] === null && own.every(({ status }) => status !== 'unknown');
    return { offsets: left.map(({ offset }) => offset), isWhole };
  };
  return { standard: listed('standard'), extended: listed('extended') };
}

/** The input with the patches of one stage and of those below it. */
function bytesAfter(view: GuestView, stage: Stage): ConfigSpace {
  const { input, patches } = view;
  const size = stage === 'vmm' ? Math.min(view.size, input.bytes.length) : input.bytes.length;
  const bytes = input.bytes.slice(0, size);
  input.writePartial(bytes);
  for (const patch of patches) if (stage === 'vmm' || patch.stage === 'kernel') applyPatch(bytes, patch);
  const isWhole = input.isWhole && !patches.some(({ unknown }) => unknown === true);
  if (isWhole) return new ConfigSpace(bytes);
  const known = knownAfter(view, size, stage);
  return ConfigSpace.fromBits(bytes, known, input.listing === null ? null : listingAfter(view, stage));
}

/** What the guest reads. */
export function guestBytes(view: GuestView): ConfigSpace {
  return bytesAfter(view, 'vmm');
}

/** What the kernel's vfio-pci lets user space read: the input where the input was vfio bytes already. */
export function vfioBytes(view: GuestView): ConfigSpace {
  return bytesAfter(view, 'kernel');
}
