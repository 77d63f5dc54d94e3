/** A property type: parses the spellings of the VMM's command line, and gives the text of a decoded value. */
import { PropertyError } from './property-error.ts';

/** The three words of QEMU's `OnOffAuto`. */
export type OnOffAuto = 'on' | 'off' | 'auto';

/** A decoded value: `bigint` for `size` and `uint64`, `number` for the narrower integers, null where nothing is set. */
export type PropertyValue = boolean | number | bigint | string | null;

/** Parses the spellings that a VMM takes on its command line, and formats values. */
export interface PropertyType {
  /** QEMU's name of the type (`OnOffAuto`, `uint16`), or ours where QEMU says only `str` (`PciHostAddress`). */
  readonly name: string;
  /** The values in words, as they stand after "takes": `auto, on or off`, `a whole number from 0 to 255`. */
  readonly takes: string;
  /** Each value, in the spelling that QEMU's help has, where they are a few words; what a shell offers. */
  readonly words?: readonly string[];
  /**
   * Decodes what stands after `NAME=`. Throws PropertyError with the VMM's words; `driver` (default `vfio-pci`) is the
   * device that the words name.
   */
  parse(text: string, property: string, driver?: string): PropertyValue;
  /** The value as an option spells it; empty for null. */
  format(value: PropertyValue): string;
}

/** The error of the types that QEMU parses from a number or a list of words: `Parameter 'ats' does not accept value 'maybe'`. */
export function parameterError(property: string, complaint: string, nearest: readonly string[] = []): PropertyError {
  return new PropertyError(`Parameter '${property}' ${complaint}`, { code: 'property.value', property, nearest });
}

/** The error of the types that have a parser of their own (addresses, UUID); its message names the driver too. */
export function doesNotTakeValue(driver: string, property: string, text: string): PropertyError {
  return new PropertyError(`Property '${driver}.${property}' doesn't take value '${text}'`, { code: 'property.value', property });
}
