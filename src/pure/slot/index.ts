/**
 * The slot that a guest finds an assigned device in: its regions with their sizes, its ROM, its interrupt pin and what the port above
 * it contributes. null stands for what is not known.
 *
 * @module vfio-airlock/slot
 */

export { BridgesAbove, type PortsAbove } from '../facts/index.ts';
export type { SlotBar, SlotRom } from './bars.ts';
export type { AtomicCompletion, EndEndPrefixes, SlotPort } from './port.ts';
export { describeSlot, type GuestRom, type Slot, type SlotFacts } from './slot.ts';
export { viewSlot } from './view-slot.ts';
