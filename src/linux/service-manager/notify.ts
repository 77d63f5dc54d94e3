/** Tells the service manager how this service is (sd_notify(3)). */
import { SyscallError, sendDatagram } from '../ffi/index.ts';

/**
 * Sends lines such as `READY=1` to the socket that NOTIFY_SOCKET names; does nothing without one, nor where nobody reads it: a
 * service that cannot tell goes on serving. Returns whether it was sent.
 */
export function notifyServiceManager(lines: readonly string[], env: NodeJS.ProcessEnv = process.env): boolean {
  const name = env.NOTIFY_SOCKET;
  // The other kind of address, vsock, is not used by any manager that is known to start us.
  if (name === undefined || !(name.startsWith('/') || name.startsWith('@'))) return false;
  try {
    sendDatagram(name, lines.join('\n'));
    return true;
  } catch (error) {
    if (error instanceof SyscallError || error instanceof RangeError) return false;
    throw error;
  }
}
