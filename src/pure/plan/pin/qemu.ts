/** Pins in the words of QEMU's command line: a value is replaced, or put behind the others of its device. */
import { findValue, type VmDefinition } from '../definition.ts';
import type { Origin, Span } from '../origin.ts';
import type { TextEdit } from './edits.ts';
import type { Pin, PinEdits, Unwritten } from './pins.ts';

/** A value that is there already. */
function replacement(origin: Origin, text: string, pin: Pin): TextEdit | null {
  const { span, file } = origin;
  if (span === null) return null;
  const old = text.slice(span.start, span.end);
  const quote = /^(["']?).*\1$/s.exec(old)?.[1] ?? '';
  return { file, span, text: `${quote}${pin.value}${quote}` };
}

/** Behind the last value of a -device, in key=value, in JSON, or as a line of a file for -readconfig. */
function insertion({ start, end }: Span, file: string, text: string, { name, value }: Pin): TextEdit | null {
  const word = text.slice(start, end);
  const insert = (at: number, words: string): TextEdit => ({ file, span: { start: at, end: at }, text: words });
  if (word.startsWith('[')) return insert(end, `\n  ${name} = "${value}"`);
  if (!/^['"]?\s*\{/.test(word)) return insert(end, `,${name}=${value}`);
  const brace = word.lastIndexOf('}');
  // Behind a backslash quotes are the shell's.
  const quote = word.startsWith('"') ? '\\"' : '"';
  return brace < 0 ? null : insert(start + brace, `,${quote}${name}${quote}:${quote}${value}${quote}`);
}

function editOf(pin: Pin, definition: VmDefinition, text: string): TextEdit | null {
  const { machine, source } = definition;
  if (pin.device === null) {
    if (machine.type !== null) return replacement(machine.type.origin, text, pin);
    // Options may stand in any order; behind a device there is certainly a word's end.
    const end = definition.devices.at(-1)?.origin.span?.end;
    return end === undefined ? null : { file: source.file, span: { start: end, end }, text: ` -machine ${pin.value}` };
  }
  const known = findValue(pin.device.values, pin.name);
  if (known !== undefined) return replacement(known.origin, text, pin);
  const { span, file } = pin.device.origin;
  return span === null ? null : insertion(span, file, text, pin);
}

export function pinQemu(definition: VmDefinition, text: string, pins: readonly Pin[]): PinEdits {
  const edits: TextEdit[] = [];
  const unwritten: Unwritten[] = [];
  // An option of its own goes behind what is added to the last device.
  const ordered = [...pins.filter(({ device }) => device !== null), ...pins.filter(({ device }) => device === null)];
  for (const pin of ordered) {
    const file = (pin.device?.origin ?? definition.machine.type?.origin)?.file ?? definition.source.file;
    const edit = file === definition.source.file ? editOf(pin, definition, text) : null;
    if (edit === null) unwritten.push({ pin, why: `it belongs into ${file}, where its place is not known` });
    else edits.push(edit);
  }
  return { edits, unwritten };
}
