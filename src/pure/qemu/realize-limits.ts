/** The limits that QEMU checks when any PCI device is realized, after every property is set and before the host device is looked at. */
import { PropertyError } from './property-error.ts';
import type { PropertyValue } from './property-type.ts';

/** This value of `romsize` means: the size of the ROM. */
const romSizeUnset = 0xffffffff;

interface Limit {
  readonly property: string;
  isMet(value: PropertyValue): boolean;
  words(driver: string, value: PropertyValue): string;
}

/** In the order in which QEMU checks. */
const limits: readonly Limit[] = [
  {
    property: 'acpi-index',
    isMet: value => typeof value !== 'number' || value <= 16383,
    words: () => 'acpi-index should be less or equal to 16383',
  },
  {
    property: 'x-max-bounce-buffer-size',
    isMet: value => typeof value !== 'bigint' || value <= 0xffffffffn,
    words: (driver, value) => `Property ${driver}.x-max-bounce-buffer-size doesn't take value ${value} (maximum: 4294967295)`,
  },
  {
    property: 'romsize',
    isMet: value => typeof value !== 'number' || value === romSizeUnset || (value > 0 && Number.isInteger(Math.log2(value))),
    words: (_driver, value) => `ROM size ${value} is not a power of two`,
  },
];

/** Throws PropertyError (`property.value`) in QEMU's words for the first limit that is broken; a property not there breaks none. */
export function checkRealizeLimits(driver: string, properties: ReadonlyMap<string, { value: PropertyValue }>): void {
  for (const { property, isMet, words } of limits) {
    const value = properties.get(property)?.value ?? null;
    if (!isMet(value)) throw new PropertyError(words(driver, value), { code: 'property.value', property });
  }
}
