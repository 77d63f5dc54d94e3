/** The public face of this part: the slot that a guest finds a device in. */

export { BridgesAbove, type PortsAbove } from '../facts/index.ts';
export type { SlotBar, SlotRom } from './bars.ts';
export type { AtomicCompletion, EndEndPrefixes, SlotPort } from './port.ts';
export { describeSlot, type GuestRom, type Slot, type SlotFacts } from './slot.ts';
