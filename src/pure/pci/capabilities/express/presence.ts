/** Which registers a PCI Express capability has: it follows from its version and from the device/port type (PCIe 6.0 §7.5.3). */
import type { Peek } from '../../../bytes/layout.ts';
import {
  PCI_CAP_EXP_ENDPOINT_SIZEOF_V1,
  PCI_CAP_EXP_ENDPOINT_SIZEOF_V2,
  PCI_CAP_EXP_RC_ENDPOINT_SIZEOF_V1,
  PCI_CAP_EXP_RC_ENDPOINT_SIZEOF_V2,
  PCI_EXP_DEVCAP2,
  PCI_EXP_FLAGS,
  PCI_EXP_FLAGS_SLOT,
  PCI_EXP_FLAGS_TYPE,
  PCI_EXP_FLAGS_VERS,
  PCI_EXP_RTCTL,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_PCIE_BRIDGE,
  PCI_EXP_TYPE_RC_EC,
  PCI_EXP_TYPE_RC_END,
  PCI_EXP_TYPE_ROOT_PORT,
} from '../../../spec/pci-regs.ts';
import { EXPRESS_SIZE } from '../../../spec/pcie.ts';
import type { RegisterReader } from '../../capability.ts';

function typeOf(peek: Peek): number {
  return (peek.u8(PCI_EXP_FLAGS) & PCI_EXP_FLAGS_TYPE) >> 4;
}

/** Version 2 and later have the second set of registers. */
export function isVersion2(peek: Peek): boolean {
  return (peek.u8(PCI_EXP_FLAGS) & PCI_EXP_FLAGS_VERS) >= 2;
}

/** Functions of the root complex itself have no link. */
export function hasLink(peek: Peek): boolean {
  const type = typeOf(peek);
  return type !== PCI_EXP_TYPE_RC_END && type !== PCI_EXP_TYPE_RC_EC;
}

export function hasSlot(peek: Peek): boolean {
  const type = typeOf(peek);
  if ((peek.u16(PCI_EXP_FLAGS) & PCI_EXP_FLAGS_SLOT) === 0) return false;
  return type === PCI_EXP_TYPE_ROOT_PORT || type === PCI_EXP_TYPE_DOWNSTREAM || type === PCI_EXP_TYPE_PCIE_BRIDGE;
}

export function hasRoot(peek: Peek): boolean {
  const type = typeOf(peek);
  return type === PCI_EXP_TYPE_ROOT_PORT || type === PCI_EXP_TYPE_RC_EC;
}

export const hasLink2 = (peek: Peek) => isVersion2(peek) && hasLink(peek);
export const hasSlot2 = (peek: Peek) => isVersion2(peek) && hasSlot(peek);

/** Up to the last register that the function has. */
export function expressSize(peek: Peek): number {
  if (hasSlot2(peek)) return EXPRESS_SIZE;
  if (isVersion2(peek)) return hasLink(peek) ? PCI_CAP_EXP_ENDPOINT_SIZEOF_V2 : PCI_CAP_EXP_RC_ENDPOINT_SIZEOF_V2;
  if (hasRoot(peek)) return PCI_EXP_DEVCAP2;
  if (hasSlot(peek)) return PCI_EXP_RTCTL;
  return hasLink(peek) ? PCI_CAP_EXP_ENDPOINT_SIZEOF_V1 : PCI_CAP_EXP_RC_ENDPOINT_SIZEOF_V1;
}

/** The bytes that belong to the capability by its version: places of registers that the function lacks are reserved (PCIe 6.0 §7.5.3). */
export function expressLength(registers: RegisterReader, at: number): number {
  return registers.bits(at + PCI_EXP_FLAGS, 2, PCI_EXP_FLAGS_VERS) < 2 ? PCI_EXP_DEVCAP2 : EXPRESS_SIZE;
}

/**
 * Those of them that no other capability may begin in: version 1 may end with the function's last register, and another stand behind that
 * (PCIe 6.0 §7.5.3).
 */
export function expressClaim(registers: RegisterReader, at: number): number {
  const length = expressLength(registers, at);
  return length < EXPRESS_SIZE ? 0 : length;
}
