/** Which registers a PCI Express capability has: it follows from its version and from the device/port type (PCIe 6.0 §7.5.3). */
import type { Peek } from '../../../bytes/layout.ts';

export const CAPABILITIES = 0x02;

const SLOT_IMPLEMENTED = 0x100;
const ROOT_PORT = 4;
const DOWNSTREAM_PORT = 6;
const BRIDGE_TO_EXPRESS = 8;
const INTEGRATED_ENDPOINT = 9;
const EVENT_COLLECTOR = 10;

function typeOf(peek: Peek): number {
  return (peek.u8(CAPABILITIES) >> 4) & 15;
}

/** Version 2 and later have the second set of registers. */
export function isVersion2(peek: Peek): boolean {
  return (peek.u8(CAPABILITIES) & 15) >= 2;
}

/** Functions of the root complex itself have no link. */
export function hasLink(peek: Peek): boolean {
  const type = typeOf(peek);
  return type !== INTEGRATED_ENDPOINT && type !== EVENT_COLLECTOR;
}

export function hasSlot(peek: Peek): boolean {
  const type = typeOf(peek);
  if ((peek.u16(CAPABILITIES) & SLOT_IMPLEMENTED) === 0) return false;
  return type === ROOT_PORT || type === DOWNSTREAM_PORT || type === BRIDGE_TO_EXPRESS;
}

export function hasRoot(peek: Peek): boolean {
  const type = typeOf(peek);
  return type === ROOT_PORT || type === EVENT_COLLECTOR;
}

export const hasLink2 = (peek: Peek) => isVersion2(peek) && hasLink(peek);
export const hasSlot2 = (peek: Peek) => isVersion2(peek) && hasSlot(peek);

/** Bytes of the capability, which ends with the last register that the function has. */
export function expressSize(peek: Peek): number {
  if (hasSlot2(peek)) return 0x3c;
  if (isVersion2(peek)) return hasLink(peek) ? 0x34 : 0x2c;
  if (hasRoot(peek)) return 0x24;
  if (hasSlot(peek)) return 0x1c;
  return hasLink(peek) ? 0x14 : 0x0c;
}
