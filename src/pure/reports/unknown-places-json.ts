/** Bytes that are not known, as JSON. */
import { formatHex } from '../bytes/hex.ts';
import type { UnknownPlace } from '../pci/unknown-places.ts';
import type { UnknownJson } from './schemas/values.ts';

export function placesJson(places: readonly UnknownPlace[]): UnknownJson[] {
  return places.map(({ list, from, to, code, text }) => ({ list, from: formatHex(from), to: formatHex(to), code, text }));
}
