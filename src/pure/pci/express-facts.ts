/** Registers of the PCI Express capability that decide what passes between a function and the root (PCIe 6.0 §7.5.3). */

import {
  PCI_CAP_ID_EXP,
  PCI_EXP_DEVCAP2,
  PCI_EXP_DEVCAP2_ATOMIC_COMP32,
  PCI_EXP_DEVCAP2_ATOMIC_COMP64,
  PCI_EXP_DEVCAP2_ATOMIC_COMP128,
  PCI_EXP_DEVCTL2,
  PCI_EXP_FLAGS,
  PCI_EXP_FLAGS_TYPE,
  PCI_EXP_FLAGS_VERS,
} from '../spec/pci-regs.ts';
import type { ConfigSpace } from './config-space.ts';
import { findCapability } from './find-capability.ts';
import { walkStandard } from './walk.ts';

export interface ExpressFacts {
  /** Device/Port Type. */
  readonly type: number;
  /** null where it is not known; 0 where the capability's version has no such register. */
  readonly deviceCapabilities2: number | null;
  readonly deviceControl2: number | null;
}

/** Completion of AtomicOps of any size, bits of Device Capabilities 2 (§7.5.3.15). */
export const ATOMIC_COMPLETION = PCI_EXP_DEVCAP2_ATOMIC_COMP32 | PCI_EXP_DEVCAP2_ATOMIC_COMP64 | PCI_EXP_DEVCAP2_ATOMIC_COMP128;

/** `absent`: the function is known to have no such capability; `unknown`: bytes that decide are not known. */
export function expressFacts(config: ConfigSpace): ExpressFacts | 'absent' | 'unknown' {
  const { capabilities, unknownAt } = walkStandard(config);
  const found = findCapability(capabilities, 'standard', PCI_CAP_ID_EXP);
  if (found === undefined) return unknownAt === null ? 'absent' : 'unknown';
  const { mask, value: flags } = config.readBits(found.offset + PCI_EXP_FLAGS, 2);
  if ((~mask & (PCI_EXP_FLAGS_VERS | PCI_EXP_FLAGS_TYPE)) !== 0) return 'unknown';
  const read = (at: number, length: 2 | 4) => ((flags & PCI_EXP_FLAGS_VERS) < 2 ? 0 : (config.read(found.offset + at, length) ?? null));
  return {
    type: (flags & PCI_EXP_FLAGS_TYPE) >> 4,
    deviceCapabilities2: read(PCI_EXP_DEVCAP2, 4),
    deviceControl2: read(PCI_EXP_DEVCTL2, 2),
  };
}
