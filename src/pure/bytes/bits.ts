/** Bit fields of a register, declared once: the type, the decoder and the encoder follow from the declaration. */
import { formatHex } from './hex.ts';

/** One field of a register. `decode` and `encode` work on the field's own bits, moved down to bit 0. */
export interface BitField<T> {
  readonly low: number;
  readonly width: number;
  /** The value of the field's bits. */
  decode(raw: number): T;
  /** The field's bits for a value. */
  encode(value: T): number;
}

/** A flag at bit `n`. */
export function bit(n: number): BitField<boolean> {
  return { low: n, width: 1, decode: raw => raw === 1, encode: value => (value ? 1 : 0) };
}

/**
 * The bits that a mask covers: its lowest and its highest, for a field whose mask has a name: `bits(...span(0xf0))` is `bits(4, 7)`.
 * Throws RangeError for a mask with a gap, and for 0.
 */
export function span(mask: number): readonly [low: number, high: number] {
  const high = 31 - Math.clz32(mask);
  const low = 31 - Math.clz32(mask & -mask);
  if (mask >>> 0 === 0 || bitMask(low, high - low + 1) !== mask >>> 0)
    throw new RangeError(`mask ${formatHex(mask)} is not one run of bits`);
  return [low, high];
}

/** A flag by its mask: `flag(0x8000)` is `bit(15)`. Throws RangeError for a mask of several bits. */
export function flag(mask: number): BitField<boolean> {
  const [low, high] = span(mask);
  if (low !== high) throw new RangeError(`mask ${formatHex(mask)} is not one bit`);
  return bit(low);
}

/** An unsigned number in bits `low` to `high`, both included: `bits(0, 4)` is what specifications write as [4:0]. */
export function bits(low: number, high: number): BitField<number> {
  return { low, width: high - low + 1, decode: raw => raw, encode: value => value };
}

/** A number stored in another form, such as a power of two. `encode` must undo `decode` for every raw value. */
export function mapped(low: number, high: number, decode: (raw: number) => number, encode: (value: number) => number): BitField<number> {
  return { low, width: high - low + 1, decode, encode };
}

const UNKNOWN = /^unknown \(0x([0-9a-f]+)\)$/;

/** A value with a name: `names[raw]`, or `unknown (0x2a)` where the table has none, so that any value survives a round trip. */
export function choice<const N extends Readonly<Record<number, string>>>(low: number, high: number, names: N): BitField<string> {
  // Made where it is first asked for: most choices are only ever decoded.
  let values: ReadonlyMap<string, number> | null = null;
  return {
    low,
    width: high - low + 1,
    decode: raw => names[raw] ?? `unknown (${formatHex(raw)})`,
    encode: name => {
      values ??= new Map(Object.entries(names).map(([raw, known]) => [known as string, Number(raw)]));
      const value = values.get(name) ?? Number.parseInt(UNKNOWN.exec(name)?.[1] ?? '', 16);
      if (Number.isNaN(value)) throw new RangeError(`no value is named "${name}": wanted one of ${[...values.keys()].join(', ')}`);
      return value;
    },
  };
}

/** The fields of one register by name. */
export type BitFields = Readonly<Record<string, BitField<unknown>>>;

/** What a register decodes to. `reserved` holds the bits that no field covers, in place, and is absent where they are all zero. */
export type DecodedBits<F extends BitFields> = { [K in keyof F]: F[K] extends BitField<infer T> ? T : never } & { reserved?: number };

/** A register of `width` bits (at most 32) made of fields. */
export interface BitRegister<F extends BitFields> {
  readonly width: number;
  readonly fields: F;
  decode(raw: number): DecodedBits<F>;
  /**
   * The fields whose bits `mask` has; undefined where there is none. Bits that no field covers are not told of: they are not known, or
   * hold nothing that has a name.
   */
  decodeKnown(known: { readonly mask: number; readonly value: number }): {
    readonly value: DecodedBits<F> | undefined;
    /** Whether these are all fields of the register. */
    readonly isComplete: boolean;
  };
  encode(value: DecodedBits<F>): number;
}

/** The mask of `width` bits at `low`, as an unsigned 32-bit number. */
export function bitMask(low: number, width: number): number {
  return ((width >= 32 ? 0xffffffff : (1 << width) - 1) << low) >>> 0;
}

/** Declares a register. Throws RangeError where two fields overlap or one lies outside the register. */
export function bitRegister<F extends BitFields>(width: number, fields: F): BitRegister<F> {
  let covered = 0;
  for (const [name, field] of Object.entries(fields)) {
    const mask = bitMask(field.low, field.width);
    if (field.width < 1 || field.low + field.width > width) throw new RangeError(`bit field ${name} lies outside of ${width} bits`);
    if ((covered & mask) !== 0) throw new RangeError(`bit field ${name} overlaps another`);
    covered |= mask;
  }
  const uncovered = (bitMask(0, width) & ~covered) >>> 0;
  const entries = Object.entries(fields);
  return {
    width,
    fields,
    decode(raw) {
      const value: Record<string, unknown> = {};
      for (const [name, field] of entries) value[name] = field.decode(((raw & bitMask(field.low, field.width)) >>> field.low) >>> 0);
      const reserved = (raw & uncovered) >>> 0;
      if (reserved !== 0) value.reserved = reserved;
      return value as DecodedBits<F>;
    },
    decodeKnown({ mask, value: raw }) {
      const value: Record<string, unknown> = {};
      let count = 0;
      for (const [name, field] of entries) {
        const own = bitMask(field.low, field.width);
        if ((mask & own) >>> 0 !== own) continue;
        value[name] = field.decode(((raw & own) >>> field.low) >>> 0);
        count++;
      }
      return { value: count === 0 ? undefined : (value as DecodedBits<F>), isComplete: count > 0 && count === entries.length };
    },
    encode(value) {
      const given: Readonly<Record<string, unknown>> = value;
      let raw = (value.reserved ?? 0) & uncovered;
      for (const [name, field] of entries) {
        const part = field.encode(given[name]);
        if (!Number.isInteger(part) || part < 0 || part > bitMask(0, field.width)) {
          throw new RangeError(`bit field ${name} cannot hold ${String(given[name])}: it has ${field.width} bits`);
        }
        raw |= part << field.low;
      }
      return raw >>> 0;
    },
  };
}
