/** Which bits of a replayed function take writes: what vfio-pci lets through and the specification says is writable (PCIe 6.0 §7.5). */

import { type RegionSizes, setAddressBits } from '../guest-view/write-permissions/base-addresses.ts';
import { emulatedCapabilities } from '../guest-view/write-permissions/emulated.ts';
import { EXTENDED } from '../guest-view/write-permissions/extended.ts';
import {
  clearBytes,
  type KernelPermission,
  registersAt,
  setBits,
  TO_END,
  type WriteRow,
} from '../guest-view/write-permissions/permission.ts';
import { STANDARD } from '../guest-view/write-permissions/standard.ts';
import type { CapabilityPlace } from './function-controls.ts';

export interface ReplayedWrites {
  /** Bits that hold what is written to them. */
  readonly write: Uint8Array;
  /** Bits that a written 1 clears; none of them is in `write`. */
  readonly writeOneToClear: Uint8Array;
}

/**
 * Command: I/O, Memory, Bus Master, Parity Error Response, SERR#, Interrupt Disable; the others are 0 in PCI Express (§7.5.1.1.3).
 * Cache Line Size, Interrupt Line.
 */
const HEADER: readonly WriteRow[] = [
  [0x04, 2, 0x0547],
  [0x0c, 1, 0xff],
  [0x3c, 1, 0xff],
];
/** Status: the error bits. */
const HEADER_CLEARED: WriteRow = [0x06, 2, 0xf900];

/** Where the specification knows better than the kernel, which lets reserved bits pass. Resets and what they do are not stored. */
const REFINED: ReadonlyMap<number, { readonly writes: readonly WriteRow[]; readonly cleared?: WriteRow }> = new Map([
  // Power State, PME_En; PME_Status is cleared.
  [0x01, { writes: [[4, 2, 0x0103]], cleared: [4, 2, 0x8000] }],
  // Device Control without resets and Phantom Functions, Device Control 2 without ARI Forwarding; error bits of Device Status.
  [
    0x10,
    {
      writes: [
        [0x08, 2, 0x7dff],
        [0x28, 2, 0xffdf],
      ],
      cleared: [0x0a, 2, 0x000f],
    },
  ],
  [0x13, { writes: [] }],
]);

function own(into: ReplayedWrites, bytes: Uint8Array, { kind, id, offset }: CapabilityPlace, permission: KernelPermission): void {
  const registers = registersAt(bytes, offset);
  const length = typeof permission.length === 'number' ? permission.length : permission.length(registers);
  const rows = typeof permission.writes === 'function' ? permission.writes(registers) : permission.writes;
  const refined = kind === 'standard' ? REFINED.get(id) : undefined;
  clearBytes(into.write, offset, length);
  clearBytes(into.writeOneToClear, offset, length);
  for (const row of refined?.writes ?? rows) setBits(into.write, offset, length, row);
  for (const row of permission.writeOneToClear ?? []) setBits(into.writeOneToClear, offset, length, row);
  if (refined?.cleared) setBits(into.writeOneToClear, offset, length, refined.cleared);
}

/**
 * The masks of a function that holds `bytes`, with its capabilities in list order. What no capability owns takes no writes: what such
 * registers do is not known, and most are not there.
 */
export function replayedWrites(bytes: Uint8Array, capabilities: readonly CapabilityPlace[], sizes: RegionSizes): ReplayedWrites {
  const into = { write: new Uint8Array(bytes.length), writeOneToClear: new Uint8Array(bytes.length) };
  for (const capability of capabilities) {
    const permission = (capability.kind === 'standard' ? STANDARD : EXTENDED).get(capability.id);
    if (permission !== undefined) own(into, bytes, capability, permission);
  }
  const shown = capabilities.map(it => ({ ...it, version: 0, status: 'shown' as const, stage: null, reason: null }));
  for (const { at, length, rows } of emulatedCapabilities(bytes, shown)) {
    clearBytes(into.write, at, length);
    for (const row of rows) setBits(into.write, at, length, row);
  }
  clearBytes(into.write, 0, 0x40);
  clearBytes(into.writeOneToClear, 0, 0x40);
  for (const row of HEADER) setBits(into.write, 0, TO_END, row);
  setBits(into.writeOneToClear, 0, TO_END, HEADER_CLEARED);
  setAddressBits(into.write, bytes, bytes, sizes);
  for (let at = 0; at < bytes.length; at++) into.write[at] &= ~into.writeOneToClear[at];
  return into;
}
