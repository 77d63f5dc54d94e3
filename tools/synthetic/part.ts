/** Capabilities written by what is not zero in them, so that a synthetic device reads as a list of its properties. */

import { parseHexBytes } from '../../src/pure/bytes/hex.ts';
import type { Fields, Pieces } from '../../src/pure/bytes/layout.ts';
import { type CapabilityPart, type CapabilityType, ConfigSpace, capabilityPart, decodeCapability } from '../../src/pure/pci/index.ts';

/** Any part of a value; lists are given whole. */
export type Changes<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: Changes<T[K]> } : T;

export interface PartOptions {
  readonly version?: number;
  /** First bytes of the capability, as hexadecimal text, where they decide which registers it has. */
  readonly shape?: string;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function merge(base: unknown, changes: unknown): unknown {
  if (!isRecord(base) || !isRecord(changes)) return changes;
  return { ...base, ...Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, merge(base[name], value)])) };
}

/** A capability at `offset` whose registers are 0 but for `shape` and `changes`. */
export function part<P extends Pieces>(
  type: CapabilityType<P>,
  offset: number,
  changes: Changes<Fields<P>>,
  { version = 1, shape = '' }: PartOptions = {},
): CapabilityPart {
  const bytes = new Uint8Array(4096);
  bytes.set(parseHexBytes(shape));
  const { fields } = decodeCapability(type, new ConfigSpace(bytes), 0);
  return capabilityPart(type, merge(fields, changes) as Fields<P>, { version, offset });
}
