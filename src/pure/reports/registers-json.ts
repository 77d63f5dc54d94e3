/** Decoded registers as JSON values: JSON has no integer that holds all 64 bits, so those are hexadecimal strings. */
import { formatHex } from '../bytes/hex.ts';
import type { RegisterValue } from './schemas/values.ts';

function valueJson(value: unknown): RegisterValue {
  if (typeof value === 'bigint') return formatHex(value);
  if (Array.isArray(value)) return value.map(valueJson);
  if (typeof value === 'object' && value !== null) return registersJson(value);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** Registers by name; one that is absent stays absent. */
export function registersJson(registers: object): Readonly<Record<string, RegisterValue>> {
  const known = Object.entries(registers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known.map(([name, value]) => [name, valueJson(value)]));
}
