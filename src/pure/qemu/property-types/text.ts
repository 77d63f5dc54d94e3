/** QEMU's types that are text: free strings, names of other objects, the UUID of a VF token, and what cannot be set at all. */
import { PropertyError } from '../property-error.ts';
import { doesNotTakeValue, type PropertyType } from '../property-type.ts';

/** A type that takes every text as it is; for a link to another object the empty text means none. */
export function textType(name: string): PropertyType {
  const isLink = name.startsWith('link<');
  const takes = isLink ? `the id of an object (${name.slice('link<'.length, -1)})` : 'any text';
  return { name, takes, parse: text => (isLink && text === '' ? null : text), format: value => String(value ?? '') };
}

/** `8-4-4-4-12` hexadecimal digits, or `auto` for a random one made at start; the value is lower case. */
export const uuid: PropertyType = {
  name: 'UUID',
  takes: 'a UUID, or auto for a random one',
  parse(text, property, driver = 'vfio-pci') {
    if (text === 'auto' || /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
    throw doesNotTakeValue(driver, property, text);
  },
  format: value => String(value ?? ''),
};

/** A property that the device has and nobody may set. */
export function readOnlyType(name: string): PropertyType {
  return {
    name,
    takes: 'nothing: it can only be read',
    parse(_text, property, driver = 'vfio-pci') {
      throw new PropertyError(`Property '${driver}.${property}' is not writable`, { code: 'property.read-only', property });
    },
    format: value => String(value ?? ''),
  };
}

/** A type that only JSON can spell, and that text is refused for. */
function jsonOnly(name: string, kind: 'array' | 'object', takes: string, none: string): PropertyType {
  return {
    name,
    takes,
    parse(_text, property) {
      const message = `Invalid parameter type for '${property}', expected: ${kind}`;
      throw new PropertyError(message, { code: 'property.value', property });
    },
    format: value => (value === null ? none : String(value)),
  };
}

export const listType: PropertyType = jsonOnly('list', 'array', 'a list, in JSON', '[]');

export const socketAddress: PropertyType = jsonOnly('SocketAddress', 'object', 'the address of a UNIX socket, in JSON', '');
