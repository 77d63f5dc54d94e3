/** Layouts: registers at offsets, declared once, decoded from bytes that may be partly unknown and encoded back. */
import { type BitFields, type BitRegister, bitRegister, type DecodedBits } from './bits.ts';
import { formatHexBytes, parseHexBytes } from './hex.ts';

/** Bytes with the knowledge which of them are known. A read outside of what is known gives `undefined`. */
export interface Source {
  /** `length` bytes at `at`, little-endian; undefined where one of them is not known or not there. */
  read(at: number, length: 1 | 2 | 4): number | undefined;
  /** The same where single bits of the bytes may be known; left out by a source that knows whole bytes alone. */
  readBits?(at: number, length: 1 | 2 | 4): KnownBits;
}

/** What is known of a register: `mask` has the bits that are, `value` what they are; its others are 0. */
export interface KnownBits {
  readonly mask: number;
  readonly value: number;
}

/** Looks at bytes relative to the start of a layout, for what depends on earlier registers. Unknown bits read as 0. */
export interface Peek {
  /** The byte at `at`, an offset in bytes from the start of the layout. */
  u8(at: number): number;
  /** The two bytes at `at`, an offset in bytes from the start of the layout; the low byte first. */
  u16(at: number): number;
  /** The four bytes at `at`, an offset in bytes from the start of the layout; the low byte first. */
  u32(at: number): number;
  /** In an element of a list: looks relative to the whole layout. */
  readonly parent: Peek | null;
}

/** A place that is fixed or computed from earlier registers. Offsets are bytes from the start of the layout. */
export type Place = number | ((peek: Peek) => number);

/** The state of decoding: the source, the absolute offset of the layout, and what was not known. */
export interface Decoding {
  readonly source: Source;
  readonly base: number;
  readonly peek: Peek;
  /** Relative offsets of registers whose bytes are unknown. */
  readonly missing: number[];
}

/** The state of encoding: bytes written so far and the highest byte that belongs to the layout. */
export interface Encoding {
  readonly bytes: Uint8Array;
  readonly base: number;
  readonly peek: Peek;
  readonly reached: { end: number };
}

/** Where a piece stands and what it is made of, for whoever writes single fields. */
export type PieceShape =
  | { readonly kind: 'register'; readonly at: Place; readonly length: 1 | 2 | 4 | 8; readonly fields: BitFields | null }
  | { readonly kind: 'list'; readonly at: Place; readonly stride: Place; readonly element: PieceShape | undefined }
  | { readonly kind: 'group'; readonly pieces: Pieces };

/** One piece of a layout. `decode` gives `undefined` where the piece is not there or not known. */
export interface Piece<T> {
  /** Reads the piece; never throws. */
  decode(from: Decoding): T | undefined;
  /**
   * Writes the piece.
   * @throws RangeError or TypeError for a value that does not fit
   */
  encode(to: Encoding, value: T): void;
  /** Left out by a piece that holds bytes without a meaning of their own. */
  readonly shape?: PieceShape | undefined;
}

/** The pieces of a layout by the names of their registers. */
export type Pieces = Readonly<Record<string, Piece<unknown>>>;
/** The value that each piece of a layout decodes to, by the same names. */
export type Fields<P extends Pieces> = { [K in keyof P]: P[K] extends Piece<infer T> ? T : never };

/** The most bytes a layout may span: a whole config space. */
const MOST = 4096;

function place(at: Place, peek: Peek): number {
  return typeof at === 'number' ? at : at(peek);
}

function sourcePeek(source: Source, base: number, parent: Peek | null): Peek {
  const look = (at: number, length: 1 | 2 | 4) => source.read(base + at, length) ?? source.readBits?.(base + at, length).value ?? 0;
  return { u8: at => look(at, 1), u16: at => look(at, 2), u32: at => look(at, 4), parent };
}

