/** Which bits of a replayed function take writes: what vfio-pci lets through and the specification says is writable (PCIe 6.0 §7.5). */

import { byteAt } from '../bytes/checked.ts';
import { setAddressBits } from '../guest-view/write-permissions/base-addresses.ts';
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
import type { BarSizes } from '../pci/regions.ts';
import {
  PCI_CACHE_LINE_SIZE,
  PCI_CAP_ID_AF,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_PM,
  PCI_COMMAND,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL2,
  PCI_EXP_DEVSTA,
  PCI_INTERRUPT_LINE,
  PCI_PM_CTRL,
  PCI_PM_CTRL_PME_ENABLE,
  PCI_PM_CTRL_PME_STATUS,
  PCI_PM_CTRL_STATE_MASK,
  PCI_STATUS,
  PCI_STD_HEADER_SIZEOF,
} from '../spec/pci-regs.ts';
import type { CapabilityPlace } from './function-controls.ts';

export interface ReplayedWrites {
  /** Bits that hold what is written to them. */
  readonly write: Uint8Array;
  /** Bits that a written 1 clears; none of them is in `write`. */
  readonly writeOneToClear: Uint8Array;
}

/**
 * I/O, Memory, Bus Master, Parity Error Response, SERR#, Interrupt Disable of Command; the others are 0 in PCI Express (§7.5.1.1.3).
 */
const HEADER: readonly WriteRow[] = [
  [PCI_COMMAND, 2, 0x0547],
  [PCI_CACHE_LINE_SIZE, 1, 0xff],
  [PCI_INTERRUPT_LINE, 1, 0xff],
];
/** The error bits. */
const HEADER_CLEARED: WriteRow = [PCI_STATUS, 2, 0xf900];

/** Rows where the specification is stricter than the kernel, which lets reserved bits pass. Reset bits are not stored. */
const REFINED: ReadonlyMap<number, { readonly writes: readonly WriteRow[]; readonly cleared?: WriteRow }> = new Map([
  [
    PCI_CAP_ID_PM,
    {
      writes: [[PCI_PM_CTRL, 2, PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_PME_ENABLE]],
      cleared: [PCI_PM_CTRL, 2, PCI_PM_CTRL_PME_STATUS],
    },
  ],
  // Device Control without resets and Phantom Functions, Device Control 2 without ARI Forwarding; error bits of Device Status.
  [
    PCI_CAP_ID_EXP,
    {
      writes: [
        [PCI_EXP_DEVCTL, 2, 0x7dff],
        [PCI_EXP_DEVCTL2, 2, 0xffdf],
      ],
      cleared: [PCI_EXP_DEVSTA, 2, 0x000f],
    },
  ],
  [PCI_CAP_ID_AF, { writes: [] }],
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
 * The masks of a function that holds `bytes`, with its capabilities in list order. Bytes of no capability take no writes: what such
 * registers do is not known, and most are not there.
 */
export function replayedWrites(bytes: Uint8Array, capabilities: readonly CapabilityPlace[], barSizes: BarSizes | null): ReplayedWrites {
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
  clearBytes(into.write, 0, PCI_STD_HEADER_SIZEOF);
  clearBytes(into.writeOneToClear, 0, PCI_STD_HEADER_SIZEOF);
  for (const row of HEADER) setBits(into.write, 0, TO_END, row);
  setBits(into.writeOneToClear, 0, TO_END, HEADER_CLEARED);
  setAddressBits(into.write, bytes, bytes, barSizes);
  for (const [at, byte] of into.writeOneToClear.entries()) into.write[at] = byteAt(into.write, at) & ~byte;
  return into;
}
