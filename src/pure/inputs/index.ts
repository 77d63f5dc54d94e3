/**
 * Config space in the formats of other people: dumps of lspci as they are pasted, raw bytes, VMs that QEMU saved. What stands in them is read as far as
 * it goes; rows that cannot be read, or that contradict each other, are told of.
 *
 * @module vfio-airlock/inputs
 * @example
 * ```ts
 * import { detectFormat, parseLspciDump } from 'vfio-airlock/inputs';
 *
 * const dump = new TextEncoder().encode(`01:00.0 Ethernet controller: an example
 * 00: 86 80 72 15 06 04 10 00 02 00 00 02 10 00 00 00
 * 10: 0c 00 00 90
 * `);
 * detectFormat(dump); // → 'lspci'
 * const [device] = parseLspciDump(dump);
 * device?.bdf.text; // → '0000:01:00.0'
 * device?.config.read(0x02, 2); // → 0x1572
 * device?.config.read(0x14, 4); // → undefined
 * device?.config.knownLength; // → 20
 * ```
 */

export { type ContradictoryRows, formatContradictory, joinContradictory, shiftContradictory } from '../facts/contradictory-rows.ts';
export type { DeviceFacts, FactsOrigin } from '../facts/device-facts.ts';
export { type DoubtfulRows, type InputDoubt, inputDoubts } from '../facts/input-doubts.ts';
export {
  formatTextContradiction,
  formatTexts,
  joinTexts,
  type ReadText,
  type ReadTexts,
  type TextContradiction,
  textsOf,
} from '../facts/read-text.ts';
export { formatUnread, joinUnread, type UnreadRows } from '../facts/unread-rows.ts';
export { MOST_PACKED, UnpackError, type UnpackedHere, unpack } from './compressed/index.ts';
export { detectFormat, formatLatin1, type InputFormat, type InputWrapping, isWrapping } from './detect-format.ts';
export { dumpFacts } from './dump-facts.ts';
export {
  AmbiguousInputError,
  type Choice,
  type FormDevice,
  type FormResult,
  formatReading,
  MOST_HEX_TEXT,
  parseHexText,
  READING_NAMES,
  type Reading,
} from './forms/index.ts';
export { hexTextFacts } from './hex-text-facts.ts';
export { InputSyntaxError } from './input-syntax-error.ts';
export { LspciDumpParser, type ParsedDevice, parseLspciDump } from './lspci-dump.ts';
export { parseRawConfig, RAW_SIZES } from './raw-config.ts';
export { parseSaveFile, type SavedFunction, type SaveFile, SaveFileError, savedFacts } from './save-file.ts';
export { describeUnreadForm } from './unread-form.ts';
export { TextUnwrapper, type TextWrapping, unwrapText } from './wrappings/index.ts';