/** Bytes as a source; what lies outside of them is not known. */
export function bytesSource(bytes: Uint8Array): Source {
  return {
    read(at, length) {
      if (at < 0 || at + length > bytes.length) return undefined;
      let value = 0;
      for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
      return value;
    },
  };
}

function writeBytes(to: Encoding, at: number, length: number, value: number): void {
  const start = to.base + at;
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * length))
    throw new RangeError(`${value} does not fit in ${length} bytes at ${at}`);
  if (start < 0 || start + length > to.bytes.length) throw new RangeError(`register at ${at} lies outside of ${to.bytes.length} bytes`);
  for (let i = 0; i < length; i++) to.bytes[start + i] = Math.floor(value / 2 ** (8 * i)) & 0xff;
  to.reached.end = Math.max(to.reached.end, start + length);
}

function readNumber(from: Decoding, at: number, length: 1 | 2 | 4): number | undefined {
  const value = from.source.read(from.base + at, length);
  if (value === undefined) from.missing.push(at);
  return value;
}

function number(at: Place, length: 1 | 2 | 4): Piece<number> {
  return {
    decode: from => readNumber(from, place(at, from.peek), length),
    encode: (to, value) => writeBytes(to, place(at, to.peek), length, value),
    shape: { kind: 'register', at, length, fields: null },
  };
}

/** An unsigned number of one, two or four bytes, little-endian. */
export const u8 = (at: Place): Piece<number> => number(at, 1);
export const u16 = (at: Place): Piece<number> => number(at, 2);
export const u32 = (at: Place): Piece<number> => number(at, 4);

/** An unsigned number of eight bytes, low dword first. */
export function u64(at: Place): Piece<bigint> {
  return {
    decode(from) {
      const start = place(at, from.peek);
      const low = readNumber(from, start, 4);
      const high = readNumber(from, start + 4, 4);
      return low === undefined || high === undefined ? undefined : (BigInt(high) << 32n) | BigInt(low);
    },
    encode(to, value) {
      const start = place(at, to.peek);
      writeBytes(to, start, 4, Number(value & 0xffffffffn));
      writeBytes(to, start + 4, 4, Number(value >> 32n));
    },
    shape: { kind: 'register', at, length: 8, fields: null },
  };
}

const NO_BITS: KnownBits = { mask: 0, value: 0 };

/**
 * A register of which some bits are not known has the fields that are, and counts as missing unless those are all. It is made when it is
 * first read or written: a start declares hundreds, and uses few.
 */
function register<F extends BitFields>(at: Place, length: 1 | 2 | 4, fields: F): Piece<DecodedBits<F>> {
  let made: BitRegister<F> | null = null;
  const bits = (): BitRegister<F> => {
    made ??= bitRegister(8 * length, fields);
    return made;
  };
  return {
    decode(from) {
      const start = place(at, from.peek);
      const raw = from.source.read(from.base + start, length);
      if (raw !== undefined) return bits().decode(raw);
      const { value, isComplete } = bits().decodeKnown(from.source.readBits?.(from.base + start, length) ?? NO_BITS);
      if (!isComplete) from.missing.push(start);
      return value;
    },
    encode: (to, value) => writeBytes(to, place(at, to.peek), length, bits().encode(value)),
    shape: { kind: 'register', at, length, fields },
  };
}

/** A register of bit fields, one, two or four bytes wide. */
export const reg8 = <F extends BitFields>(at: Place, fields: F): Piece<DecodedBits<F>> => register(at, 1, fields);
export const reg16 = <F extends BitFields>(at: Place, fields: F): Piece<DecodedBits<F>> => register(at, 2, fields);
export const reg32 = <F extends BitFields>(at: Place, fields: F): Piece<DecodedBits<F>> => register(at, 4, fields);

