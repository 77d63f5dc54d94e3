/** Bytes that are not known, as JSON. */
import { formatHex } from '../bytes/hex.ts';
import type { UnknownPlace } from '../pci/unknown-places.ts';

export interface UnknownJson {
  readonly list: string;
  /** Offsets of the first and of the last byte. */
  readonly from: string;
  readonly to: string;
  readonly code: string;
  readonly text: string;
}

export function placesJson(places: readonly UnknownPlace[]): UnknownJson[] {
  return places.map(({ list, from, to, code, text }) => ({ list, from: formatHex(from), to: formatHex(to), code, text }));
}
