/** Objects in the order of the line; QEMU makes them before the devices. */
import type { DefinedObject, DefinedValue } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import type { ConfigSection } from './config-file.ts';
import { checkIdentifier, checkIdOf, jsonValues } from './device-list.ts';
import { type Findings, repeat } from './findings.ts';
import { parseOptions } from './key-values.ts';
import { wrongOption } from './object-options.ts';
import type { QemuWord } from './word.ts';

/** Collects objects. */
export class ObjectList {
  readonly #findings: Findings;
  readonly #objects: DefinedObject[] = [];
  readonly #idsOfWords = new Set<string>();
  readonly #ids = new Set<string>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  addWord(word: QemuWord): void {
    const origin = word.origin(0, word.text.length);
    if (word.text.startsWith('{')) {
      const values = jsonValues(word, this.#findings);
      if (values !== null) this.#add(values, null, origin);
      return;
    }
    const { id, values, asksForHelp } = parseOptions(word, 'qom-type', this.#findings);
    if (asksForHelp) {
      this.#findings.error('qemu.help', 'QEMU prints help and ends', origin);
      return;
    }
    if (id !== null) {
      if (!checkIdOf(word, id, this.#findings)) return;
      if (this.#idsOfWords.has(id.value)) {
        this.#findings.error('qemu.id.twice', `Duplicate ID '${repeat(id.value)}' for object`, id.origin);
        return;
      }
      this.#idsOfWords.add(id.value);
    }
    this.#add(values, id?.value ?? null, origin);
  }

  addSection({ id, values, origin }: ConfigSection): void {
    this.#add(values, id, origin);
  }

  finish(): readonly DefinedObject[] {
    return this.#objects;
  }

  #add(all: readonly DefinedValue[], givenId: string | null, origin: Origin): void {
    const type = all.findLast(({ name }) => name === 'qom-type');
    const idValue = all.findLast(({ name }) => name === 'id');
    const id = idValue?.value ?? givenId;
    const noText = [type, idValue].find(value => value !== undefined && value.json !== null && value.json !== 'string');
    if (noText !== undefined) {
      this.#findings.error('qemu.object.incomplete', `Invalid parameter type for '${noText.name}', expected: string`, noText.origin);
      return;
    }
    if (type === undefined || id === null) {
      this.#findings.error('qemu.object.incomplete', `Parameter '${type === undefined ? 'qom-type' : 'id'}' is missing`, origin);
      return;
    }
    // Of words the id was looked at already.
    if (!this.#idsOfWords.has(id) && !checkIdentifier(id, idValue?.origin ?? origin, this.#findings)) return;
    if (this.#ids.has(id)) {
      const message = `attempt to add duplicate property '${repeat(id)}' to object (type 'container')`;
      this.#findings.error('qemu.id.twice', message, idValue?.origin ?? origin);
    }
    this.#ids.add(id);
    const values = all.filter(({ name }) => name !== 'qom-type' && name !== 'id');
    const wrong = wrongOption(type.value, values, origin);
    if (wrong !== null) this.#findings.error('qemu.object.option', wrong.message, wrong.origin);
    this.#objects.push({ type: type.value, id, values, origin });
  }
}
