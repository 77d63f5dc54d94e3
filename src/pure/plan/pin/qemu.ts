/** Pins in the words of QEMU's command line: a value is replaced, or put behind the others of its device. */
import { findValue, type VmDefinition } from '../definition.ts';
import type { TextEdit } from './edits.ts';
import { type Pin, type PinEdits, PinResult } from './pins.ts';
import { insertion, isGlobalSafe, replacement } from './qemu-words.ts';

/** An option of its own; options may stand in any order, and behind a device there is certainly a word's end. */
function option({ devices, source }: VmDefinition, text: string, words: string): TextEdit | null {
  const last = devices.findLast(({ origin }) => origin.file === source.file && origin.span !== null)?.origin.span ?? null;
  // A file for -readconfig has sections, and no options.
  if (last === null || text[last.start] === '[') return null;
  const { end } = last;
  // In a list of words the quotes that end a word begin and end what is added.
  if (/^\s*\[\s*["']/.test(text)) {
    const quote = text.charAt(end);
    return { file: source.file, span: { start: end, end }, text: `${quote}, ${quote}${words.replace(' ', `${quote}, ${quote}`)}` };
  }
  // Where each argument has a line of its own, so has what is added.
  const lineEnd = /-device(\r?\n)$/.exec(text.slice(Math.max(0, last.start - 12), last.start))?.[1] ?? null;
  const added = lineEnd === null ? ` ${words}` : `${lineEnd}${words.replace(' ', lineEnd)}`;
  return { file: source.file, span: { start: last.end, end: last.end }, text: added };
}

function editOf(pin: Pin, definition: VmDefinition, text: string): TextEdit | null {
  const { type } = definition.machine;
  const { device, driver, name, value } = pin;
  if (device === null && driver === null) {
    return type === null ? option(definition, text, `-machine ${value}`) : replacement(type.origin, text, pin);
  }
  if (device === null) return option(definition, text, `-global ${driver}.${name}=${value}`);
  const known = findValue(device.values, name);
  return known === undefined ? insertion(device.origin, text, pin) : replacement(known.origin, text, pin);
}

export function pinQemu(definition: VmDefinition, text: string, pins: readonly Pin[]): PinEdits {
  const result = new PinResult();
  // An option of its own goes behind what is added to the last device.
  const ordered = [...pins.filter(({ device }) => device !== null), ...pins.filter(({ device }) => device === null)];
  for (const pin of ordered) {
    const { device, driver } = pin;
    const origin = device === null ? definition.machine.type?.origin : (findValue(device.values, pin.name)?.origin ?? device.origin);
    const file = driver !== null && device === null ? definition.source.file : (origin?.file ?? definition.source.file);
    if (driver !== null && device === null && !isGlobalSafe(pin, definition, pins)) {
      result.add(pin, `-global ${driver}.${pin.name} would change other devices too`);
      continue;
    }
    const edit = file === definition.source.file ? editOf(pin, definition, text) : null;
    result.add(pin, edit ?? `it belongs into ${file}, where its place is not known`);
  }
  return result;
}
