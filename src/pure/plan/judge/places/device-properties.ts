/** What can be set of QEMU's own devices, by the properties that QEMU says they have, and its words where a device has no such property. */

import { globalWords } from '../../../qemu/effective-properties.ts';
import { PropertyError } from '../../../qemu/property-error.ts';
import { doesNotTakeValue, type PropertyType } from '../../../qemu/property-type.ts';
import { int32, uint8, uint16, uint32, uint64 } from '../../../qemu/property-types/integer.ts';
import { size } from '../../../qemu/property-types/size.ts';
import { listType, readOnlyType } from '../../../qemu/property-types/text.ts';
import { bool, onOffAuto } from '../../../qemu/property-types/words.ts';
import { nearestNames } from '../../../text/nearest-names.ts';
import type { DefinedGlobal, DefinedValue } from '../../definition.ts';
import { jsonText } from '../json-kinds.ts';
import { nearestSetting } from '../nearest-setting.ts';
import type { PciDriver } from './driver.ts';
import { commonProperties, partAncestors, partProperties, pciProperties } from './generated/device-properties.ts';
import { Refusal } from './refusal.ts';

/** Six pairs of digits, with colons or hyphens between. */
const mac: PropertyType = {
  name: 'mac',
  takes: 'six bytes, such as 52:54:00:12:34:56',
  parse(text, property, driver = '') {
    if (/^[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}$/i.test(text)) return text;
    throw doesNotTakeValue(driver, property, text);
  },
  format: value => String(value ?? ''),
};

/** Types whose values are judged; what others take rests on objects, or on a parser that is not known here. */
const TYPES: ReadonlyMap<string, PropertyType> = new Map(
  [bool, int32, listType, mac, onOffAuto, readOnlyType('busnr'), size, uint8, uint16, uint32, uint64].map(type => [type.name, type]),
);

/** What every device has and nobody can set. */
const READ_ONLY = ['hotpluggable', 'hotplugged', 'parent_bus', 'type'];

/** The name of a property's type by the property's. */
type Declared = ReadonlyMap<string, string>;

/** A device inside of another: the types that reach it, itself first, and its properties. */
interface Part {
  readonly types: readonly string[];
  readonly declared: Declared;
}

/** What can be set of a device and, by a -global, of the devices inside of it. */
interface Properties {
  readonly declared: Declared;
  readonly parts: readonly Part[];
}

/** `bool: a b; uint32: c`. */
function parseRow(text: string): [name: string, type: string][] {
  return text.split('; ').flatMap(group => {
    const [, type = '', names = ''] = /^(.*?): (.*)$/.exec(group) ?? [];
    return names === '' ? [] : names.split(' ').map((name): [string, string] => [name, type]);
  });
}

function rowsByDriver(rows: readonly (readonly [drivers: string, properties: string])[]): ReadonlyMap<string, string> {
  return new Map(rows.flatMap(([drivers, properties]) => drivers.split(' ').map(driver => [driver, properties] as const)));
}

/** Tables that are unfolded where a definition first asks. */
let tables: { readonly pci: ReadonlyMap<string, string>; readonly parts: ReadonlyMap<string, string> } | null = null;

const known = new Map<string, Properties | null>();
const ancestors = new Map(partAncestors);

function partsOf(declared: Declared, parts: ReadonlyMap<string, string>): Part[] {
  return [...declared.values()].flatMap(type => {
    const [, name = ''] = /^child<(.*)>$/.exec(type) ?? [];
    const row = parts.get(name);
    if (row === undefined) return [];
    const own: Declared = new Map(parseRow(row));
    // What is inside is made first.
    return [...partsOf(own, parts), { types: [name, ...(ancestors.get(name) ?? [])], declared: own }];
  });
}

/** null for a device whose properties are not known. */
function propertiesOf(driver: string): Properties | null {
  const before = known.get(driver);
  if (before !== undefined) return before;
  tables ??= { pci: rowsByDriver(pciProperties), parts: rowsByDriver(partProperties) };
  const row = tables.pci.get(driver);
  const declared: Declared | null = row === undefined ? null : new Map([...parseRow(commonProperties), ...parseRow(row)]);
  const made = declared && { declared, parts: partsOf(declared, tables.parts) };
  known.set(driver, made);
  return made;
}

