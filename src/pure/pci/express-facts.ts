/** Registers of the PCI Express capability that decide what passes between a function and the root (PCIe 6.0 §7.5.3). */

import { PCI_CAP_ID_EXP } from '../spec/pci-regs.ts';
import type { ConfigSpace } from './config-space.ts';
import { walkStandard } from './walk.ts';

export interface ExpressFacts {
  /** Device/Port Type. */
  readonly type: number;
  /** null where it is not known; 0 where the capability's version has no such register. */
  readonly deviceCapabilities2: number | null;
  readonly deviceControl2: number | null;
}

export const EXPRESS_TYPE = { endpoint: 0, legacyEndpoint: 1, rootPort: 4, upstreamPort: 5, downstreamPort: 6 } as const;

/** Device Capabilities 2 (§7.5.3.15): routing [6], completion of 32 [7], 64 [8] and 128 bits [9], End-End TLP Prefix Supported [21]. */
export const ATOMIC_ROUTING = 1 << 6;
export const ATOMIC_COMPLETION = 0x380;
export const END_END_PREFIX = 1 << 21;
/** Device Control 2 (§7.5.3.16). */
export const ATOMIC_REQUESTER = 1 << 6;
export const ATOMIC_EGRESS_BLOCKING = 1 << 7;

const CAPABILITIES_2 = 0x24;
const CONTROL_2 = 0x28;

/** `absent`: the function is known to have no such capability; `unknown`: bytes that decide are not known. */
export function expressFacts(config: ConfigSpace): ExpressFacts | 'absent' | 'unknown' {
  const { capabilities, unknownAt } = walkStandard(config);
  const found = capabilities.find(({ id }) => id === PCI_CAP_ID_EXP);
  if (found === undefined) return unknownAt === null ? 'absent' : 'unknown';
  const flags = config.read(found.offset + 2, 2);
  if (flags === undefined) return 'unknown';
  const read = (at: number, length: 2 | 4) => ((flags & 0xf) < 2 ? 0 : (config.read(found.offset + at, length) ?? null));
  return { type: (flags >> 4) & 0xf, deviceCapabilities2: read(CAPABILITIES_2, 4), deviceControl2: read(CONTROL_2, 2) };
}
