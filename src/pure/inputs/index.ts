/** The public face of this part: other people's formats. */
export { type ContradictoryRows, formatContradictory, joinContradictory, shiftContradictory } from '../facts/contradictory-rows.ts';
export { inputDoubts } from '../facts/input-doubts.ts';
export { formatUnread, joinUnread, type UnreadRows } from '../facts/unread-rows.ts';
export { detectFormat, type InputFormat } from './detect-format.ts';
export { dumpFacts } from './dump-facts.ts';
export { InputSyntaxError } from './input-syntax-error.ts';
export { LspciDumpParser, type ParsedDevice, parseLspciDump } from './lspci-dump.ts';
export { parseRawConfig, RAW_SIZES } from './raw-config.ts';
export { describeUnreadForm } from './unread-form.ts';
