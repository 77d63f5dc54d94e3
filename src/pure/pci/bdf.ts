/** The address of a PCI function: domain, bus, device, function (PCI Firmware 3.3 §4.1 calls the domain a segment group). */

import { formatHex, hexDigit, hexDigits } from '../bytes/hex.ts';
import { quote } from '../text/shorten.ts';

/** A text that is no address of a PCI function. */
export class BdfError extends Error {
  override readonly name = 'BdfError';
  /** The text as it was given. */
  readonly text: string;

  constructor(text: string) {
    super(`not a PCI address: ${quote(text)}: wanted DDDD:BB:DD.F, such as 0000:3b:00.1`);
    this.text = text;
  }
}

/** Domain of 4 to 8 digits (Linux gives VMD and Hyper-V devices five and more), bus, device 00 to 1f, function 0 to 7. */
const ADDRESS = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/i;

function check(part: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new RangeError(`PCI ${part} ${value} is out of range: wanted 0 to ${formatHex(most)}`);
}

/** An address that is valid by construction. Immutable; compare with `equals` or by `text`. */
export class Bdf {
  readonly domain: number;
  readonly bus: number;
  readonly device: number;
  readonly function: number;

  /** @throws RangeError for a number outside of its range */
  constructor(domain: number, bus: number, device: number, fn: number) {
    this.domain = check('domain', domain, 0xffffffff);
    this.bus = check('bus', bus, 0xff);
    this.device = check('device', device, 0x1f);
    this.function = check('function', fn, 7);
    Object.freeze(this);
  }

  /**
   * An address as people and sysfs write it: `0000:3b:00.1`, `3b:00.1` (domain 0), upper case, or a path that ends in one
   * (`/sys/bus/pci/devices/0000:3b:00.1`).
   * @throws BdfError for anything else
   */
  static parse(text: string): Bdf {
    const last = text.startsWith('/') ? text.slice(text.replace(/\/+$/, '').lastIndexOf('/') + 1).replace(/\/+$/, '') : text;
    const parts = ADDRESS.exec(last);
    if (parts === null) throw new BdfError(text);
    const [, domain = '0', bus = '', device = '', fn = ''] = parts;
    return new Bdf(Number.parseInt(domain, 16), Number.parseInt(bus, 16), Number.parseInt(device, 16), hexDigit(fn.charCodeAt(0)));
  }

  /**
   * The address that `number` gives for `packed`.
   * @throws RangeError for anything but an integer of 48 bits
   */
  static unpack(packed: number): Bdf {
    if (!Number.isInteger(packed) || packed < 0 || packed >= 2 ** 48) {
      throw new RangeError(`packed PCI address ${packed} is out of range: wanted an integer of 48 bits`);
    }
    const routing = packed % 0x10000;
    return new Bdf(Math.floor(packed / 0x10000), routing >> 8, (routing >> 3) & 0x1f, routing & 7);
  }

  /** One number that orders as the address does: domain [47:16], routing ID [15:0]. */
  get number(): number {
    return this.domain * 0x10000 + this.routingId;
  }

  /** Bus, device and function as they stand in a TLP's Requester ID (PCIe 6.0 §2.2.6.2). */
  get routingId(): number {
    return (this.bus << 8) | (this.device << 3) | this.function;
  }

  /** `DDDD:BB:DD.F`, lower case, with the domain, as sysfs names the device. */
  get text(): string {
    return `${hexDigits(this.domain, 4)}:${this.shortText}`;
  }

  /** `BB:DD.F`, without the domain. */
  get shortText(): string {
    return `${hexDigits(this.bus, 2)}:${hexDigits(this.device, 2)}.${this.function}`;
  }

  /** Whether both are the same function, domain included. */
  equals(other: Bdf): boolean {
    return this.number === other.number;
  }

  /** Negative, zero or positive, for `Array.prototype.sort`. */
  compare(other: Bdf): number {
    return this.number - other.number;
  }

  /** The same as `text`. */
  toString(): string {
    return this.text;
  }

  /** The same as `text`, for `JSON.stringify`. */
  toJSON(): string {
    return this.text;
  }
}
