/** Pins in the words of Proxmox: the machine in `machine:`, properties of devices as -set and -global in `args:`. */
import { findValue, type VmDefinition } from '../definition.ts';
import type { Origin } from '../origin.ts';
import { type Conf, type ConfLine, listItems, parseConf } from '../readers/proxmox/conf.ts';
import type { TextEdit } from './edits.ts';
import { type Pin, type PinEdits, PinResult } from './pins.ts';
import { insertion, isSettable, replacement, settingWords } from './qemu-words.ts';
import { lineEndOf } from './yaml-edits.ts';

export function pinProxmox(definition: VmDefinition, text: string, pins: readonly Pin[]): PinEdits {
  return new ConfPins(definition, text, pins).pin();
}

const valueEnd = ({ value }: ConfLine): number => value.start + value.text.length;

class ConfPins {
  readonly #definition: VmDefinition;
  readonly #text: string;
  readonly #pins: readonly Pin[];
  readonly #conf: Conf;
  readonly #result = new PinResult();
  /** Lines that the file does not have, in their order. */
  readonly #lines: string[] = [];
  readonly #words: string[] = [];

  constructor(definition: VmDefinition, text: string, pins: readonly Pin[]) {
    this.#definition = definition;
    this.#text = text;
    this.#pins = pins;
    this.#conf = parseConf(text);
  }

  pin(): PinEdits {
    for (const pin of this.#pins) {
      const edit = pin.driver === null ? this.#machine(pin) : this.#ofDevice(pin);
      if (edit !== null) this.#result.add(pin, edit);
    }
    const args = this.#conf.lines.get('args');
    if (this.#words.length > 0 && args === undefined) this.#lines.push(`args: ${this.#words.join(' ')}`);
    const edits = [...this.#result.edits];
    if (this.#words.length > 0 && args !== undefined) edits.push(this.#insert(valueEnd(args), ` ${this.#words.join(' ')}`));
    if (this.#lines.length > 0) edits.push(this.#addLines());
    return { edits, unwritten: this.#result.unwritten };
  }

  #insert(at: number, text: string): TextEdit {
    return { file: this.#definition.source.file, span: { start: at, end: at }, text };
  }

  #machine(pin: Pin): TextEdit | string | null {
    const { type } = this.#definition.machine;
    const written = type === null ? null : this.#within(type.origin) ? replacement(type.origin, this.#text, pin) : null;
    if (written !== null) return written;
    const line = this.#conf.lines.get('machine');
    if (line !== undefined) return this.#insert(line.value.start, line.value.text === '' ? pin.value : `${pin.value},`);
    this.#lines.push(`machine: ${pin.value}`);
    return null;
  }

  #ofDevice(pin: Pin): TextEdit | string | null {
    const { device, name } = pin;
    const known = device === null ? undefined : findValue(device.values, name);
    const edit = known !== undefined && this.#within(known.origin) ? replacement(known.origin, this.#text, pin) : null;
    if (edit !== null) return edit;
    if (device !== null && this.#isOfArgs(device.origin)) {
      return insertion(device.origin, this.#text, pin) ?? 'its place in args: is not known';
    }
    const machine = this.#conf.lines.get('machine');
    if (name === 'aw-bits' && machine !== undefined && listItems(machine.value).some(item => item.name === 'viommu')) {
      return this.#insert(valueEnd(machine), `,aw-bits=${pin.value}`);
    }
    const words = settingWords(pin, this.#definition, this.#pins, other => isSettable(other) || this.#isOfArgs(other.origin));
    if (words === null) {
      const id = device?.id;
      if (device?.functions !== undefined) return 'how many functions of the host it stands for is not known';
      const which = id ? `-set takes no id with a dot, as ${id} is` : 'the device has no id for -set';
      return `${which}, and -global would change other devices too`;
    }
    // One -global is for all devices of its driver.
    if (!this.#words.includes(words[1])) this.#words.push(...words);
    return null;
  }

  #within({ file, span }: Origin): boolean {
    return file === this.#definition.source.file && span !== null && span.end > span.start;
  }

  #isOfArgs({ file, span }: Origin): boolean {
    const args = this.#conf.lines.get('args');
    return (
      args !== undefined &&
      span !== null &&
      file === this.#definition.source.file &&
      span.start >= args.value.start &&
      span.end <= valueEnd(args)
    );
  }

  /** Behind the last line of the current state: sections of snapshots follow. */
  #addLines(): TextEdit {
    const lineEnd = lineEndOf(this.#text);
    const last = [...this.#conf.lines.values()].reduce((end, line) => Math.max(end, valueEnd(line)), 0);
    const found = this.#text.indexOf('\n', last);
    const words = this.#lines.join(lineEnd);
    return found < 0 ? this.#insert(this.#text.length, lineEnd + words) : this.#insert(found + 1, words + lineEnd);
  }
}
