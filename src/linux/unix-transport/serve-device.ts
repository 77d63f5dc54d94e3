/** A device on a socket, in the caller's own thread: what a device author's program calls. */
import type { PciDevice } from '../../pure/device/index.ts';
import { VfioUserServer, type VfioUserServerOptions } from '../../pure/vfio-user/index.ts';
import { EndpointServer, type EndpointServerOptions } from './endpoint-server.ts';
import { LinuxPlatform, type LinuxPlatformOptions } from './linux-platform.ts';
import { type ListenOptions, UnixListener } from './unix-listener.ts';

/** The options of the listener, the server, the platform and the protocol, in one object. */
export interface ServeDeviceOptions extends ListenOptions, EndpointServerOptions, LinuxPlatformOptions, VfioUserServerOptions {}

/**
 * Serves the device at the socket `path`, to one client after another; timers and promises of the program run meanwhile, and the device
 * keeps its state when a client goes. The device stays the caller's.
 * @throws Error where another process listens at the path
 * @throws SyscallError where the socket cannot be made
 * @throws RangeError for a path of more than 107 bytes or a device that clients would refuse
 */
export function serveDevice(device: PciDevice, path: string, options: ServeDeviceOptions = {}): EndpointServer {
  const platform = new LinuxPlatform(options);
  return new EndpointServer(
    UnixListener.listen(path, options),
    carrier => new VfioUserServer({ device, platform, carrier }, options),
    options,
  );
}