/** Devices that are judged by tables of their own: the host's, and IOMMUs. */
const JUDGED_ELSEWHERE: ReadonlySet<string> = new Set(['vfio-pci', 'vfio-pci-nohotplug', 'vfio-user-pci', 'virtio-iommu-pci']);

/** A -global sets a list in a way that QEMU's own code forbids, so that the program ends. */
const GLOBAL_LIST = "parse_type_str: Assertion `siv->lm == LM_NONE' failed.";

/** A value that is set of a device; `owner` is whom QEMU's words name. */
interface Setting {
  readonly owner: string;
  readonly declared: Declared;
  readonly value: DefinedValue;
}

/** @throws PropertyError in QEMU's words for an option */
function parse({ owner, declared, value }: Setting, holder: string): void {
  const { name } = value;
  const declaredType = READ_ONLY.includes(name) ? 'busnr' : declared.get(name);
  // The only one that QEMU does not list and takes.
  if (name === 'realized') return;
  if (declaredType === undefined) {
    const details = { code: 'property.unknown', property: name, nearest: nearestNames(name, declared.keys()) } as const;
    throw new PropertyError(`Property '${owner}.${name}' not found`, details);
  }
  const type = TYPES.get(declaredType.startsWith('child<') ? 'busnr' : declaredType);
  if (type === undefined) return;
  const isList = type === listType && value.json === 'array';
  if (!isList) type.parse(jsonText(value, { name, declaredType }), name, holder);
}

function refuse(setting: Setting, holder: string, global: DefinedGlobal | null): void {
  const { value, declared } = setting;
  if (global !== null && declared.get(value.name) === 'list') {
    if (value.value === '') return;
    throw new Refusal('place.global', GLOBAL_LIST, { origin: value.origin });
  }
  try {
    parse(setting, holder);
  } catch (error) {
    if (!(error instanceof PropertyError)) throw error;
    const nearest = nearestSetting(error, value);
    const mend = nearest === null ? null : ({ kind: 'setting', words: nearest } as const);
    const words =
      global === null
        ? error.message
        : `can't apply global ${global.driver}.${value.name}=${value.value}: ${globalWords(error.message, declared.get(value.name))}`;
    throw new Refusal(error.code === 'property.syntax' ? 'property.value' : error.code, words, { mend, origin: value.origin });
  }
}

/** What a part has is set of it, though the device takes the name too. */
function holderOf(driver: string, { parts }: Properties, name: string): string {
  return parts.find(({ declared }) => declared.has(name))?.types[0] ?? driver;
}

/**
 * A -global that reaches a device by one of its types.
 * @throws Refusal in the words of QEMU
 */
export function refuseGlobal({ name }: PciDriver, global: DefinedGlobal): void {
  const properties = JUDGED_ELSEWHERE.has(name) ? null : propertiesOf(name);
  if (properties === null) return;
  refuse({ owner: name, declared: properties.declared, value: global }, holderOf(name, properties, global.name), global);
}

/**
 * Globals that reach the devices inside of one, which QEMU makes first.
 * @throws Refusal in the words of QEMU
 */
export function refusePartGlobals({ name }: PciDriver, globals: readonly DefinedGlobal[]): void {
  const properties = JUDGED_ELSEWHERE.has(name) ? null : propertiesOf(name);
  for (const { types, declared } of properties?.parts ?? []) {
    const [owner = name] = types;
    for (const global of globals) if (types.includes(global.driver)) refuse({ owner, declared, value: global }, owner, global);
  }
}

/** Words of a -device line that are no properties. */
const LINE_KEYS: ReadonlySet<string> = new Set(['bus', 'driver', 'id']);

/**
 * The values of a device of the definition's.
 * @throws Refusal in the words of QEMU
 */
export function refuseOwn({ name }: PciDriver, values: readonly DefinedValue[]): void {
  const properties = JUDGED_ELSEWHERE.has(name) ? null : propertiesOf(name);
  if (properties === null) return;
  const last = new Map(values.map(value => [value.name, value]));
  for (const value of last.values()) {
    if (LINE_KEYS.has(value.name)) continue;
    refuse({ owner: name, declared: properties.declared, value }, holderOf(name, properties, value.name), null);
  }
}
