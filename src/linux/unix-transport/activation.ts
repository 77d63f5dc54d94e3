/** Sockets that a service manager opened before it started us (sd_listen_fds(3)). */
import { AF_UNIX, SO_ACCEPTCONN, SO_DOMAIN, SO_TYPE, SOCK_STREAM } from '../ffi/constants.ts';
import { Descriptor, setNonBlocking, socketOption } from '../ffi/index.ts';
import { UnixListener } from './unix-listener.ts';

/** SD_LISTEN_FDS_START. */
const FIRST = 3;
const MOST = 1024;

/** A listener that the service manager opened. */
export interface ActivatedListener {
  /** From LISTEN_FDNAMES; `''` without. */
  readonly name: string;
  readonly listener: UnixListener;
}

/**
 * The sockets given to this process, in order; none where there are none. Removes the variables, which are not for its children.
 * @throws Error where one of them is no listening UNIX stream socket
 */
export function takeActivatedListeners(env: NodeJS.ProcessEnv = process.env, pid: number = process.pid): ActivatedListener[] {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = env;
  if (LISTEN_PID === undefined || LISTEN_FDS === undefined || Number(LISTEN_PID) !== pid) return [];
  const count = Number(LISTEN_FDS);
  if (!Number.isInteger(count) || count < 0 || count > MOST)
    throw new Error(`LISTEN_FDS=${LISTEN_FDS.slice(0, 20)} is no number of sockets`);
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete env[name];
  const names = LISTEN_FDNAMES?.split(':') ?? [];
  const sockets = Array.from(
    { length: count },
    (_, i) => new Descriptor(FIRST + i, `socket ${names[i] || FIRST + i} of the service manager`),
  );
  for (const socket of sockets) requireListener(socket);
  return sockets.map((socket, i) => {
    setNonBlocking(socket);
    return { name: names[i] ?? '', listener: UnixListener.adopt(socket) };
  });
}

function requireListener(socket: Descriptor): void {
  const isUnixStream = socketOption(socket, SO_DOMAIN) === AF_UNIX && socketOption(socket, SO_TYPE) === SOCK_STREAM;
  if (isUnixStream && socketOption(socket, SO_ACCEPTCONN) === 1) return;
  throw new Error(`Cannot serve on ${socket.target}: it is no listening UNIX stream socket (ListenStream= with a path)`);
}
