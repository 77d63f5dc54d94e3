/** The arguments of -global, in both its spellings, and of -set. */
import type { DefinedGlobal, DefinedValue } from '../../definition.ts';
import { type Findings, repeat } from './findings.ts';
import { parseOptions } from './key-values.ts';
import type { QemuWord } from './word.ts';

/** What a global is made of. */
export const REQUIRED_OF_GLOBAL: readonly string[] = ['driver', 'property', 'value'];

/** `DRIVER.PROPERTY=`, behind which the value stands as it is. */
const SHORT = /^([^.=]{1,63})\.([^=]{1,63})=/;
const SETTING = /^([^.]{1,63})\.([^.]{1,63})\.([^=]{1,63})=/;

/** A global; null with findings where QEMU refuses it. */
export function parseGlobal(word: QemuWord, findings: Findings): DefinedGlobal | null {
  const short = SHORT.exec(word.text);
  if (short !== null) {
    const [before, driver = '', name = ''] = short;
    const origin = word.origin(before.length, word.text.length);
    findings.countValue(origin);
    return { driver, name, value: word.text.slice(before.length), json: null, origin };
  }
  const { values } = parseOptions(word, null, findings);
  const strange = values.find(({ name }) => !REQUIRED_OF_GLOBAL.includes(name));
  if (strange !== undefined) {
    findings.error('qemu.syntax.parameter', `Invalid parameter '${repeat(strange.name)}'`, strange.origin);
    return null;
  }
  const [driver, property, value] = REQUIRED_OF_GLOBAL.map(name => values.findLast(one => one.name === name));
  if (driver !== undefined && property !== undefined && value !== undefined) {
    return { driver: driver.value, name: property.value, value: value.value, json: null, origin: value.origin };
  }
  const message = "options 'driver', 'property', and 'value' are required";
  findings.error('qemu.global.incomplete', message, word.origin(0, word.text.length));
  return null;
}

/** `GROUP.ID.NAME=VALUE`; null where it is not that. */
export function parseSetting(word: QemuWord): { group: string; id: string; value: DefinedValue } | null {
  const found = SETTING.exec(word.text);
  if (found === null) return null;
  const [before, group = '', id = '', name = ''] = found;
  const value = word.text.slice(before.length);
  return { group, id, value: { name, value, json: null, origin: word.origin(before.length, word.text.length) } };
}
