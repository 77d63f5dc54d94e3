/**
 * vfio-user, the protocol by which a process is the device behind a VM's PCIe slot: server and client without a socket. A carrier cuts
 * its stream with `messageLength`, hands whole messages to an endpoint's `receive` and sends what that leaves in `output`.
 */
export type * from '../device/handle.ts';
export * from '../device/pci-device.ts';
export { type SmallWrite, VfioUserClient } from './client.ts';
export type { VfioUserClientOptions } from './client-endpoint.ts';
export type { ClientDeviceInfo, ClientDmaRange, ClientIrqInfo, ClientRegionInfo } from './client-values.ts';
export type { Counters } from './counters.ts';
export type { Carrier, Endpoint, MessageBuffer } from './endpoint.ts';
export { type MemoryHandle, type MemoryObject, MemoryPlatform } from './memory-platform.ts';
export type { Split } from './memory-stream.ts';
export { type MakeEndpoint, MemoryTransport, type MemoryTransportOptions } from './memory-transport.ts';
export { commandName, createMessageBuffer, HEADER_SIZE, messageLength } from './message.ts';
export { formatMessage } from './message-text.ts';
export type { Agreement, Limits } from './negotiate.ts';
export { ProtocolError } from './protocol-error.ts';
export { VfioUserServer } from './server.ts';
export type { VfioUserServerOptions, VfioUserServerParts } from './session.ts';
