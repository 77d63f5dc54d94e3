/** The address of a server's socket, which a device is given as an object of JSON, and QEMU's words where something is wrong with it. */
import { PropertyError } from '../../qemu/property-error.ts';
import { type DefinedValue, findValue, type JsonKind } from '../definition.ts';
import { objectMembers } from '../readers/qemu/json-argument.ts';

/** What a kind of address must have, and may have, with the kinds of its values. */
interface AddressKind {
  readonly needed: readonly string[];
  /** null where QEMU takes no device on such a socket, whatever else is said. */
  readonly optional: Readonly<Record<string, JsonKind>> | null;
}

const KINDS: ReadonlyMap<string, AddressKind> = new Map([
  ['unix', { needed: ['path'], optional: { abstract: 'boolean', tight: 'boolean' } }],
  ['inet', { needed: ['host', 'port'], optional: null }],
  ['vsock', { needed: ['cid', 'port'], optional: null }],
  ['fd', { needed: ['str'], optional: null }],
]);

function wrong(message: string, property: string): PropertyError {
  return new PropertyError(message, { code: 'property.value', property });
}

const ofKind = (path: readonly string[], kind: JsonKind): string => `Invalid parameter type for '${path.join('.')}', expected: ${kind}`;

/** @throws PropertyError in QEMU's words */
function textMember(property: string, members: readonly DefinedValue[], name: string): string {
  const found = findValue(members, name);
  if (found === undefined) throw wrong(`Parameter '${property}.${name}' is missing`, property);
  if (found.json !== 'string') throw wrong(ofKind([property, name], 'string'), property);
  return found.value;
}

/** @throws PropertyError in QEMU's words for what is no address of a UNIX socket */
export function checkSocketAddress({ name: property, value }: DefinedValue): void {
  const members = objectMembers(value);
  const type = textMember(property, members, 'type');
  const kind = KINDS.get(type);
  if (kind === undefined) throw wrong(`Parameter 'type' does not accept value '${type}'`, property);
  for (const name of kind.needed) textMember(property, members, name);
  const { needed, optional } = kind;
  if (optional === null) throw wrong(`Unsupported socket type ${type}`, property);
  for (const { name, json } of members) {
    if (name === 'type' || needed.includes(name)) continue;
    const wanted = Object.hasOwn(optional, name) ? optional[name] : undefined;
    if (wanted === undefined) throw wrong(`Parameter '${property}.${name}' is unexpected`, property);
    if (json !== wanted) throw wrong(ofKind([property, name], wanted), property);
  }
}
