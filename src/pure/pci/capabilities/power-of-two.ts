/** Numbers that registers hold as the exponent of two, such as a payload size of 128 << n bytes. */
import { type BitField, mapped } from '../../bytes/bits.ts';

/** `unit << raw` in bits `low` to `high`. Every raw value has its number, also those that the specification reserves. */
export function powerOfTwo(low: number, high: number, unit = 1): BitField<number> {
  return mapped(
    low,
    high,
    raw => unit * 2 ** raw,
    value => Math.log2(value / unit),
  );
}
