/** What becomes of a capability in the guest, and the messages of a realize. */
import { findCapability } from '../pci/find-capability.ts';
import type { CapabilityKind } from '../pci/walk.ts';
import type { Stage } from './patch.ts';
import type { Reason } from './reasons.ts';

/** `unknown`: the device has the capability, and unknown bytes decide what becomes of it. */
export type CapabilityStatus = 'shown' | 'changed' | 'hidden' | 'synthesised' | 'unknown';

/** What became of one capability, and who decided. */
export interface CapabilityView {
  readonly kind: CapabilityKind;
  readonly id: number;
  /** Bytes from the start of config space; a capability never moves. */
  readonly offset: number;
  /** Of an extended capability; 0 for a standard one. */
  readonly version: number | null;
  readonly status: CapabilityStatus;
  /** The stage that decided; null where the capability is shown as it is and no rule had a say. */
  readonly stage: Stage | null;
  readonly reason: Reason | null;
}

/** The first capability of an ID that is not hidden, or may not be (status unknown); undefined where there is none. */
export function findShown(capabilities: readonly CapabilityView[], kind: CapabilityKind, id: number): CapabilityView | undefined {
  return findCapability(capabilities.filter(isNotHidden), kind, id);
}

const isNotHidden = ({ status }: CapabilityView): boolean => status !== 'hidden';

/** Something to tell. A `note` is never a fault; `origin` says whose words they are. */
export interface Message {
  readonly level: 'warning' | 'note';
  readonly code: string;
  readonly message: string;
  readonly origin: 'vmm' | 'airlock';
}

/** Something unknown that may make the realize fail. */
export interface Doubt {
  /** The code of the failure, or of what is not known. */
  readonly code: string;
  /** What is not known, in words. */
  readonly text: string;
}
