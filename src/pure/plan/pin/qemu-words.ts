/** Pins as words of QEMU's command line, for formats that hand some to it: -set for a device with an id, -global for others. */
import { type DefinedDevice, findValue, type VmDefinition } from '../definition.ts';
import type { Origin } from '../origin.ts';
import type { TextEdit } from './edits.ts';
import type { Pin } from './pins.ts';

/** A value that is there already; null where it stands in no text that can be edited. */
export function replacement({ span, file }: Origin, text: string, { value }: Pin): TextEdit | null {
  if (span === null) return null;
  const old = text.slice(span.start, span.end);
  const quote = /^(["']?).*\1$/s.exec(old)?.[1] ?? '';
  return { file, span, text: `${quote}${value}${quote}` };
}

/** Behind the last value of a -device at `origin`, in key=value or in JSON. */
export function insertion({ span, file }: Origin, text: string, { name, value, json }: Pin): TextEdit | null {
  if (span === null) return null;
  const { start, end } = span;
  const word = text.slice(start, end);
  const insert = (at: number, words: string): TextEdit => ({ file, span: { start: at, end: at }, text: words });
  if (word.startsWith('[')) return insert(end, `\n  ${name} = "${value}"`);
  // Words in quotes end behind them; what is added there is one word with them, as a shell has it.
  if (!/^['"]?\s*\\?\{/.test(word)) return insert(end, `,${name}=${value}`);
  const brace = word.lastIndexOf('}');
  // Where the quotes of JSON are the shell's, a backslash keeps them.
  const quote = word.includes('\\"') ? '\\"' : '"';
  const bare = json === 'boolean' ? String(value === 'on') : json === 'number' ? String(BigInt(value)) : null;
  return brace < 0 ? null : insert(start + brace, `,${quote}${name}${quote}:${bare ?? `${quote}${value}${quote}`}`);
}

/** A global for `vfio-pci` reaches its subclass too. */
const reaches = (driver: string, device: DefinedDevice): boolean =>
  `${device.driver}-pci`.startsWith(driver) || device.driver.startsWith(driver);

const NEVER = (_: DefinedDevice): boolean => false;

/** Whether -set can name it: of an id with a dot it would take the first part alone. */
export function isSettable({ id, functions }: DefinedDevice): boolean {
  return id !== null && functions === undefined && /^[A-Za-z][\w-]*$/.test(id);
}

/**
 * Whether `-global` sets the value of this pin and no other: each device of the driver has a value of its own, or is pinned to the same;
 * `isApart` says which get theirs, whatever it is, as their own.
 */
export function isGlobalSafe(pin: Pin, { devices }: VmDefinition, pins: readonly Pin[], isApart = NEVER): boolean {
  const { driver, name, value } = pin;
  if (driver === null || (pin.device !== null && findValue(pin.device.values, name) !== undefined)) return false;
  return (
    devices
      .filter(device => reaches(driver, device) && findValue(device.values, name) === undefined)
      // One that may be more functions than are known would give them the value too.
      .every(
        device =>
          device.functions === undefined &&
          pins.some(other => other.device === device && other.name === name && (other.value === value || isApart(device))),
      )
  );
}

/** The option that sets it, as its two words; null where there is none that sets this alone. */
export function settingWords(pin: Pin, definition: VmDefinition, pins: readonly Pin[], isApart = NEVER): readonly [string, string] | null {
  const { device, driver, name, value } = pin;
  if (device !== null && isSettable(device)) return ['-set', `device.${device.id}.${name}=${value}`];
  return isGlobalSafe(pin, definition, pins, isApart) ? ['-global', `${driver}.${name}=${value}`] : null;
}
