/** The public face of this part: what is known of a device and of a host. */
export { BridgesAbove, type PortsAbove } from './bridges-above.ts';
export { type ContradictoryRows, formatContradictory, joinContradictory, shiftContradictory } from './contradictory-rows.ts';
export { barSizesOf, type DeviceFacts, deviceFacts, type FactsOrigin, type VirtualFunction } from './device-facts.ts';
export { inputDoubts } from './input-doubts.ts';
export { formatUnread, joinUnread, type UnreadRows } from './unread-rows.ts';
