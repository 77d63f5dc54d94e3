/** What a realize ends in: the guest's view as patches over the input bytes, or a failure. */
import { ConfigSpace } from '../pci/config-space.ts';
import type { CapabilityKind } from '../pci/walk.ts';
import { applyPatch, type Patch, type Stage } from './patch.ts';
import type { Reason } from './reasons.ts';

export type CapabilityStatus = 'shown' | 'changed' | 'hidden' | 'synthesised';

/** What became of one capability, and who decided. */
export interface CapabilityView {
  readonly kind: CapabilityKind;
  readonly id: number;
  /** Bytes from the start of config space; a capability never moves. */
  readonly offset: number;
  /** Of an extended capability; 0 for a standard one. */
  readonly version: number;
  readonly status: CapabilityStatus;
  /** The stage that decided; null where the capability is shown as it is and no rule had a say. */
  readonly stage: Stage | null;
  readonly reason: Reason | null;
}

/** Something to tell. A `note` is never a fault; `origin` says whose words they are. */
export interface Message {
  readonly level: 'warning' | 'note';
  readonly code: string;
  readonly message: string;
  readonly origin: 'vmm' | 'airlock';
}

export interface GuestView {
  readonly outcome: 'realized';
  /** The bytes that went in. */
  readonly input: ConfigSpace;
  /** Bytes of the guest's config space: 256 on a conventional bus, else as long as the input. */
  readonly size: number;
  /** In the order in which they apply. */
  readonly patches: readonly Patch[];
  /** In list order, standard before extended, synthesised ones where they stand in the list. */
  readonly capabilities: readonly CapabilityView[];
  readonly messages: readonly Message[];
}

export interface RealizeFailure {
  readonly outcome: 'failed';
  readonly error: { readonly code: string; readonly message: string };
  readonly messages: readonly Message[];
}

export type Realized = GuestView | RealizeFailure;

/** The input with the patches of one stage and of those below it. A byte that a patch covers whole is known even where the input's is not. */
function bytesAfter(view: GuestView, stage: Stage): ConfigSpace {
  const { input } = view;
  const size = stage === 'vmm' ? Math.min(view.size, input.bytes.length) : input.bytes.length;
  const bytes = input.bytes.slice(0, size);
  const known = new Uint8Array(size);
  for (let at = 0; at < size; at++) known[at] = input.isKnown(at) ? 1 : 0;
  for (const patch of view.patches) {
    if (patch.stage === 'vmm' && stage === 'kernel') continue;
    applyPatch(bytes, patch);
    for (let i = 0; i < patch.length && patch.at + i < size; i++)
      if (((patch.mask >>> ((8 * i) & 31)) & 0xff) === 0xff) known[patch.at + i] = 1;
  }
  return new ConfigSpace(bytes, known);
}

/** What the guest reads. */
export function guestBytes(view: GuestView): ConfigSpace {
  return bytesAfter(view, 'vmm');
}

/** What the kernel's vfio-pci lets user space read: the input where the input was vfio bytes already. */
export function vfioBytes(view: GuestView): ConfigSpace {
  return bytesAfter(view, 'kernel');
}
