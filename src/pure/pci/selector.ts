/** Which functions are meant: the filters of lspci's options -s and -d (lspci(8)), and addresses as people type them. */

import { hexDigits } from '../bytes/hex.ts';
import { quote } from '../text/shorten.ts';
import { Bdf } from './bdf.ts';

/** A text that is no filter. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

/** Parts of an address; null for any value. */
export interface SlotSelector {
  readonly domain: number | null;
  readonly bus: number | null;
  readonly device: number | null;
  readonly function: number | null;
}

/** Ids of a function; null for any value. */
export interface IdSelector {
  readonly vendorId: number | null;
  readonly deviceId: number | null;
  /** Base class and subclass, and which of their bits count. */
  readonly class: { readonly value: number; readonly mask: number } | null;
  readonly programmingInterface: number | null;
}

/** What a filter of ids is held against. */
export interface FunctionIds {
  readonly vendorId: number;
  readonly deviceId: number;
  /** Base class, subclass and programming interface, 24 bits. */
  readonly classCode: number;
}

/** A number in hex, with or without `0x`; null where it is left out or a star. */
function parsePart(text: string, most: number, what: string): number | null {
  if (text === '' || text === '*') return null;
  const value = /^(?:0x)?[0-9a-f]+$/i.test(text) ? Number.parseInt(text, 16) : Number.NaN;
  if (value <= most) return value;
  throw new SelectorError(`${what} ${quote(text)} is none: wanted 0 to ${hexDigits(most)} in hex, or * for any`);
}

/**
 * `[[[[DOMAIN]:]BUS]:][DEVICE][.[FUNCTION]]`, each in hex, left out or a star for any: `3b:00.1`, `2.0`, `0:`, `.1`. Throws
 * SelectorError.
 */
export function parseSlotSelector(text: string): SlotSelector {
  const fields = text.split(':');
  const [last = ''] = fields.splice(-1);
  if (fields.length > 2) throw new SelectorError(`${quote(text)} has too many colons: wanted [[DOMAIN:]BUS:]DEVICE.FUNCTION`);
  const dot = last.indexOf('.');
  const [device, fn] = dot < 0 ? [last, ''] : [last.slice(0, dot), last.slice(dot + 1)];
  const [bus = '', domain = ''] = fields.reverse();
  return {
    domain: parsePart(domain, 0xffffffff, 'domain'),
    bus: parsePart(bus, 0xff, 'bus'),
    device: parsePart(device, 0x1f, 'device'),
    function: parsePart(fn, 7, 'function'),
  };
}

export function matchesSlot(selector: SlotSelector, bdf: Bdf): boolean {
  const fits = (wanted: number | null, value: number): boolean => wanted === null || wanted === value;
  return (
    fits(selector.domain, bdf.domain) &&
    fits(selector.bus, bdf.bus) &&
    fits(selector.device, bdf.device) &&
    fits(selector.function, bdf.function)
  );
}

/** The selector of one function. */
export function selectorOf({ domain, bus, device, function: fn }: Bdf): SlotSelector {
  return { domain, bus, device, function: fn };
}

/** Up to four digits, where an `x` is any digit. */
function parseClass(text: string): IdSelector['class'] {
  if (text === '' || text === '*') return null;
  if (!/^[0-9a-fx]{1,4}$/i.test(text)) {
    throw new SelectorError(`class ${quote(text)} is none: wanted up to 4 hexadecimal digits, x for any digit, or * for any class`);
  }
  const digits = text.toLowerCase().padStart(4, '0');
  return {
    value: Number.parseInt(digits.replaceAll('x', '0'), 16),
    mask: Number.parseInt(digits.replace(/[^x]/g, 'f').replaceAll('x', '0'), 16),
  };
}

/** `[VENDOR]:[DEVICE][:CLASS[:INTERFACE]]`, each in hex, left out or a star for any. Throws SelectorError. */
export function parseIdSelector(text: string): IdSelector {
  const [vendor = '', device, cls = '', interface_ = '', extra] = text.split(':');
  if (device === undefined || extra !== undefined) {
    throw new SelectorError(`${quote(text)} names no ids: wanted VENDOR:DEVICE or VENDOR:DEVICE:CLASS in hex, such as 10de:`);
  }
  return {
    vendorId: parsePart(vendor, 0xffff, 'vendor'),
    deviceId: parsePart(device, 0xffff, 'device'),
    class: parseClass(cls),
    programmingInterface: parsePart(interface_, 0xff, 'programming interface'),
  };
}

export function matchesIds(selector: IdSelector, { vendorId, deviceId, classCode }: FunctionIds): boolean {
  const { class: cls, programmingInterface } = selector;
  return (
    (selector.vendorId === null || selector.vendorId === vendorId) &&
    (selector.deviceId === null || selector.deviceId === deviceId) &&
    (cls === null || ((classCode >>> 8) & cls.mask) === cls.value) &&
    (programmingInterface === null || programmingInterface === (classCode & 0xff))
  );
}

const TYPED = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([01]?[0-9a-f])\.([0-7])$/i;
/** The name that libvirt gives a function as a node device. */
const LIBVIRT = /^pci_([0-9a-f]{4,8})_([0-9a-f]{2})_([01][0-9a-f])_([0-7])$/i;

/**
 * The one function that a text means without doubt: `0000:3b:00.1`, `3b:0.1` (domain 0), `pci_0000_3b_00_1`, a path of sysfs that
 * ends in an address; null for any other text.
 */
export function parseTypedAddress(text: string): Bdf | null {
  const last = text.startsWith('/') ? text.replace(/\/+$/, '').replace(/^.*\//s, '') : text;
  const [, domain = '0', bus, device, fn] = TYPED.exec(last) ?? LIBVIRT.exec(last) ?? [];
  if (bus === undefined || device === undefined || fn === undefined) return null;
  return new Bdf(Number.parseInt(domain, 16), Number.parseInt(bus, 16), Number.parseInt(device, 16), Number(fn));
}
