/** The two spellings of a setting on a command line: `NAME=VALUE` for the device, `DRIVER.NAME=VALUE` for every device of a driver. */
import { PropertyError } from './property-error.ts';

/** `NAME=VALUE`, taken apart; the value is still text. */
export interface PropertyAssignment {
  readonly name: string;
  readonly value: string;
  /** Where somebody wrote it, for people: `vm.xml:12:7`; left out where nobody asks. */
  readonly from?: string;
}

/** `DRIVER.NAME=VALUE`, taken apart; the value is still text. */
export interface GlobalAssignment extends PropertyAssignment {
  readonly driver: string;
}

/**
 * Splits `NAME=VALUE` at the first `=`; the value may hold anything.
 * @throws PropertyError (`property.syntax`) for anything else
 */
export function parsePropertyAssignment(text: string): PropertyAssignment {
  const at = text.indexOf('=');
  if (at <= 0) throw new PropertyError(`expected NAME=VALUE, got "${text}"`, { code: 'property.syntax', property: '' });
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

/**
 * Splits `DRIVER.NAME=VALUE` as QEMU's -global does: at the first dot, then at the first `=`.
 * @throws PropertyError (`property.syntax`) for anything else
 */
export function parseGlobalAssignment(text: string): GlobalAssignment {
  // QEMU holds the driver and the name in 64 bytes each.
  const match = /^([^.=]{1,63})\.([^=]{1,63})=(.*)$/s.exec(text);
  if (match) {
    const [, driver = '', name = '', value = ''] = match;
    return { driver, name, value };
  }
  const words = text === '' ? "options 'driver', 'property', and 'value' are required" : `Invalid parameter '${text.split(/[=,]/)[0]}'`;
  throw new PropertyError(words, { code: 'property.syntax', property: '' });
}
