/** The C types that struct fields are made of: integers, fixed and flexible arrays, byte blocks, anonymous unions; little-endian. */

/** A C type: `V` is the value it decodes to, `I` what it encodes from. Methods check values, `struct()` checks lengths. */
export interface CType<V = unknown, I = V> {
  /** C spelling, for error words: `u32`, `u8[3]`, `vfio_info_cap_header`. */
  readonly name: string;
  readonly size: number;
  readonly align: number;
  /** Marks types that `struct()` treats specially. */
  readonly kind?: 'struct' | 'flexible' | 'overlay';
  /** The value at byte `at` of `view`; only a flexible array looks at `end`, the offset that it may not read past. */
  get(view: DataView, at: number, end: number): V;
  /** Writes at byte `at`; `path` names the field in errors. */
  set(view: DataView, at: number, value: I, path: string): void;
}

/** An integer of 1 to 8 bytes at its natural alignment. */
export interface IntegerType<V extends number | bigint> extends CType<V> {
  readonly min: V;
  readonly max: V;
}

function checkRange<V extends number | bigint>(value: V, type: IntegerType<V>, path: string): void {
  const whole = typeof value === typeof type.min && (typeof value === 'bigint' || Number.isInteger(value));
  if (!whole) throw new TypeError(`Cannot encode ${path}: ${value} is no ${typeof type.min === 'bigint' ? 'bigint' : 'whole number'}`);
  if (value < type.min || value > type.max) {
    throw new RangeError(`Cannot encode ${path}: ${value} does not fit ${type.name} (${type.min} to ${type.max})`);
  }
}

type Reader<V> = (view: DataView, at: number) => V;
type Writer<V> = (view: DataView, at: number, value: V) => void;

function integer(name: string, get: Reader<number>, put: Writer<number>): IntegerType<number> {
  const bits = Number(name.slice(1));
  const signed = name.startsWith('s');
  const type: IntegerType<number> = {
    name,
    size: bits / 8,
    align: bits / 8,
    min: signed ? -(2 ** (bits - 1)) : 0,
    max: signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1,
    get,
    set(view, at, value, path) {
      checkRange(value, type, path);
      put(view, at, value);
    },
  };
  return type;
}

function integer64(name: string, get: Reader<bigint>, put: Writer<bigint>): IntegerType<bigint> {
  const signed = name.startsWith('s');
  const type: IntegerType<bigint> = {
    name,
    size: 8,
    align: 8,
    min: signed ? -(1n << 63n) : 0n,
    max: signed ? (1n << 63n) - 1n : (1n << 64n) - 1n,
    get,
    set(view, at, value, path) {
      checkRange(value, type, path);
      put(view, at, value);
    },
  };
  return type;
}

/** An unsigned byte. */
// biome-ignore format: one integer type a line
export const u8 = integer('u8', (view, at) => view.getUint8(at), (view, at, value) => view.setUint8(at, value));
/** An unsigned integer of 16 bits, little-endian. */
// biome-ignore format: as above
export const u16 = integer('u16', (view, at) => view.getUint16(at, true), (view, at, value) => view.setUint16(at, value, true));
/** An unsigned integer of 32 bits, little-endian. */
// biome-ignore format: as above
export const u32 = integer('u32', (view, at) => view.getUint32(at, true), (view, at, value) => view.setUint32(at, value, true));
/** A signed integer of 32 bits, little-endian. */
// biome-ignore format: as above
export const s32 = integer('s32', (view, at) => view.getInt32(at, true), (view, at, value) => view.setInt32(at, value, true));
/** An unsigned integer of 64 bits, little-endian; its value is a bigint. */
// biome-ignore format: as above
export const u64 = integer64('u64', (view, at) => view.getBigUint64(at, true), (view, at, value) => view.setBigUint64(at, value, true));
/** A signed integer of 64 bits, little-endian; its value is a bigint. */
// biome-ignore format: as above
export const s64 = integer64('s64', (view, at) => view.getBigInt64(at, true), (view, at, value) => view.setBigInt64(at, value, true));
/** `__aligned_u64`: at a multiple of 8 on every architecture, which is what `u64` already does here. */
export const aligned_u64 = u64;
/** A user pointer of a 64-bit process. */
export const pointer = u64;

