/** Why a device gets no place, while it is being made; what the plan says of it is made of this. */
import type { Origin } from '../../origin.ts';

/** What would mend a refusal, before it is put into the words of a format. */
export type Mend =
  | { readonly kind: 'address'; readonly bus: string; readonly devfn: number }
  | { readonly kind: 'multifunction'; readonly of: string; readonly devfn: number }
  | { readonly kind: 'bus'; readonly name: string }
  | { readonly kind: 'number'; readonly option: string; readonly value: number }
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'order'; readonly of: string }
  /** `NAME=VALUE` of the device, or an option, as in QEMU's words. */
  | { readonly kind: 'setting'; readonly words: string };

/** Stable names of what may be wrong with a place. */
export type PlaceCode =
  | 'place.id'
  | 'place.driver'
  | 'place.no-driver'
  | 'place.driver-unknown'
  | 'place.bus'
  | 'place.bus-kind'
  | 'place.value'
  | 'place.global'
  | 'place.slot-taken'
  | 'place.bus-full'
  | 'place.function'
  | 'place.chassis'
  | 'place.index'
  | 'place.expander'
  | 'place.failover'
  | 'place.hotplug-controller'
  | 'place.virtual-functions'
  | 'place.slot-not-seen'
  | 'place.function-not-seen'
  | 'place.unknown'
  | 'property.unknown'
  | 'property.value'
  | 'property.read-only';

/** What is said, and about what. */
export interface Complaint {
  readonly code: PlaceCode;
  readonly message: string;
  /** null where nothing is known to mend it. */
  readonly mend: Mend | null;
  /** null where it is about the device as a whole. */
  readonly origin: Origin | null;
}

/** QEMU refuses the device, or (`isUnknown`) what it does cannot be known. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly complaint: Complaint;
  readonly isUnknown: boolean;

  constructor(code: PlaceCode, message: string, { mend = null, origin = null }: Partial<Complaint> = {}) {
    super(message);
    this.complaint = { code, message, mend, origin };
    this.isUnknown = code === 'place.unknown' || code === 'place.driver-unknown';
  }
}
