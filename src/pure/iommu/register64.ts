/** 64-bit registers of bit fields, declared with the specification's bit numbers; fields are at most 32 bits wide. */
import type { BitField, BitFields } from '../bytes/bits.ts';
import { type Piece, type Place, u64 } from '../bytes/layout.ts';

/** What a 64-bit register decodes to. `reserved` holds the bits that no field covers, in place, and is absent where all are 0. */
export type DecodedBits64<F extends BitFields> = {
  [K in keyof F]: F[K] extends BitField<infer T> ? T : never;
} & { reserved?: bigint };

export interface BitRegister64<F extends BitFields> {
  decode(raw: bigint): DecodedBits64<F>;
  /** RangeError for a value that does not fit its field. */
  encode(value: DecodedBits64<F>): bigint;
}

const maskOf = (low: number, width: number): bigint => ((1n << BigInt(width)) - 1n) << BigInt(low);

/** Declares a register. RangeError where two fields overlap or one lies outside of it. */
export function bitRegister64<F extends BitFields>(fields: F): BitRegister64<F> {
  const entries = Object.entries(fields).map(([name, field]) => ({ name, field, mask: maskOf(field.low, field.width) }));
  let covered = 0n;
  for (const { name, field, mask } of entries) {
    if (field.width < 1 || field.width > 32 || field.low + field.width > 64)
      throw new RangeError(`bit field ${name} lies outside of 64 bits`);
    if ((covered & mask) !== 0n) throw new RangeError(`bit field ${name} overlaps another`);
    covered |= mask;
  }
  const uncovered = maskOf(0, 64) & ~covered;
  return {
    decode(raw) {
      const value: Record<string, unknown> = {};
      for (const { name, field, mask } of entries) value[name] = field.decode(Number((raw & mask) >> BigInt(field.low)));
      const reserved = raw & uncovered;
      if (reserved !== 0n) value.reserved = reserved;
      return value as DecodedBits64<F>;
    },
    encode(value) {
      const given: Readonly<Record<string, unknown>> = value;
      let raw = (value.reserved ?? 0n) & uncovered;
      for (const { name, field, mask } of entries) {
        const part = field.encode(given[name]);
        if (!Number.isInteger(part) || part < 0 || part >= 2 ** field.width) {
          throw new RangeError(`bit field ${name} cannot hold ${String(given[name])}: it has ${field.width} bits`);
        }
        raw |= (BigInt(part) << BigInt(field.low)) & mask;
      }
      return raw;
    },
  };
}

/** A 64-bit register at an offset of a layout, low dword first; made when it is first read or written. */
export function reg64<F extends BitFields>(at: Place, fields: F): Piece<DecodedBits64<F>> {
  let made: BitRegister64<F> | null = null;
  const register = (): BitRegister64<F> => {
    made ??= bitRegister64(fields);
    return made;
  };
  const raw = u64(at);
  return {
    decode(from) {
      const value = raw.decode(from);
      return value === undefined ? undefined : register().decode(value);
    },
    encode: (to, value) => raw.encode(to, register().encode(value)),
  };
}
