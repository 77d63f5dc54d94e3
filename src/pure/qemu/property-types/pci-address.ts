/** QEMU's two PCI addresses: the host device `[DOMAIN:]BUS:SLOT.FUNCTION`, and the guest slot `SLOT[.FUNCTION]`. */
import { hexDigits } from '../../bytes/hex.ts';
import { doesNotTakeValue, type PropertyType } from '../property-type.ts';
import { scanUnsigned } from './c-number.ts';

/** Domain, bus, slot and function of a host address, in C's `strtoul` spelling of each; null where it is none. */
function parseHostAddress(text: string): number[] | null {
  const numbers: bigint[] = [];
  let rest = text;
  for (;;) {
    const separator = numbers.length > 0 && rest[0] === '.' ? '.' : ':';
    if (numbers.length > 0) {
      if (rest[0] !== separator) return null;
      rest = rest.slice(1);
    }
    // The function is decimal, what stands before it hexadecimal.
    const number = scanUnsigned(rest, separator === '.' ? 10 : 16);
    if (!number || numbers.length === 4) return null;
    numbers.push(number.value);
    rest = rest.slice(number.length);
    if (separator === '.') break;
  }
  if (rest !== '' || numbers.length < 3) return null;
  if (numbers.length === 3) numbers.unshift(0n);
  const limits = [0xffffn, 0xffn, 0x1fn, 7n];
  return numbers.every((number, index) => number <= (limits[index] ?? 0n)) ? numbers.map(Number) : null;
}

/** A host device; the value is `DDDD:BB:DD.F` in lower case. QEMU's domains end at ffff. */
export const pciHostAddress: PropertyType = {
  name: 'PciHostAddress',
  takes: 'an address such as 3b:00.0 or 0000:3b:00.0, in hexadecimal',
  parse(text, property, driver = 'vfio-pci') {
    const parts = parseHostAddress(text);
    if (!parts) throw doesNotTakeValue(driver, property, text);
    const [domain = 0, bus = 0, slot = 0, fn = 0] = parts;
    return `${hexDigits(domain, 4)}:${hexDigits(bus, 2)}:${hexDigits(slot, 2)}.${fn}`;
  },
  format: value => (value === null ? '' : String(value)),
};

/** C's `scanf("%x")`: like strtoul, but cut to 32 bits, and a bare `0x` is 0 (glibc). */
function scanHex(text: string): { value: number; length: number } | null {
  const bare = /^[ \t-\r]*[+-]?0[xX](?![0-9a-fA-F])/.exec(text);
  if (bare) return { value: 0, length: bare[0].length };
  const number = scanUnsigned(text, 16);
  return number && { value: Number(BigInt.asUintN(32, number.value)), length: number.length };
}

/** The function's place on its bus; the value is `slot << 3 | function`, -1 for the next that is free. */
export const pciSlotAddress: PropertyType = {
  name: 'PciSlotAddress',
  takes: 'a slot with an optional function, such as 06 or 06.1, in hexadecimal',
  parse(text, property, driver = 'vfio-pci') {
    const slot = scanHex(text);
    let rest = slot ? text.slice(slot.length) : '';
    const fn = slot && rest[0] === '.' ? scanHex(rest.slice(1)) : { value: 0, length: -1 };
    if (fn) rest = rest.slice(fn.length + 1);
    if (!slot || !fn || rest !== '' || slot.value > 31 || fn.value > 7) throw doesNotTakeValue(driver, property, text);
    return (slot.value << 3) | fn.value;
  },
  format: value => (typeof value === 'number' && value >= 0 ? `${hexDigits(value >> 3, 2)}.${value & 7}` : String(value ?? '')),
};
