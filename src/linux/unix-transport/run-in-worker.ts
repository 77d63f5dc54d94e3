/** What the module of a connection's thread calls: carries the connection that the thread was started with. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Carrier, Endpoint } from '../../pure/vfio-user/endpoint.ts';
import { Descriptor, EventFd } from '../ffi/index.ts';
import { libc } from '../ffi/libc.ts';
import { BlockingWaiter } from './blocking-waiter.ts';
import { runConnection } from './run-connection.ts';
import { DISMISSED, type StandbyData, WAITING } from './standby-thread.ts';
import type { FromThread, ThreadStart, ToThread } from './thread-protocol.ts';
import { type ConnectionEnd, UnixConnection } from './unix-connection.ts';

/** What a thread's module is given when its connection begins. */
export interface WorkerLink<Data> {
  /** What ConnectionThread was given, as a structured clone. */
  readonly data: Data;
  readonly carrier: Carrier;
  /** Sends a structured clone to ConnectionThread's `onMessage`. */
  readonly post: (message: unknown) => void;
}

/** What a thread's module brings to its connection. */
export interface WorkerPart {
  readonly endpoint: Endpoint;
  /** Takes what ConnectionThread's `post` sends. */
  readonly onMessage?: (message: unknown) => void;
}

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}

/**
 * Serves until the connection ends or the thread is stopped; everything is closed then.
 * @throws what `make` throws
 */
export async function runInWorker<Data>(make: (link: WorkerLink<Data>) => WorkerPart): Promise<ConnectionEnd> {
  const start = waitForStart() as (Omit<ThreadStart, 'data'> & { readonly data: Data }) | null;
  if (start === null) return { reason: 'stopped', error: null };
  // Both numbers are valid in the whole process; the thread that started this one stays the owner of the wake-up.
  const wake = new EventFd(new Descriptor(start.wake, 'the wake-up of the thread'));
  const socket = new Descriptor(start.socket, start.target);
  tell({ kind: 'taken' });
  let part: WorkerPart | null = null;
  const connection = new UnixConnection(socket, carrier => {
    part = make({ data: start.data, carrier, post: message => tell({ kind: 'message', message }) });
    return part.endpoint;
  });
  // What a device throws in a timer must not end the thread before its descriptors, which are the process's, are closed.
  const closeAll = (): void => connection.close();
  const closeWith = (error: Error): void => connection.close({ reason: 'fault', error });
  process.on('exit', closeAll);
  process.on('uncaughtException', closeWith);
  using waiter = new BlockingWaiter(wake, () => readOrders(connection, message => part?.onMessage?.(message)));
  const end = await runConnection(connection, waiter, start.spin);
  process.off('exit', closeAll);
  process.off('uncaughtException', closeWith);
  tell({ kind: 'ended', end, counters: connection.counters });
  return end;
}

/** Blocks until there is a connection; null where there will be none. The C library is loaded first, so that no connection waits for it. */
function waitForStart(): ThreadStart | null {
  loadLibc();
  const { flag } = workerData as StandbyData;
  Atomics.wait(flag, 0, WAITING);
  if (Atomics.load(flag, 0) === DISMISSED) return null;
  const first = parentPort === null ? undefined : receiveMessageOnPort(parentPort);
  if (first === undefined) throw new Error('A thread of a connection was started without one');
  return first.message;
}

/** Where the library cannot be loaded, the first call into it says so. */
function loadLibc(): void {
  try {
    libc();
  } catch {
    // Not now.
  }
}

function readOrders(connection: UnixConnection, onMessage: (message: unknown) => void): void {
  if (parentPort === null) return;
  for (let next = receiveMessageOnPort(parentPort); next !== undefined; next = receiveMessageOnPort(parentPort)) {
    const order = next.message as ToThread;
    if (order.kind === 'stop') connection.close();
    else if (order.kind === 'counters') tell({ kind: 'counters', counters: connection.counters });
    else onMessage(order.message);
  }
}
