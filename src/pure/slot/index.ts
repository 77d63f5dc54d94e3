/** The public face of this part: the slot that a guest finds a device in. */
export type { SlotBar, SlotRom } from './bars.ts';
export { BridgesAbove } from './bridges-above.ts';
export type { PortsAbove } from './host-path.ts';
export type { AtomicCompletion, EndEndPrefixes, SlotPort } from './port.ts';
export { describeSlot, type GuestRom, type Slot, type SlotFacts } from './slot.ts';
