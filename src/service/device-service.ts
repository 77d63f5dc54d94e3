/** One served device: its socket, the thread of the client that is connected, and the state that outlives it. */
import type { HostFunction } from '../linux/passthrough/index.ts';
import {
  type ConnectionEnd,
  ConnectionThread,
  DEFAULT_VERSION_DEADLINE,
  type Guest,
  type StandbyThreads,
  type UnixListener,
  WaitingRoom,
} from '../linux/unix-transport/index.ts';
import { type Counters, createCounters } from '../pure/vfio-user/counters.ts';
import type { DeviceOrder, DeviceState } from './device-order.ts';
import { formatFault } from './fault.ts';
import type { FromServer, ServeStart, ToServer } from './protocol.ts';
import { isKernelRefusal } from './system-words.ts';

/** How long a second client may wait for the first one's end, in milliseconds: a VMM that restarts is its own second client. */
const PATIENCE = 3000;

/** The device behind a source; closed once it is no longer served. */
export interface ServedHost {
  readonly function: HostFunction;
  close(): void;
}

export interface DeviceServiceOptions {
  readonly name: string;
  readonly order: DeviceOrder;
  readonly listener: UnixListener;
  /** Makes a thread for a connection, which runs `serve-worker`. */
  readonly threads: StandbyThreads;
  /** The device of this machine behind it; closed by whoever opened it, and here where the host wants it back. */
  readonly host: ServedHost | null;
  /** Ends after the first connection. */
  readonly isOnce: boolean;
  /** Gives each client the device as at first. */
  readonly isFresh: boolean;
  readonly isLogged: boolean;
  /** Microseconds for which a connection polls after a message. */
  readonly spin: number | undefined;
  /** Milliseconds in which a client must agree on a version, 0 for any time; undefined for the transport's own default. */
  readonly versionDeadline: number | undefined;
  /** Takes messages for the user, one line at a time. */
  readonly tell: (line: string) => void;
}

/** Sums over all connections of a device. */
export interface ServiceTotals extends Readonly<Counters> {
  readonly connections: number;
  readonly refused: number;
  readonly isConnected: boolean;
}

function sum(a: Counters, b: Counters): Counters {
  return {
    messages: a.messages.map((count, i) => count + (b.messages[i] ?? 0)),
    bytesReceived: a.bytesReceived + b.bytesReceived,
    bytesSent: a.bytesSent + b.bytesSent,
    errors: a.errors + b.errors,
    dmaMapped: a.dmaMapped + b.dmaMapped,
    dmaByMessage: a.dmaByMessage + b.dmaByMessage,
  };
}

const WORDS: Readonly<Record<ConnectionEnd['reason'], string>> = {
  closed: 'the client is gone',
  broken: 'the connection broke',
  protocol: 'the client broke the protocol',
  fault: 'the device failed, and begins anew',
  stopped: 'ended here',
};

export class DeviceService {
  readonly name: string;
  /** Resolves when no client will be served any more and everything is closed. */
  readonly ended: Promise<void>;
  readonly #options: DeviceServiceOptions;
  readonly #room: WaitingRoom;
  #thread: ConnectionThread | null = null;
  #order: DeviceOrder;
  /** The thread that serves, or served last: its order, and whether it gave its device back by itself. */
  #served: { readonly order: DeviceOrder; isHandedOver: boolean } | null = null;
  #state: DeviceState = null;
  #past: Counters = createCounters();
  #current: Counters = createCounters();
  #connections = 0;
  #refused = 0;
  #faults = 0;
  #isClosing = false;
  /** Called when no client is connected any more. */
  #onFree: () => void = () => undefined;
  /** Whether the user was told that the host wants the device back, since the present client connected. */
  #isAskedFor = false;

