/** The public face of this part: devices of this host, served. */
export { HostFunction } from './host-function.ts';
export { borrowFunction, type LentFunction } from './lent-function.ts';
export { VfioBackend, type VfioBackendOptions } from './vfio-backend.ts';
