/** Names from the text of a pci.ids file: vendors, devices, subsystems, classes. Nothing but an index of vendors is built. */
import { hexDigit } from '../bytes/hex.ts';
import { type ClassNames, nameClass } from './class-names.ts';

/** Where names come from; null where a source has none. */
export interface DeviceNames {
  /** Name of the vendor; null where there is none. */
  vendor(vendorId: number): string | null;
  /** Name of the device; null where there is none. */
  device(vendorId: number, deviceId: number): string | null;
  /** Name of the board that carries the device. */
  subsystem(vendorId: number, deviceId: number, subsystemVendorId: number, subsystemId: number): string | null;
  /** Names of a 24-bit class code. */
  classNames(classCode: number): ClassNames;
}

/** Names without any pci.ids file: only classes have one. */
export const BUILT_IN_NAMES: DeviceNames = {
  vendor: () => null,
  device: () => null,
  subsystem: () => null,
  classNames: nameClass,
};

const TAB = 9;
const NEWLINE = 10;
const SPACE = 32;
const HASH = 35;
const CLASS = 67;
const NONE = -1;

/**
 * Names from the text of a pci.ids file. Lines that are not in its format are passed over, so that a newer section does no harm;
 * names that the file lacks fall back on the built-in class names. Each look-up scans one vendor's lines.
 */
export function parsePciIds(text: string): DeviceNames {
  const vendors = new Map<number, number>();
  const classes = new Map<number, number>();
  let at = 0;
  while (at < text.length) {
    const first = text.charCodeAt(at);
    if (first !== TAB && first !== HASH) {
      const vendorId = hexField(text, at, 4);
      if (vendorId !== NONE) vendors.set(vendorId, at);
      else if (first === CLASS && text.charCodeAt(at + 1) === SPACE) classes.set(hexField(text, at + 2, 2), at + 2);
    }
    at = nextLine(text, at);
  }
  return new PciIds(text, vendors, classes);
}

class PciIds implements DeviceNames {
  readonly #text: string;
  readonly #vendors: ReadonlyMap<number, number>;
  readonly #classes: ReadonlyMap<number, number>;

  constructor(text: string, vendors: ReadonlyMap<number, number>, classes: ReadonlyMap<number, number>) {
    this.#text = text;
    this.#vendors = vendors;
    this.#classes = classes;
  }

  vendor(vendorId: number): string | null {
    return nameAfter(this.#text, this.#vendors.get(vendorId) ?? NONE, 4);
  }

  device(vendorId: number, deviceId: number): string | null {
    return nameAfter(this.#text, this.#findDevice(vendorId, deviceId), 4);
  }

  subsystem(vendorId: number, deviceId: number, subsystemVendorId: number, subsystemId: number): string | null {
    let at = findChild(this.#text, this.#findDevice(vendorId, deviceId), subsystemVendorId, 4, 2);
    // Several boards of one vendor stand in lines of their own, each beginning with the vendor.
    while (at !== NONE && hexField(this.#text, at + 5, 4) !== subsystemId) at = findChild(this.#text, at, subsystemVendorId, 4, 2);
    return nameAfter(this.#text, at, 9);
  }

  classNames(classCode: number): ClassNames {
    const base = this.#classes.get(classCode >>> 16) ?? NONE;
    const subclass = findChild(this.#text, base, (classCode >>> 8) & 0xff, 2, 1);
    const programmingInterface = findChild(this.#text, subclass, classCode & 0xff, 2, 2);
    const known = nameClass(classCode);
    return {
      baseClass: nameAfter(this.#text, base, 2) ?? known.baseClass,
      subclass: nameAfter(this.#text, subclass, 2) ?? known.subclass,
      programmingInterface: nameAfter(this.#text, programmingInterface, 2) ?? known.programmingInterface,
    };
  }

  #findDevice(vendorId: number, deviceId: number): number {
    return findChild(this.#text, this.#vendors.get(vendorId) ?? NONE, deviceId, 4, 1);
  }
}

/** The number that `digits` hexadecimal digits at `at` make, followed by a space; NONE where they do not. */
function hexField(text: string, at: number, digits: number): number {
  let value = 0;
  for (let i = 0; i < digits; i++) {
    const digit = hexDigit(text.charCodeAt(at + i));
    if (digit < 0) return NONE;
    value = value * 16 + digit;
  }
  return text.charCodeAt(at + digits) === SPACE ? value : NONE;
}

function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === NONE ? text.length : end + 1;
}

/** The place of the ID in the first line below `from` that begins with `depth` tabs and `id`; NONE where the parent's lines end before. */
function findChild(text: string, from: number, id: number, digits: number, depth: number): number {
  if (from === NONE) return NONE;
  for (let at = nextLine(text, from); at < text.length; at = nextLine(text, at)) {
    const first = text.charCodeAt(at);
    if (first === HASH || first === NEWLINE) continue;
    let tabs = 0;
    while (tabs < depth && text.charCodeAt(at + tabs) === TAB) tabs++;
    if (tabs < depth) return NONE;
    if (hexField(text, at + depth, digits) === id) return at + depth;
  }
  return NONE;
}

/** The rest of the line behind an ID of `length` characters and the spaces after it. */
function nameAfter(text: string, at: number, length: number): string | null {
  if (at === NONE) return null;
  const end = text.indexOf('\n', at);
  return text.slice(at + length, end === NONE ? text.length : end).trim();
}
