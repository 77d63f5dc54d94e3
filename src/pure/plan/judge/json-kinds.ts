/** The kinds that QEMU wants of the values of a device that is written as JSON, and its words where a value is of another. */
import { hexDigits } from '../../bytes/hex.ts';
import { type PropertyAssignment, type PropertyDeclaration, PropertyError } from '../../qemu/index.ts';
import type { DefinedValue, JsonKind } from '../definition.ts';
import { checkSocketAddress } from './socket-address.ts';

interface WantedKind {
  readonly kind: JsonKind;
  words(property: string): string;
}

const expected =
  (kind: string) =>
  (property: string): string =>
    `Invalid parameter type for '${property}', expected: ${kind}`;

const BOOLEAN: WantedKind = { kind: 'boolean', words: expected('boolean') };
const SIGNED: WantedKind = { kind: 'number', words: expected('integer') };
const UNSIGNED: WantedKind = { kind: 'number', words: property => `Parameter '${property}' expects uint64` };
const OBJECT: WantedKind = { kind: 'object', words: expected('object') };
const ARRAY: WantedKind = { kind: 'array', words: expected('array') };
const STRING: WantedKind = { kind: 'string', words: expected('string') };

/** By QEMU's name of the type; all others are words. */
const WANTED: ReadonlyMap<string, WantedKind> = new Map([
  ['bool', BOOLEAN],
  ['int32', SIGNED],
  ['uint8', UNSIGNED],
  ['uint16', UNSIGNED],
  ['uint32', UNSIGNED],
  ['uint64', UNSIGNED],
  ['size', UNSIGNED],
  ['SocketAddress', OBJECT],
  ['list', ARRAY],
]);

/** The kind that QEMU wants of a property, by its name of the type. */
export function wantedKind(declaredType: string): JsonKind {
  return (WANTED.get(declaredType) ?? STRING).kind;
}

/** An address of a slot is its devfn where it is a number: slot [7:3], function [2:0]. */
function addressText(value: DefinedValue): string {
  if (value.json !== 'number') return value.value;
  const devfn = Number(value.value);
  return Number.isInteger(devfn) && devfn >= 0 && devfn < 0x100 ? `${hexDigits(devfn >> 3, 2)}.${devfn & 7}` : value.value;
}

/**
 * The text that the property's type parses.
 * @throws PropertyError in QEMU's words where the value is of another kind
 */
export function jsonText(value: DefinedValue, declaration: Pick<PropertyDeclaration, 'name' | 'declaredType'> | undefined): string {
  if (value.json === null || declaration === undefined) return value.value;
  const { name, declaredType } = declaration;
  if (name === 'addr') {
    if (value.json === 'number' || value.json === 'string') return addressText(value);
    throw new PropertyError(`Invalid parameter type for '${name}', expected int or str`, { code: 'property.value', property: name });
  }
  const wanted = WANTED.get(declaredType) ?? STRING;
  const isFit = value.json === wanted.kind && (wanted.kind !== 'number' || /^-?\d+$/.test(value.value));
  if (!isFit) throw new PropertyError(wanted.words(name), { code: 'property.value', property: name });
  if (wanted.kind === 'boolean') return value.value === 'true' ? 'on' : 'off';
  return value.value;
}

const EMPTY_LIST = /^\[\s*\]$/;

/** The lists of a device on PCI: QEMU 11.1.3 sets them once more of the device inside of it, and aborts. */
function setTwice(property: string): PropertyError {
  const message = `array size property ${property} may not be set more than once`;
  const words = `Unexpected error in set_prop_array() at hw/core/qdev-properties.c:721:\n${message}`;
  return new PropertyError(words, { code: 'property.value', property });
}

/**
 * What is set of a device, as texts that the properties' types parse. Objects and lists are left out: they have no such text.
 * @throws PropertyError in QEMU's words where a value is of another kind, or an object is not what it should be
 */
export function assignmentsOf(
  values: readonly DefinedValue[],
  declarations: ReadonlyMap<string, PropertyDeclaration> | null,
): PropertyAssignment[] {
  return values.flatMap(value => {
    const declaration = declarations?.get(value.name);
    const assignment = { name: value.name, value: jsonText(value, declaration) };
    if (declaration === undefined || (value.json !== 'object' && value.json !== 'array')) return [assignment];
    if (declaration.declaredType === 'SocketAddress') checkSocketAddress(value);
    if (value.json === 'array' && !EMPTY_LIST.test(value.value)) throw setTwice(value.name);
    return [];
  });
}
