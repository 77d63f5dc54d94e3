/**
 * The slot that a guest finds an assigned device in: its regions with their sizes, its ROM, its interrupt pin and what the port above
 * it contributes. null stands for what is not known.
 *
 * @module vfio-airlock/slot
 * @example
 * ```ts
 * import { deviceFacts } from 'vfio-airlock/facts';
 * import { view } from 'vfio-airlock/guest-view';
 * import { buildConfigSpace } from 'vfio-airlock/pci';
 * import { describeSlot } from 'vfio-airlock/slot';
 *
 * // One region with a 64-bit address. A register of 0 does not say whether it has a region.
 * const bars = [0x9000_000c, 0];
 * const config = buildConfigSpace({ vendorId: 0x8086, deviceId: 0x1572, classCode: 0x02_00_00, interruptPin: 1, bars });
 * const facts = deviceFacts(config);
 * const slot = describeSlot({ ...facts, ...view(facts) });
 * slot.interruptPin; // → 'A'
 * const [first, second] = slot.bars;
 * first?.kind; // → 'memory'
 * first?.width; // → 64
 * second?.index; // → 2
 * second?.state; // → 'unknown'
 * ```
 */

export { BridgesAbove, type PortsAbove } from '../facts/index.ts';
export type { SlotBar, SlotRom } from './bars.ts';
export type { AtomicCompletion, EndEndPrefixes, SlotPort } from './port.ts';
export { describeSlot, type GuestRom, type Slot, type SlotFacts } from './slot.ts';
export { viewSlot } from './view-slot.ts';
