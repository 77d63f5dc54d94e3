/** Where in the page one is; each view has its own kind of place. */
import { signal } from '@preact/signals';
import type { WhatIf } from './what-if.ts';

/** One side of a comparison. */
export interface Side {
  readonly source: string;
  /** Its index in the source; null for the whole host. */
  readonly device: number | null;
  /** Its own question; null for the page's present one. */
  readonly asked: WhatIf | null;
}

/** A view of the page, and what it shows. `device` is its index in the source; `b` is null while it is being chosen. */
export type Place =
  | { readonly view: 'start' }
  | { readonly view: 'host'; readonly source: string }
  | { readonly view: 'device'; readonly source: string; readonly device: number }
  | { readonly view: 'compare'; readonly a: Side; readonly b: Side | null }
  /** All definitions on all hosts; the VM at `vm` of the plan, from 0, on the host `source` is open where they are not null. */
  | { readonly view: 'plan'; readonly vm: number | null; readonly source: string | null };

export const place = signal<Place>({ view: 'start' });

/** Shows another place. */
export function goTo(to: Place): void {
  place.value = to;
}
