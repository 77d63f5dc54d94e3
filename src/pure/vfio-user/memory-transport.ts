/** Joins two endpoints in one process, with the framing of a real socket: bytes arrive split and coalesced, handles beside them. */
import type { Handle } from '../device/handle.ts';
import type { Carrier, Endpoint } from './endpoint.ts';
import type { MemoryHandle, MemoryPlatform } from './memory-platform.ts';
import { MemoryStream, type Split } from './memory-stream.ts';
import { ProtocolError } from './protocol-error.ts';

/** Makes an endpoint from the carrier of its side. */
export type MakeEndpoint<E extends Endpoint> = (carrier: Carrier) => E;

/** How the bytes arrive: cut as a socket may cut them. */
export interface MemoryTransportOptions {
  /** How many bytes one read gets. Default: all that were written at once. */
  readonly split?: Split;
  /** Reads before messages are taken, so that several wait together. Default 1. */
  readonly coalesce?: number;
}

const noSplit: Split = available => available;

/** One end of the connection. */
class Side<E extends Endpoint> {
  readonly endpoint: E;
  readonly inbox: MemoryStream;
  readonly #out: { stream: MemoryStream | null } = { stream: null };
  readonly #platform: MemoryPlatform;

  constructor(make: MakeEndpoint<E>, platform: MemoryPlatform, { split, wake }: { readonly split: Split; readonly wake: () => void }) {
    this.#platform = platform;
    this.endpoint = make({
      send: (bytes, handles) => {
        this.write(bytes, handles);
        wake();
      },
    });
    this.inbox = new MemoryStream(this.endpoint.messageLimit, split);
  }

  connect(stream: MemoryStream | null): void {
    this.#out.stream = stream;
  }

  /** What is sent after the end is lost, as on a socket whose peer is gone. */
  write(bytes: Uint8Array, handles: readonly Handle[]): void {
    const copies: MemoryHandle[] = this.#out.stream ? handles.map(handle => this.#platform.own(handle).duplicate()) : [];
    this.#out.stream?.write(bytes, copies);
  }

  /** Handles the messages that are there, at least one read of them; says whether there was anything to do. */
  turn(reads: number): boolean {
    let isBusy = false;
    for (let i = 0; i < reads && this.inbox.fill(); i++) isBusy = true;
    for (let message = this.inbox.next(); message !== null; message = this.inbox.next()) {
      const { endpoint } = this;
      const length = endpoint.receive(message.buffer, message.at, message.length, message.handles);
      if (length > 0) this.write(endpoint.output.bytes.subarray(0, length), endpoint.replyHandles);
    }
    return isBusy;
  }

  /** Tells the peer why the connection ends. */
  refuse(error: unknown): void {
    const { endpoint } = this;
    const length = error instanceof ProtocolError ? (endpoint.refuse?.(error) ?? 0) : 0;
    if (length > 0) this.write(endpoint.output.bytes.subarray(0, length), []);
  }

  /** Handles what the other side said last: that is on its way when the connection ends. */
  drain(): void {
    try {
      while (this.turn(1));
    } catch {
      // The connection ends for the reason that it has already.
    }
  }
}

/** A connection in memory. It moves by itself in the microtasks after something was sent, or at once where `run` is called. */
export class MemoryTransport<S extends Endpoint, C extends Endpoint> {
  readonly server: S;
  readonly client: C;
  /** What ended the connection, where a side threw. */
  error: unknown = null;
  readonly #sides: readonly Side<Endpoint>[];
  readonly #reads: number;
  #isRunning = false;
  #isAwake = false;
  #isClosed = false;

  /** `platform` is the machine whose handles go across. */
  constructor(
    platform: MemoryPlatform,
    make: { readonly server: MakeEndpoint<S>; readonly client: MakeEndpoint<C> },
    { split = noSplit, coalesce = 1 }: MemoryTransportOptions = {},
  ) {
    const wake = () => this.#wake();
    const server = new Side(make.server, platform, { split, wake });
    const client = new Side(make.client, platform, { split, wake });
    server.connect(client.inbox);
    client.connect(server.inbox);
    this.server = server.endpoint;
    this.client = client.endpoint;
    this.#sides = [server, client];
    this.#reads = coalesce;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  #wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    Promise.resolve().then(() => {
      this.#isAwake = false;
      this.run();
    });
  }

  /** Delivers until nothing is under way. What a side throws ends the connection. */
  run(): void {
    if (this.#isRunning || this.#isClosed) return;
    this.#isRunning = true;
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (const side of this.#sides) isBusy = this.#turn(side) || isBusy;
    }
    this.#isRunning = false;
  }

  #turn(side: Side<Endpoint>): boolean {
    if (this.#isClosed) return false;
    try {
      return side.turn(this.#reads);
    } catch (error) {
      this.error = error;
      side.refuse(error);
      for (const other of this.#sides) if (other !== side) other.drain();
      this.close();
      return false;
    }
  }

  /** Ends the connection: both sides give back what they hold. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const side of this.#sides) {
      side.connect(null);
      side.endpoint.close();
    }
    for (const side of this.#sides) side.inbox.close();
  }
}
