/** The public face of this part: other people's formats. */
export { type ContradictoryRows, formatContradictory, joinContradictory, shiftContradictory } from './contradictory-rows.ts';
export { detectFormat, type InputFormat } from './detect-format.ts';
export { inputDoubts } from './input-doubts.ts';
export { InputSyntaxError } from './input-syntax-error.ts';
export { LspciDumpParser, type ParsedDevice, parseLspciDump } from './lspci-dump.ts';
export { parseRawConfig, RAW_SIZES } from './raw-config.ts';
export { describeUnreadForm } from './unread-form.ts';
export { formatUnread, joinUnread, type UnreadRows } from './unread-rows.ts';