  /** Serves from now on; becomes the owner of the listener. */
  constructor(options: DeviceServiceOptions) {
    this.name = options.name;
    this.#options = options;
    this.#room = new WaitingRoom(options.listener, options.versionDeadline);
    this.#order = options.order;
    void options.host?.function.watchRequests(() => this.#giveBack());
    this.ended = this.#run().finally(() => this.#room.close());
  }

  get isConnected(): boolean {
    return this.#thread !== null;
  }

  /** How many faults of ours its clients met. */
  get faults(): number {
    return this.#faults;
  }

  /** The order of the connected client's device; null where no client is connected. */
  get servedOrder(): DeviceOrder | null {
    return this.#thread === null ? null : (this.#served?.order ?? null);
  }

  /** Sets the device of the next connection; the state of the one before is forgotten. */
  orderNext(order: DeviceOrder): void {
    this.#order = order;
    this.#state = null;
  }

  /** Ends the connection of the client after the message being handled; false where there is none. */
  async endSession(): Promise<boolean> {
    if (this.#thread === null) return false;
    await this.#thread.stop();
    return true;
  }

  /** The host takes the device away, which waits until nobody has it open. */
  #giveBack(): void {
    if (this.#thread !== null) {
      // The kernel asks again every ten seconds.
      if (!this.#isAskedFor) this.#tell('the host wants the device back; its client has not asked to be told, and has it until it ends');
      this.#isAskedFor = true;
      return;
    }
    this.#tell('the host wants the device back and gets it');
    this.#isClosing = true;
    this.#room.close();
    this.#options.host?.close();
  }

  #tell(line: string): void {
    this.#options.tell(`${this.name}: ${line}`);
  }

  async #run(): Promise<void> {
    for (let guest = await this.#room.next(); guest !== null; guest = await this.#room.next()) {
      if (this.#thread !== null) await this.#untilFree(guest.since + PATIENCE - performance.now());
      if (this.#thread !== null || this.#isClosing) {
        guest.socket.close();
        this.#refused++;
        this.#tell('a second client is refused: the device has one already');
        continue;
      }
      const thread = this.#start(guest);
      if (this.#options.isOnce) {
        this.#room.close();
        await thread.ended;
        return;
      }
    }
    await this.#thread?.ended;
  }

  /** Until no client is connected, or so many milliseconds have passed. */
  #untilFree(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, Math.max(0, milliseconds)).unref();
      this.#onFree = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #start({ socket }: Guest): ConnectionThread {
    const { isLogged, isFresh, spin, versionDeadline = DEFAULT_VERSION_DEADLINE } = this.#options;
    const data: ServeStart = { order: this.#order, state: this.#state, isFresh, isLogged };
    const onMessage = (message: unknown): void => this.#take(message as FromServer);
    const thread = new ConnectionThread(this.#options.threads.take(), socket, {
      data,
      onMessage,
      versionDeadline,
      ...(spin !== undefined && { spin }),
    });
    this.#thread = thread;
    this.#served = { order: this.#order, isHandedOver: false };
    this.#state = null;
    this.#current = createCounters();
    this.#connections++;
    this.#isAskedFor = false;
    this.#tell('a client is connected');
    thread.ended.then(end => this.#finish(end));
    return thread;
  }

  #take(message: FromServer): void {
    if (message.kind === 'counters') this.#current = message.counters;
    else if (message.kind === 'state') this.#takeBack(message.state);
    else if (message.kind === 'fault') this.#tellFailure('the device failed', message.error, message.isOurs);
    else this.#tell(message.line);
  }

  #tellFailure(what: string, error: Error, isOurs: boolean): void {
    if (isOurs) this.#faults++;
    const [words, ...origin] = isOurs ? formatFault(error) : [error.message];
    for (const line of [`${what}: ${words}`, ...origin]) this.#tell(line);
  }

  #takeBack(state: DeviceState): void {
    if (this.#served !== null) this.#served.isHandedOver = true;
    // A new order may have another view, which this state does not fit.
    this.#state = this.#served?.order === this.#order ? state : null;
  }

  #finish({ reason, error }: ConnectionEnd): void {
    this.#thread = null;
    const isClean = reason !== 'fault' && this.#served?.isHandedOver === true;
    // After a fault the saved state cannot be trusted.
    if (!isClean) this.#state = null;
    for (const refused of this.#options.host?.function.rest(isClean) ?? []) this.#tell(refused);
    this.#past = sum(this.#past, this.#current);
    this.#current = createCounters();
    this.#onFree();
    if (reason === 'fault' && error !== null) this.#tellFailure(WORDS.fault, error, !isKernelRefusal(error));
    else this.#tell(error === null ? WORDS[reason] : `${WORDS[reason]}: ${error.message}`);
  }

  /** Asks a thread that serves for its counters; those of the last moment before where it has just ended. */
  async totals(): Promise<ServiceTotals> {
    if (this.#thread !== null) {
      this.#thread.post({ kind: 'counters' } satisfies ToServer);
      // The answer to readCounters comes after the one to `counters`, so both are in once it resolves.
      await this.#thread.readCounters();
    }
    const { messages, ...rest } = sum(this.#past, this.#current);
    return { messages, ...rest, connections: this.#connections, refused: this.#refused, isConnected: this.#thread !== null };
  }

  /** Ends the connection after the message being handled, and removes the socket. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#room.close();
    await this.#thread?.stop();
    await this.ended;
  }
}
