/** A device of the host as people write it: its domain may be left out, and so may its function, where all functions of a slot are meant. */
import { Bdf } from '../../pci/bdf.ts';

export interface FunctionAddress {
  readonly address: Bdf;
  /** Whether all functions of the slot are meant; `address` is then the first. */
  readonly isWholeSlot: boolean;
}

/** null for anything else. */
export function functionAddress(text: string): FunctionAddress | null {
  const [, domain = '0', bus, device, fn] = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([01][0-9a-f])(?:\.([0-7]))?$/i.exec(text.trim()) ?? [];
  if (bus === undefined || device === undefined) return null;
  const address = new Bdf(Number.parseInt(domain, 16), Number.parseInt(bus, 16), Number.parseInt(device, 16), Number(fn ?? 0));
  return { address, isWholeSlot: fn === undefined };
}
