/** Which kind of PCI Express function a config space belongs to, for capabilities that have registers only in some (PCIe 6.0 §7.5.3.2). */
import type { Source } from '../../bytes/layout.ts';
import {
  PCI_CAP_ID_EXP,
  PCI_CAPABILITY_LIST,
  PCI_CB_CAPABILITY_LIST,
  PCI_EXP_FLAGS_TYPE,
  PCI_EXP_TYPE_ENDPOINT,
  PCI_EXP_TYPE_LEG_END,
  PCI_EXP_TYPE_RC_EC,
  PCI_EXP_TYPE_RC_END,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_STD_HEADER_SIZEOF,
} from '../../spec/pci-regs.ts';
import { MOST_STANDARD, STANDARD_POINTER } from '../../spec/pcie.ts';

/** The bits of a register that are known; the others count as 0. */
function knownBits(source: Source, at: number, length: 1 | 2): number {
  return source.read(at, length) ?? source.readBits?.(at, length).value ?? 0;
}

/** The Device/Port Type in the PCI Express capability, or null for a function without one. Ends on any bytes. */
export function expressType(source: Source): number | null {
  const status = knownBits(source, PCI_STATUS, 2);
  if ((status & PCI_STATUS_CAP_LIST) === 0) return null;
  const cardbus = (knownBits(source, PCI_HEADER_TYPE, 1) & PCI_HEADER_TYPE_MASK) === PCI_HEADER_TYPE_CARDBUS;
  let at = knownBits(source, cardbus ? PCI_CB_CAPABILITY_LIST : PCI_CAPABILITY_LIST, 1) & STANDARD_POINTER;
  for (let i = 0; i < MOST_STANDARD && at >= PCI_STD_HEADER_SIZEOF; i++) {
    const header = source.read(at, 4) ?? source.readBits?.(at, 4).value;
    if (header === undefined || (header & 0xff) === 0xff) return null;
    if ((header & 0xff) === PCI_CAP_ID_EXP) return ((header >>> 16) & PCI_EXP_FLAGS_TYPE) >> 4;
    at = (header >>> 8) & STANDARD_POINTER;
  }
  return null;
}

/** Root Ports and Root Complex Event Collectors: what receives error messages (PCIe 6.0 §6.2.4.1.2). */
export function receivesErrors(source: Source): boolean {
  const type = expressType(source);
  return type === PCI_EXP_TYPE_ROOT_PORT || type === PCI_EXP_TYPE_RC_EC;
}

/** Functions that request and complete on their own behalf, as opposed to ports. */
export function isEndpoint(type: number | null): boolean {
  return type === PCI_EXP_TYPE_ENDPOINT || type === PCI_EXP_TYPE_LEG_END || type === PCI_EXP_TYPE_RC_END;
}