/** `length` bytes as hexadecimal text. Bytes that are not known end the text early and are noted as missing. */
export function raw(at: Place, length: Place): Piece<string> {
  return {
    decode(from) {
      const start = place(at, from.peek);
      const wanted = Math.min(Math.max(place(length, from.peek), 0), MOST);
      const bytes = new Uint8Array(wanted);
      for (let i = 0; i < wanted; i++) {
        const byte = readNumber(from, start + i, 1);
        if (byte === undefined) return formatHexBytes(bytes.subarray(0, i));
        bytes[i] = byte;
      }
      return formatHexBytes(bytes);
    },
    encode(to, value) {
      const start = place(at, to.peek);
      parseHexBytes(value).forEach((byte, i) => {
        writeBytes(to, start + i, 1, byte);
      });
    },
  };
}

/** Reserved bytes: hexadecimal text where one of them is not zero, absent (the usual case) where all are. */
export function reserved(at: Place, length: Place): Piece<string | undefined> {
  const inner = raw(at, length);
  return {
    decode(from) {
      const text = inner.decode(from);
      return text === undefined || /^0*$/.test(text) ? undefined : text;
    },
    encode(to, value) {
      const end = place(at, to.peek) + place(length, to.peek);
      if (end > place(at, to.peek)) writeBytes(to, end - 1, 1, to.bytes[to.base + end - 1] ?? 0);
      if (value !== undefined) inner.encode(to, value);
    },
  };
}

/** A piece that is there only where `holds` says so. */
export function when<T>(holds: (peek: Peek) => boolean, piece: Piece<T>): Piece<T | undefined> {
  return {
    decode: from => (holds(from.peek) ? piece.decode(from) : undefined),
    encode(to, value) {
      if (value !== undefined && holds(to.peek)) piece.encode(to, value);
    },
    shape: piece.shape,
  };
}

/**
 * A piece that is there only where the rest of the source says so: `holds` reads at absolute offsets, outside of the layout too.
 * Encoding has no such source: it writes what it is given.
 */
export function whenSource<T>(holds: (source: Source) => boolean, piece: Piece<T>): Piece<T | undefined> {
  return {
    decode: from => (holds(from.source) ? piece.decode(from) : undefined),
    encode(to, value) {
      if (value !== undefined) piece.encode(to, value);
    },
    shape: piece.shape,
  };
}

/**
 * A piece at the tail that a strange length may let run past the end of a config space. What would lie there does not exist, so it is
 * not missing; bytes inside that are unknown are.
 */
export function withinSpace<T>(piece: Piece<T>): Piece<T> {
  return {
    decode(from) {
      const missing: number[] = [];
      const value = piece.decode({ ...from, missing });
      from.missing.push(...missing.filter(at => from.base + at < MOST));
      return value;
    },
    encode: (to, value) => piece.encode(to, value),
    shape: piece.shape,
  };
}

/** Several pieces under one name, at offsets of the enclosing layout. */
export function group<P extends Pieces>(pieces: P): Piece<Fields<P>> {
  let listed: readonly (readonly [name: string, piece: Piece<unknown>])[] | null = null;
  const entries = () => {
    listed ??= Object.entries(pieces);
    return listed;
  };
  return {
    decode(from) {
      const value: Record<string, unknown> = {};
      for (const [name, piece] of entries()) {
        const part = piece.decode(from);
        if (part !== undefined) value[name] = part;
      }
      return value as Fields<P>;
    },
    encode(to, value) {
      const given: Readonly<Record<string, unknown>> = value;
      for (const [name, piece] of entries()) encodePart(to, name, piece, given[name]);
    },
    shape: { kind: 'group', pieces },
  };
}

/** Encodes absent pieces too: a reserved range counts towards the length though it holds nothing. */
function encodePart(to: Encoding, name: string, piece: Piece<unknown>, value: unknown): void {
  try {
    piece.encode(to, value);
  } catch (error) {
    if (value === undefined) throw new TypeError(`field ${name} is missing`);
    throw error;
  }
}

