/** Two devices, two hosts or two questions, side by side. */
import type { Side } from '../model/place.ts';

export function Compare({ a }: { readonly a: Side; readonly b: Side | null }) {
  return <main>{a.source}</main>;
}
