/** The power limit of a slot, whose value and scale the text gives as one number (PCIe 6.0 §7.5.3.3). */
import { POWER_LIMIT_CODES } from '../../../spec/pcie.ts';
import type { Take } from '../reader.ts';

const SCALES = [1, 10, 100, 1000];
/** Watts of the first code, and from one to the next. */
const FIRST_WATTS = 250;
const STEP = 25;

/** All pairs of value and scale that are printed as `watts`. */
function pairsOf(watts: string): readonly (readonly [value: number, scale: number])[] {
  if (watts === '>600') return [[POWER_LIMIT_CODES.last, 0]];
  const number = Number(watts);
  const pairs: [number, number][] = [];
  for (const [scale, divisor] of SCALES.entries()) {
    const value = Math.round(number * divisor);
    if (value <= POWER_LIMIT_CODES.last && value / divisor === number && (scale !== 0 || value < POWER_LIMIT_CODES.first))
      pairs.push([value, scale]);
  }
  const coded = POWER_LIMIT_CODES.first + (number - FIRST_WATTS) / STEP;
  if (Number.isInteger(coded) && coded >= POWER_LIMIT_CODES.first && coded < POWER_LIMIT_CODES.last) pairs.push([coded, 0]);
  return pairs;
}

/** The bits on which `values` agree. */
export function agreeing(values: readonly number[]): { readonly mask: number; readonly value: number } {
  const [first = 0] = values;
  return { mask: values.reduce((mask, value) => mask & ~(value ^ first), values.length > 0 ? -1 : 0) >>> 0, value: first };
}

/** Where several pairs print alike, as 10 W at scale 0 and 100 at scale 1 do, the bits in which they agree are known. */
export function powerLimit(register: string, pattern: RegExp): Take {
  return (text, put) => {
    const watts = pattern.exec(text)?.[1];
    if (watts === undefined) return;
    const pairs = pairsOf(watts);
    const [value, scale] = [agreeing(pairs.map(([first]) => first)), agreeing(pairs.map(([, second]) => second))];
    put.some(register, 'slotPowerLimitValue', value.mask, value.value);
    put.some(register, 'slotPowerLimitScale', scale.mask, scale.value);
  };
}
