/** QEMU's integer types: decimal, 0x hexadecimal, 0 octal or 0b binary, spaces before and a sign allowed, a range for each. */
import { PropertyError } from '../property-error.ts';
import { type PropertyType, parameterError } from '../property-type.ts';
import { parseInteger } from './c-number.ts';

function integerType(name: string, bits: 8 | 16 | 32 | 64, signed: boolean): PropertyType {
  const [first, last] = signed ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n];
  return {
    name,
    takes: `a whole number from ${first} to ${last}, such as 16 or 0x10`,
    parse(text, property) {
      const number = parseInteger(text);
      const smallest = signed ? -(2n ** 63n) : 1n - 2n ** 64n;
      const greatest = signed ? 2n ** 63n - 1n : 2n ** 64n - 1n;
      // There are two errors: the number does not fit 64 bits, or it does not fit the property's own width.
      if (number === null || number < smallest || number > greatest) throw parameterError(property, 'expects integer');
      // An unsigned property reads a negative number as C's strtoull does: wrapped at 64 bits, hence mostly out of range.
      const value = signed ? number : BigInt.asUintN(64, number);
      if (value !== (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)))
        throw parameterError(property, `expects ${name}_t`);
      return bits === 64 ? value : Number(value);
    },
    format: value => (value === null ? '' : String(value)),
  };
}

export const uint8 = integerType('uint8', 8, false);
export const uint16 = integerType('uint16', 16, false);
export const uint32 = integerType('uint32', 32, false);
export const uint64 = integerType('uint64', 64, false);
export const int32 = integerType('int32', 32, true);

/** `type` whose setter accepts `first` to `last` only, in words of its own. */
export function rangedInteger(type: PropertyType, first: number, last: number): PropertyType {
  return {
    name: type.name,
    takes: `a whole number from ${first} to ${last}`,
    format: type.format,
    parse(text, property, driver) {
      const value = type.parse(text, property, driver);
      if (typeof value === 'number' && value >= first && value <= last) return value;
      throw new PropertyError(`Property ${property}: valid range ${first}-${last}`, { code: 'property.value', property });
    },
  };
}
