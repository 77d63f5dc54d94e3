/** What the module of a connection's thread calls: carries the connections that the thread is given, one after another. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Carrier, Endpoint } from '../../pure/vfio-user/endpoint.ts';
import { Descriptor, EventFd } from '../ffi/index.ts';
import { libc } from '../ffi/libc.ts';
import { BlockingWaiter, hasTimers } from './blocking-waiter.ts';
import type { ConnectionCounters } from './connection-counters.ts';
import { isAnyoneWaiting } from './event-loop-waiter.ts';
import { rehearse } from './rehearse.ts';
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
  /** Called once the connection has ended and the endpoint is closed. What it throws counts as a fault of the connection. */
  readonly onEnd?: (end: ConnectionEnd) => void;
}

/** Milliseconds that a device has after its connection to end what it has begun; a thread in which something is left is not used again. */
const PATIENCE = 200;

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}

/**
 * Serves until the connection ends or the thread is stopped; everything is closed then. A thread of `StandbyThreads` goes on to the next
 * connection, for which `make` is called anew, until it is dismissed. Returns how the last connection ended.
 * @throws what `make` throws
 */
export async function runInWorker<Data>(make: (link: WorkerLink<Data>) => WorkerPart): Promise<ConnectionEnd> {
  loadLibc();
  const { flag, isKept, rehearsal } = workerData as StandbyData;
  if (rehearsal !== undefined) rehearseWith(make, rehearsal as Data, () => Atomics.load(flag, 0) !== WAITING);
  let end: ConnectionEnd = { reason: 'stopped', error: null };
  for (let start = waitForStart(flag); start !== null; start = waitForStart(flag)) {
    let counters: ConnectionCounters;
    ({ end, counters } = await serve(start, make as (link: WorkerLink<unknown>) => WorkerPart));
    const isFree = isKept && end.reason !== 'fault' && (await isAtRest());
    tell({ kind: 'ended', end, counters, isFree });
    if (isFree) continue;
    // What the device left would keep the thread from ending.
    if (isKept && (hasTimers() || isAnyoneWaiting())) process.exit();
    break;
  }
  return end;
}

/** Nobody is there to be told of what goes wrong; a client meets it soon, and is. */
function rehearseWith<Data>(make: (link: WorkerLink<Data>) => WorkerPart, data: Data, isWanted: () => boolean): void {
  let part: WorkerPart | null = null;
  try {
    rehearse(carrier => {
      part = make({ data, carrier, post: () => undefined });
      return part.endpoint;
    }, isWanted);
  } catch {
    // No client is concerned.
  }
  finish(part, { reason: 'closed', error: null });
}

async function serve(start: ThreadStart, make: (link: WorkerLink<unknown>) => WorkerPart) {
  // Both numbers are valid in the whole process; the thread that started this one stays the owner of the wake-up.
  const wake = new EventFd(new Descriptor(start.wake, 'the wake-up of the thread'));
  const socket = new Descriptor(start.socket, start.target);
  tell({ kind: 'taken' });
  let part: WorkerPart | null = null;
  const connection = new UnixConnection(socket, carrier => {
    part = make({ data: start.data, carrier, post: message => tell({ kind: 'message', message }) });
    return part.endpoint;
  });
  connection.onAgreed = () => tell({ kind: 'agreed' });
  // What a device throws in a timer must not end the thread before its descriptors, which are the process's, are closed.
  const closeAll = (): void => connection.close();
  const closeWith = (error: Error): void => connection.close({ reason: 'fault', error });
  process.on('exit', closeAll);
  process.on('uncaughtException', closeWith);
  using waiter = new BlockingWaiter(wake, () => readOrders(connection, message => part?.onMessage?.(message)));
  const end = await runConnection(connection, waiter, start.spin);
  process.off('exit', closeAll);
  process.off('uncaughtException', closeWith);
  return { end: finish(part, end), counters: connection.counters };
}

function finish(part: WorkerPart | null, end: ConnectionEnd): ConnectionEnd {
  try {
    part?.onEnd?.(end);
    return end;
  } catch (error) {
    return end.reason === 'fault' ? end : { reason: 'fault', error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** Whether nothing of the device is left in the thread's event loop, which stands still between connections. */
async function isAtRest(): Promise<boolean> {
  await setImmediate();
  for (const end = performance.now() + PATIENCE; hasTimers() || isAnyoneWaiting(); await setTimeout(2))
    if (performance.now() > end) return false;
  return true;
}

/** Blocks until there is a connection; null where there will be none. */
function waitForStart(flag: Int32Array): ThreadStart | null {
  Atomics.wait(flag, 0, WAITING);
  if (Atomics.load(flag, 0) === DISMISSED) return null;
  Atomics.store(flag, 0, WAITING);
  for (let next = nextOrder(); next !== null; next = nextOrder()) {
    // Orders for the connection before this one may have come after its end.
    if (next.kind === 'start') return next.start;
  }
  throw new Error('A thread of a connection was started without one');
}

function nextOrder(): ToThread | null {
  return parentPort === null ? null : ((receiveMessageOnPort(parentPort)?.message ?? null) as ToThread | null);
}

/** The C library, so that no connection waits for it. Where it cannot be loaded, the first call into it says so. */
function loadLibc(): void {
  try {
    libc();
  } catch {
    // Not now.
  }
}

function readOrders(connection: UnixConnection, onMessage: (message: unknown) => void): void {
  for (let order = nextOrder(); order !== null; order = nextOrder()) {
    if (order.kind === 'stop') connection.close();
    else if (order.kind === 'late') connection.endUnlessAgreed(order.error);
    else if (order.kind === 'counters') tell({ kind: 'counters', counters: connection.counters });
    else if (order.kind === 'message') onMessage(order.message);
  }
}
