/** Hex dumps of other programs than lspci as inputs: read whole, in the form that they are in or that the user chose. */
import type { DeviceFacts } from '../pure/facts/index.ts';
import { formatLatin1, formatReading, hexTextFacts, parseHexText } from '../pure/inputs/index.ts';
import { printError } from './output.ts';

/** Gives the devices of a text; tells how it was read, and what could not be read. Throws InputSyntaxError, AmbiguousInputError. */
export function* hexTextDevices(
  bytes: Uint8Array,
  name: string,
  wanted: string | null,
  tell: (words: string) => void,
): Generator<DeviceFacts> {
  const choice = parseHexText(formatLatin1(bytes), wanted);
  const { devices, doubts } = hexTextFacts(choice);
  printError(`airlock: note: ${name}: ${formatReading(choice)}`);
  yield* devices;
  for (const doubt of doubts) tell(`${name}: ${doubt}`);
}
