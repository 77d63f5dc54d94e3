/** Where in the page one is; each view has its own kind of place. */
import { signal } from '@preact/signals';

/** A view of the page, and what it shows. `device` is its index in the source. */
export type Place =
  | { readonly view: 'start' }
  | { readonly view: 'host'; readonly source: string }
  | { readonly view: 'device'; readonly source: string; readonly device: number };

export const place = signal<Place>({ view: 'start' });

/** Shows another place. */
export function goTo(to: Place): void {
  place.value = to;
}
