/** The public face of this part: vfio-user connections over UNIX sockets. */
export { connectUnix } from '../ffi/index.ts';
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
export { StandbyThread, StandbyThreads } from './standby-thread.ts';
export { type ConnectionEnd, type MakeEndpoint, UnixConnection } from './unix-connection.ts';
export { type ListenOptions, UnixListener } from './unix-listener.ts';