/** `count` equal elements, `stride` bytes apart; offsets inside an element count from its own start. Ends at the first unknown element. */
export function list<T>(at: Place, stride: Place, count: (peek: Peek) => number, element: Piece<T>): Piece<T[]> {
  return {
    decode(from) {
      const start = place(at, from.peek);
      const step = place(stride, from.peek);
      const wanted = step > 0 ? Math.min(count(from.peek), Math.ceil(MOST / step)) : 0;
      const values: T[] = [];
      for (let i = 0; i < wanted; i++) {
        const base = from.base + start + i * step;
        const missing: number[] = [];
        const value = element.decode({ source: from.source, base, peek: sourcePeek(from.source, base, from.peek), missing });
        if (value === undefined || missing.length > 0) {
          from.missing.push(start + i * step);
          break;
        }
        values.push(value);
      }
      return values;
    },
    encode(to, values) {
      const start = place(at, to.peek);
      const step = place(stride, to.peek);
      values.forEach((value, i) => {
        const base = to.base + start + i * step;
        element.encode({ ...to, base, peek: sourcePeek(bytesSource(to.bytes), base, to.peek) }, value);
      });
    },
    shape: { kind: 'list', at, stride, element: element.shape },
  };
}

/**
 * Elements of different sizes, one behind the other; `size` looks at an element and says its bytes, which its pieces must cover.
 * Offsets inside an element count from its own start. Ends at the first unknown element and at one of no size.
 */
export function sequence<T>(at: Place, count: (peek: Peek) => number, size: (peek: Peek) => number, element: Piece<T>): Piece<T[]> {
  return {
    decode(from) {
      let start = place(at, from.peek);
      const wanted = Math.min(count(from.peek), MOST);
      const values: T[] = [];
      while (values.length < wanted) {
        const base = from.base + start;
        const missing: number[] = [];
        const peek = sourcePeek(from.source, base, from.peek);
        const value = element.decode({ source: from.source, base, peek, missing });
        if (value === undefined || missing.length > 0) {
          from.missing.push(start);
          break;
        }
        const step = size(peek);
        if (step <= 0) break;
        values.push(value);
        start += step;
      }
      return values;
    },
    encode(to, values) {
      let start = place(at, to.peek);
      for (const value of values) {
        const base = to.base + start;
        const peek = sourcePeek(bytesSource(to.bytes), base, to.peek);
        element.encode({ ...to, base, peek }, value);
        start += size(peek);
      }
    },
  };
}

/** What a layout reads from a config space that may have unknown bytes. */
export interface DecodedLayout<P extends Pieces> {
  /** Registers by name; one whose bytes are not known is absent, one of which some bits are known has those fields alone. */
  readonly fields: Partial<Fields<P>>;
  /** Offsets, relative to the layout, of what was not known. Empty where `fields` is complete. */
  readonly missing: readonly number[];
}

/** Registers at offsets. `decode` never throws on any bytes; `encode` throws RangeError or TypeError for a value that does not fit. */
export interface Layout<P extends Pieces> {
  readonly pieces: P;
  /** The registers of the layout that begins at byte `base` of `source`. */
  decode(source: Source, base: number): DecodedLayout<P>;
  /** Bytes from the layout's start to the end of its last register. `prefix` is what stands before the first one (a header). */
  encode(fields: Fields<P>, prefix?: Uint8Array): Uint8Array;
}

/** Declares a layout. Pieces are decoded and encoded in the order in which they are written. */
export function layout<P extends Pieces>(pieces: P): Layout<P> {
  const all = group(pieces);
  return {
    pieces,
    decode(source, base) {
      const missing: number[] = [];
      const fields = all.decode({ source, base, peek: sourcePeek(source, base, null), missing }) ?? {};
      return { fields: fields as Partial<Fields<P>>, missing };
    },
    encode(fields, prefix = new Uint8Array(0)) {
      const bytes = new Uint8Array(MOST);
      bytes.set(prefix);
      const reached = { end: prefix.length };
      all.encode({ bytes, base: 0, peek: sourcePeek(bytesSource(bytes), 0, null), reached }, fields);
      return bytes.slice(0, reached.end);
    },
  };
}
