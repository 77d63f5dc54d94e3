/** A difference between two config spaces, and how register fields are compared. */
import { formatHex } from '../bytes/hex.ts';

/** One register, capability or run of bytes that is not the same on both sides. */
export interface Difference {
  /** Offset in config space, in bytes: of the capability or of the run of bytes; 0 for the header. */
  readonly at: number;
  /** Where: `header`, `ATS [1b0]`, `extended config space`, or `bytes` for what no register covers. */
  readonly place: string;
  /** Which field: `control.enable`; empty for a capability as a whole; of bytes the offset of the first, `0x800`. */
  readonly field: string;
  /** The two values as text; null where one side lacks it. */
  readonly a: string | null;
  readonly b: string | null;
  /** The length of a run of bytes, some of which may be the same on both sides. */
  readonly length?: number;
}

/** Register fields as text, by their path: `control.enable`. */
export type FieldTexts = ReadonlyMap<string, string>;

/** Ids and addresses, which everybody knows in hexadecimal, by the name of their field; the digits of each. */
const HEXADECIMAL: ReadonlyMap<string, number> = new Map([
  ['vendorId', 4],
  ['deviceId', 4],
  ['subsystemVendorId', 4],
  ['subsystemId', 4],
  ['bars', 8],
  ['expansionRom', 8],
  ['cardbusCisPointer', 8],
]);

function textOf(path: string, value: unknown): string {
  const name = path.slice(path.lastIndexOf('.') + 1).replace(/\[\d+\]$/, '');
  const digits = HEXADECIMAL.get(name);
  return typeof value === 'number' && digits !== undefined ? formatHex(value, digits) : String(value);
}

/** Nested register fields as `register.field` → text. */
export function flattenFields(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) for (const [i, item] of value.entries()) flattenFields(item, `${path}[${i}]`, into);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) flattenFields(item, path === '' ? name : `${path}.${name}`, into);
  } else if (typeof value === 'bigint') into.set(path, formatHex(value));
  else if (value !== undefined) into.set(path, textOf(path, value));
  return into;
}

/** The registers of one place on both sides. */
export interface FieldPair {
  readonly place: string;
  readonly at: number;
  readonly a: FieldTexts;
  readonly b: FieldTexts;
  /** Whether all bytes of both are known; only then a missing field counts as a difference. */
  readonly isWhole: boolean;
}

export function compareFields({ place, at, a, b, isWhole }: FieldPair): Difference[] {
  const differences: Difference[] = [];
  for (const field of new Set([...a.keys(), ...b.keys()])) {
    const [left, right] = [a.get(field) ?? null, b.get(field) ?? null];
    if (left !== right && (isWhole || (left !== null && right !== null))) differences.push({ at, place, field, a: left, b: right });
  }
  return differences;
}
