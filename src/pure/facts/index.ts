/** The public face of this part: what is known of a device and of a host. */
export { type AssignmentFacts, type GroupFacts, NO_ASSIGNMENT_FACTS, type SriovFacts } from './assignment-facts.ts';
export { BridgesAbove, type PortsAbove } from './bridges-above.ts';
export { type ContradictoryRows, formatContradictory, joinContradictory, shiftContradictory } from './contradictory-rows.ts';
export { barSizesOf, type DeviceFacts, deviceFacts, type FactsOrigin, type VirtualFunction } from './device-facts.ts';
export {
  type CheckFact,
  type DeviceFile,
  type HostFacts,
  type HostId,
  type HostIommu,
  isFileThere,
  isParameterSet,
  type ModuleFacts,
  type ModuleState,
  NO_HOST_FACTS,
  type NumaNode,
  presentModules,
} from './host-facts.ts';
export { inputDoubts } from './input-doubts.ts';
export { hasNoAts, kernelOptions } from './kernel-options.ts';
export { CAPTURE_COMMAND, missingAssignmentFacts, missingHostFacts } from './missing-facts.ts';
export { formatUnread, joinUnread, type UnreadRows } from './unread-rows.ts';