function setAll<V, I>(view: DataView, at: number, list: { element: CType<V, I>; values: readonly I[]; path: string }): void {
  for (const [i, value] of list.values.entries()) list.element.set(view, at + i * list.element.size, value, `${list.path}[${i}]`);
}

function getAll<V, I>(view: DataView, at: number, element: CType<V, I>, count: number): V[] {
  return Array.from({ length: count }, (_, i) => element.get(view, at + i * element.size, 0));
}

/** `element name[count]`; encodes from exactly `count` values. */
export function array<V, I>(element: CType<V, I>, count: number): CType<V[], readonly I[]> {
  return {
    name: `${element.name}[${count}]`,
    size: element.size * count,
    align: element.align,
    get: (view, at) => getAll(view, at, element, count),
    set(view, at, values, path) {
      if (values.length !== count) throw new RangeError(`Cannot encode ${path}: ${values.length} values, needs ${count}`);
      setAll(view, at, { element, values, path });
    },
  };
}

/** `u8 name[count]` as bytes; decodes to a copy, encodes from exactly `count` bytes. */
export function bytes(count: number): CType<Uint8Array> {
  return {
    name: `u8[${count}]`,
    size: count,
    align: 1,
    get: (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, count).slice(),
    set(view, at, value, path) {
      if (value.length !== count) throw new RangeError(`Cannot encode ${path}: ${value.length} bytes, needs ${count}`);
      new Uint8Array(view.buffer, view.byteOffset + at, count).set(value);
    },
  };
}

/** A flexible array member: `sizeof` 0, last in its struct. */
export interface FlexibleType<V = unknown, I = V> extends CType<V, I> {
  readonly kind: 'flexible';
  readonly element: CType;
  /** The field that holds the number of elements. */
  readonly count: string | undefined;
}

/**
 * `element name[]`. Decodes as many whole elements as the field `count` says and the bytes hold (a kernel may say more than it
 * had room for), or, without `count`, all that the bytes hold. Encoding does not fill in the count.
 */
export function flexible<V, I>(element: CType<V, I>, count?: string): FlexibleType<V[], readonly I[]> {
  return {
    kind: 'flexible',
    name: `${element.name}[]`,
    size: 0,
    align: element.align,
    element,
    count,
    get: (view, at, end) => getAll(view, at, element, Math.max(0, Math.floor((end - at) / element.size))),
    set: (view, at, values, path) => setAll(view, at, { element, values, path }),
  };
}

/** `u8 name[]` as bytes: a copy of all that follows, or of the number that the field `count` says. */
export function flexibleBytes(count?: string): FlexibleType<Uint8Array> {
  return {
    kind: 'flexible',
    name: 'u8[]',
    size: 0,
    align: 1,
    element: u8,
    count,
    get: (view, at, end) => new Uint8Array(view.buffer, view.byteOffset + at, Math.max(0, end - at)).slice(),
    set: (view, at, value) => new Uint8Array(view.buffer, view.byteOffset + at, value.length).set(value),
  };
}

/** A second name for the bytes of an earlier field: a member of an anonymous C union. */
export interface OverlayType<V = unknown> extends CType<V> {
  readonly kind: 'overlay';
  readonly over: string;
}

/** `union { u32 first; u32 second; };` is `first: u32, second: overlay(u32, 'first')`. Encoding takes either name, or both when equal. */
export function overlay<V extends number | bigint>(type: IntegerType<V>, over: string): OverlayType<V> {
  return { ...type, kind: 'overlay', over };
}
