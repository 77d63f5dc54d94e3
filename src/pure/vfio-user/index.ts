/**
 * vfio-user, the protocol by which a process is the device behind a VM's PCIe slot: server and client without a socket. A carrier cuts
 * its stream with `messageLength`, hands whole messages to an endpoint's `receive` and sends what that leaves in `output`.
 *
 * @module vfio-airlock/vfio-user
 * @example
 * ```ts
 * import { SoftwareDevice } from 'vfio-airlock/device';
 * import { MemoryPlatform, MemoryTransport, VfioUserClient, VfioUserServer } from 'vfio-airlock/vfio-user';
 *
 * const device = new SoftwareDevice({ vendorId: 0x1234, deviceId: 0xa0d0, classCode: 0xff_00_00 });
 * const platform = new MemoryPlatform();
 * const { client } = new MemoryTransport(platform, {
 *   server: carrier => new VfioUserServer({ device, platform, carrier }),
 *   client: carrier => new VfioUserClient(carrier),
 * });
 * const CONFIG_SPACE = 7;
 * await client.negotiate();
 * await client.readRegion(CONFIG_SPACE, 0, 4); // → Uint8Array.of(0x34, 0x12, 0xd0, 0xa0)
 * ```
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
export { ProtocolError, type ProtocolFault } from './protocol-error.ts';
export { VfioUserServer } from './server.ts';
export type { VfioUserServerOptions, VfioUserServerParts } from './session.ts';
