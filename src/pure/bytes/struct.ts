/** `struct()`: a C struct declared once as a value, its TypeScript type derived from it; x86-64 and AArch64 layout, little-endian only. */
import type { CType, FlexibleType, OverlayType } from './c-types.ts';

/** The fields of a struct under their C names, in C order. */
export type StructFields = Readonly<Record<string, CType>>;

type ValueOf<T> = T extends { get(view: DataView, at: number, end: number): infer V } ? V : never;
type InputOf<T> = T extends { set(view: DataView, at: number, value: infer I, path: string): void } ? I : never;
type Values<F extends StructFields> = { -readonly [K in keyof F]: ValueOf<F[K]> };
type Inputs<F extends StructFields> = { readonly [K in keyof F]?: InputOf<F[K]> | undefined };

/** Where a field lies: bytes from the start of its struct, and its `sizeof` (0 for a flexible array). */
export interface Field {
  readonly offset: number;
  readonly size: number;
  readonly type: CType;
}

/** A C struct: its layout, and the way between its bytes and its value. */
export interface Struct<F extends StructFields = StructFields> extends CType<Values<F>, Inputs<F>> {
  readonly kind: 'struct';
  readonly fields: { readonly [K in keyof F]: Field };
  /**
   * The value at byte `at`; u64 fields are bigint, a flexible array takes what its count says and the bytes hold.
   * @throws RangeError when too short
   */
  decode(bytes: Uint8Array, at?: number): Values<F>;
  /**
   * `sizeof` bytes, more with a flexible array; fields not given are 0.
   * @throws TypeError for unknown fields
   * @throws RangeError for values that do not fit
   */
  encode(value?: Inputs<F>): Uint8Array<ArrayBuffer>;
  /**
   * As `encode`, into `bytes` from `at` on.
   * @throws RangeError when too short
   */
  write(value: Inputs<F>, bytes: Uint8Array, at?: number): void;
}

/** The value type of a struct: `Decoded<typeof vfio_region_info>`. */
export type Decoded<S> = S extends Struct<infer F> ? Values<F> : never;
/** What `encode` takes: every field optional. */
export type Encodable<S> = S extends Struct<infer F> ? Inputs<F> : never;

const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to;

/** Offsets by the C rule: each field at the next multiple of its alignment, the whole a multiple of the largest one. */
function layOut(name: string, declared: StructFields): { fields: Map<string, Field>; size: number; align: number } {
  const fields = new Map<string, Field>();
  let end = 0;
  let align = 1;
  let closed = false;
  for (const [key, type] of Object.entries(declared)) {
    if (closed) throw new TypeError(`Cannot declare ${name}.${key}: a flexible array before it is the last field C allows`);
    if (isStruct(type) && Object.values(type.fields).some(field => isFlexible(field.type))) {
      throw new TypeError(`Cannot declare ${name}.${key}: ${type.name} ends in a flexible array and cannot be a field`);
    }
    let offset = roundUp(end, type.align);
    if (isOverlay(type)) {
      const below = fields.get(type.over);
      if (!below) throw new TypeError(`Cannot declare ${name}.${key}: overlays ${type.over}, which is not an earlier field`);
      offset = below.offset;
    }
    closed = isFlexible(type);
    end = Math.max(end, offset + type.size);
    align = Math.max(align, type.align);
    fields.set(key, { offset, size: type.size, type });
  }
  return { fields, size: roundUp(end, align), align };
}

/** Whether a declared type is a struct, as opposed to an integer or an array. */
export function isStruct(type: CType): type is Struct {
  return type.kind === 'struct';
}

/** Whether a declared type is a flexible array. */
export function isFlexible(type: CType): type is FlexibleType {
  return type.kind === 'flexible';
}

function isOverlay(type: CType): type is OverlayType {
  return type.kind === 'overlay';
}

/** Bytes that a flexible array takes. */
function extent(type: FlexibleType, values: unknown): number {
  return Array.isArray(values) || values instanceof Uint8Array ? values.length * type.element.size : 0;
}

function viewOf(bytes: Uint8Array, at: number, size: number, action: string): DataView {
  if (!Number.isInteger(at) || at < 0) throw new RangeError(`Cannot ${action} at ${at}: the offset is not a whole number from 0 on`);
  const left = Math.max(0, bytes.length - at);
  if (left < size) throw new RangeError(`Cannot ${action} at ${at}: ${left} bytes left, needs ${size}`);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

class StructType<F extends StructFields> implements Struct<F> {
  readonly kind = 'struct';
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly fields: { readonly [K in keyof F]: Field };
  readonly #entries: readonly (readonly [string, Field])[];

  constructor(name: string, declared: F) {
    const { fields, size, align } = layOut(name, declared);
    this.name = name;
    this.size = size;
    this.align = align;
    this.#entries = [...fields];
    this.fields = Object.freeze(Object.fromEntries(fields)) as { readonly [K in keyof F]: Field };
  }

  get(view: DataView, at: number, end: number): Values<F> {
    const value: Record<string, unknown> = {};
    for (const [key, { offset, type }] of this.#entries) {
      let stop = end;
      if (isFlexible(type) && type.count !== undefined) {
        stop = Math.min(end, at + offset + Number(value[type.count]) * type.element.size);
      }
      value[key] = type.get(view, at + offset, stop);
    }
    return value as Values<F>;
  }

  set(view: DataView, at: number, value: Inputs<F>, path: string): void {
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(this.fields, key)) throw new TypeError(`Cannot encode ${path}.${key}: ${this.name} has no such field`);
    }
    for (const [key, { offset, type }] of this.#entries) {
      const given = value[key];
      if (given === undefined) continue;
      if (isOverlay(type) && value[type.over] !== undefined && value[type.over] !== given) {
        throw new RangeError(`Cannot encode ${path}.${key}: it shares its bytes with ${type.over}, and the two values differ`);
      }
      type.set(view, at + offset, given, `${path}.${key}`);
    }
  }

  decode(bytes: Uint8Array, at = 0): Values<F> {
    const view = viewOf(bytes, at, this.size, `decode ${this.name}`);
    return this.get(view, at, bytes.length);
  }

  encode(value: Inputs<F> = {}): Uint8Array<ArrayBuffer> {
    const last = this.#entries.at(-1);
    const tail = last && isFlexible(last[1].type) ? last[1].offset + extent(last[1].type, value[last[0]]) : 0;
    const bytes = new Uint8Array(Math.max(this.size, tail));
    this.set(new DataView(bytes.buffer), 0, value, this.name);
    return bytes;
  }

  write(value: Inputs<F>, bytes: Uint8Array, at = 0): void {
    const encoded = this.encode(value);
    viewOf(bytes, at, encoded.length, `write ${this.name}`);
    bytes.set(encoded, at);
  }
}

/**
 * Declares `struct name { … }` with the C field names in C order; reserved and padding fields are declared as C does.
 * @throws TypeError for a layout C would refuse
 */
export function struct<const F extends StructFields>(name: string, fields: F): Struct<F> {
  return new StructType(name, fields);
}
