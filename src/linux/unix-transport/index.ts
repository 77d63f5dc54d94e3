/**
 * vfio-user over UNIX sockets, on Linux: a device behind a VM's slot, and a client of one. It is the only entry point that calls the
 * kernel; the optional dependency koffi must be there.
 *
 * @module vfio-airlock/unix-transport
 * @example
 * ```ts
 * import { mkdtempSync, rmSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { SoftwareDevice } from 'vfio-airlock/device';
 * import { connectClient, serveDevice } from 'vfio-airlock/unix-transport';
 *
 * const folder = mkdtempSync(join(tmpdir(), 'example-'));
 * const socket = join(folder, 'slot');
 * const server = serveDevice(new SoftwareDevice({ vendorId: 0x1234, deviceId: 0xa0d0, classCode: 0xff_00_00 }), socket);
 *
 * // A VMM does this: qemu-system-x86_64 -device '{"driver":"vfio-user-pci","socket":{"type":"unix","path":"…"}}'
 * const { client, close } = connectClient(socket);
 * await client.negotiate();
 * const CONFIG_SPACE = 7;
 * await client.readRegion(CONFIG_SPACE, 0, 4); // → Uint8Array.of(0x34, 0x12, 0xd0, 0xa0)
 *
 * (await close()).reason; // → 'stopped'
 * await server.close();
 * rmSync(folder, { recursive: true });
 * ```
 */

export { connectUnix, createMemfd, type Descriptor, EventFd, POLLIN, POLLOUT, readAt, writeAt } from '../ffi/index.ts';
export { type ActivatedListener, takeActivatedListeners } from './activation.ts';
export { type ConnectedClient, connectClient } from './connect-client.ts';
export type { ConnectionCounters } from './connection-counters.ts';
export { ConnectionThread, type ConnectionThreadOptions } from './connection-thread.ts';
export { EndpointServer, type EndpointServerOptions } from './endpoint-server.ts';
export { EventLoopWaiter } from './event-loop-waiter.ts';
export { LinuxPlatform, type LinuxPlatformOptions } from './linux-platform.ts';
export { DEFAULT_SPIN, runConnection } from './run-connection.ts';
export { runInWorker, type WorkerLink, type WorkerPart } from './run-in-worker.ts';
export { type ServeDeviceOptions, serveDevice } from './serve-device.ts';
export { StandbyThread, type StandbyThreadOptions } from './standby-thread.ts';
export { StandbyThreads, type StandbyThreadsOptions } from './standby-threads.ts';
export { type ConnectionEnd, type MakeEndpoint, UnixConnection } from './unix-connection.ts';
export { type ListenOptions, UnixListener } from './unix-listener.ts';
export { DEFAULT_VERSION_DEADLINE } from './version-deadline.ts';
export type { Waiter } from './waiter.ts';
export { type Guest, WaitingRoom } from './waiting-room.ts';
