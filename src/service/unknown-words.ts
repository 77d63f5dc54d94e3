/** Says what a guest finds in place of a served device's unknown bytes. */
import { hexDigits } from '../pure/bytes/hex.ts';
import type { ListCut, ServedConfig } from '../pure/device/index.ts';
import { capabilityLabel } from '../pure/pci/capability-names.ts';
import type { UnknownPlace } from '../pure/pci/unknown-places.ts';

/** How many holes are listed: a dump may have one in each of its rows. */
const MOST_PLACES = 8;

function formatPlace({ from, to, text }: UnknownPlace, size: number): string {
  if (from >= size) return `${text}: a guest has ${size} bytes of config space`;
  return `${text}: a guest reads 0 ${from === to ? `at ${hexDigits(from)}` : `from ${hexDigits(from)} to ${hexDigits(to)}`}`;
}

function formatCut({ kind, unknownAt, last, removed }: ListCut): string[] {
  const lines = removed.map(it => `${capabilityLabel(it)} is taken out of the ${kind} list: its registers are not known`);
  if (unknownAt === null) return lines;
  const end = last === null ? `the ${kind} list is empty` : `the ${kind} list ends with ${capabilityLabel(last)}`;
  return [...lines, `${end}: what follows at ${hexDigits(unknownAt)} is not known`];
}

/** One line for each difference between what the guest meets and what the device may have; none where all is known. */
export function unknownWords({ config, places, cuts }: ServedConfig): string[] {
  const lines = places.slice(0, MOST_PLACES).map(place => formatPlace(place, config.bytes.length));
  const left = places.length - lines.length;
  if (left > 0) lines.push(`${left} more places are not known: a guest reads 0 there`);
  return [...lines, ...cuts.flatMap(formatCut)];
}
