/** Hex dumps of other programs than lspci as inputs: read whole, in the form that they are in or that the user chose. */
import { BridgesAbove, type DeviceFacts, deviceFacts } from '../pure/facts/index.ts';
import { formatContradictory, formatLatin1, formatReading, formatUnread, parseHexText } from '../pure/inputs/index.ts';
import { printError } from './output.ts';

/** Gives the devices of a text; tells how it was read, and what could not be read. Throws InputSyntaxError, AmbiguousInputError. */
export function* hexTextDevices(
  bytes: Uint8Array,
  name: string,
  wanted: string | null,
  tell: (words: string) => void,
): Generator<DeviceFacts> {
  const choice = parseHexText(formatLatin1(bytes), wanted);
  const { devices, unread } = choice.result;
  printError(`airlock: note: ${name}: ${formatReading(choice)}`);
  const bridges = new BridgesAbove();
  for (const { bdf, config, unread: own, contradictory } of devices) {
    const above = bdf === null ? null : bridges.see(bdf, config);
    yield deviceFacts(config, { bdf, above, unread: own, contradictory });
  }
  for (const { contradictory } of devices) if (contradictory !== null) tell(`${name}: ${formatContradictory(contradictory)}`);
  if (unread !== null) tell(`${name}, line ${unread.line}: ${formatUnread(unread)}`);
}
