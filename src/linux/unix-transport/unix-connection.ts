/** One endpoint on one connected socket: messages in, replies out, without ever waiting; who waits, and how, is decided elsewhere. */
import type { Handle } from '../../pure/device/handle.ts';
import type { Carrier, Endpoint } from '../../pure/vfio-user/endpoint.ts';
import { ProtocolError } from '../../pure/vfio-user/protocol-error.ts';
import { Descriptor, POLLIN, POLLOUT, SyscallError } from '../ffi/index.ts';
import { type ConnectionCounters, createConnectionCounters } from './connection-counters.ts';
import { MessageStream } from './message-stream.ts';
import { SendQueue } from './send-queue.ts';

/** Bytes waiting for the peer above which nothing more is read from it: a peer that sends requests and reads no replies has to wait. */
const MOST_UNREAD = 1024 * 1024;

/** Messages handled in one step, so that others in the thread get their turn. */
const MOST_AT_ONCE = 64;

/**
 * Why a connection ended. `closed`: the peer closed it, between two messages; `broken`: in the middle of one, or the socket failed;
 * `protocol`: the peer sent what no message is; `fault`: the endpoint failed; `stopped`: `close` was called here.
 */
export interface ConnectionEnd {
  readonly reason: 'closed' | 'broken' | 'protocol' | 'fault' | 'stopped';
  readonly error: Error | null;
}

/** Makes the endpoint of a new connection; whatever it sends that is no reply goes to `carrier`. */
export type MakeEndpoint = (carrier: Carrier) => Endpoint;

export class UnixConnection implements Carrier {
  readonly socket: Descriptor;
  readonly counters: ConnectionCounters = createConnectionCounters();
  /** Called when something is to be sent, or the connection ends, outside of `step`: whoever waits looks again. */
  onChange: (() => void) | null = null;
  /** Called once, when the endpoint has agreed on a version with the peer, or has had its first message where it agrees on none. */
  onAgreed: (() => void) | null = null;
  readonly #endpoint: Endpoint;
  readonly #stream: MessageStream;
  readonly #queue: SendQueue;
  #isStepping = false;
  #hasAgreed = false;
  /** What ends it once all that the peer has sent is read. */
  #late: Error | null = null;
  #wanted: ConnectionEnd | null = null;
  #end: ConnectionEnd | null = null;

  /**
   * Becomes the owner of `socket`, of which nobody else may receive.
   * @throws what `makeEndpoint` throws; the socket is closed then
   */
  constructor(socket: Descriptor, makeEndpoint: MakeEndpoint) {
    this.socket = socket;
    this.#queue = new SendQueue(socket);
    try {
      this.#endpoint = makeEndpoint(this);
      this.#stream = new MessageStream(socket, this.#endpoint.messageLimit);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Why it ended; null while it lives. */
  get end(): ConnectionEnd | null {
    return this.#end;
  }

  /** Whether promises are waiting, which the thread must let run. */
  get isWaiting(): boolean {
    return this.#end === null && this.#endpoint.isWaiting;
  }

  /** What to wait for (POLLIN, POLLOUT) once `step` finds nothing to do. */
  get events(): number {
    if (this.#queue.waiting === 0) return POLLIN;
    return this.#queue.waiting > MOST_UNREAD ? POLLOUT : POLLIN | POLLOUT;
  }

  /**
   * Sends what waits, receives once and hands over the messages that are complete; while promises wait it hands over only one, so that they
   * may run before the next. Returns whether there was anything to do. Never throws: what goes wrong ends the connection.
   */
  step(): boolean {
    if (this.#end !== null) return false;
    this.#isStepping = true;
    let didWork = true;
    try {
      didWork = this.#wanted !== null || this.#step();
    } catch (error) {
      if (error instanceof ProtocolError) this.#refuse(error);
      this.#wanted ??= endOf(error);
    }
    this.#isStepping = false;
    if (this.#wanted !== null) this.#finish(this.#wanted);
    return didWork;
  }

  #step(): boolean {
    if (this.#queue.waiting > 0) {
      const { bytesSent } = this.#queue;
      this.#queue.flush();
      this.counters.bytesSent = this.#queue.bytesSent;
      if (this.#queue.waiting > MOST_UNREAD) return this.#queue.bytesSent > bytesSent;
    }
    const stream = this.#stream;
    this.counters.receives++;
    if (!stream.next()) {
      const received = stream.receive();
      if (received < 0) return this.#isTooLate();
      if (received === 0) {
        this.#wanted ??= stream.isPartial ? { reason: 'broken', error: new Error('The peer closed the connection in a message') } : CLOSED;
        return true;
      }
      this.counters.bytesReceived += received;
      if (!stream.next()) return true;
    }
    let handed = 0;
    do this.#handOver();
    while (this.#mayGoOn(++handed) && stream.next());
    return true;
  }

  #mayGoOn(handed: number): boolean {
    if (this.#wanted !== null || handed >= MOST_AT_ONCE) return false;
    return !this.#endpoint.isWaiting && this.#queue.waiting <= MOST_UNREAD;
  }

  #handOver(): void {
    const stream = this.#stream;
    const { at, length } = stream;
    const endpoint = this.#endpoint;
    const descriptors = stream.takeDescriptors();
    this.counters.messages++;
    this.counters.descriptorsReceived += descriptors.length;
    const reply = endpoint.receive(stream.input, at, length, descriptors);
    if (!this.#hasAgreed && endpoint.isAgreed !== false) this.#agree();
    if (reply === 0) return;
    this.#queue.send(endpoint.output.bytes, reply, ownDescriptors(endpoint.replyHandles));
    this.counters.bytesSent = this.#queue.bytesSent;
  }

  /** Tells the peer why the connection ends, where it can still be told. */
  #refuse(error: ProtocolError): void {
    const reply = this.#endpoint.refuse?.(error) ?? 0;
    if (reply === 0) return;
    try {
      this.#queue.send(this.#endpoint.output.bytes, reply, NONE);
    } catch {
      // A peer that is gone, or reads nothing, is not told.
    }
    this.counters.bytesSent = this.#queue.bytesSent;
  }

  #agree(): void {
    this.#hasAgreed = true;
    this.onAgreed?.();
  }

  #isTooLate(): boolean {
    if (this.#late === null || this.#hasAgreed) return false;
    this.#wanted ??= { reason: 'protocol', error: this.#late };
    return true;
  }

  /**
   * Ends the connection as one that broke the protocol, unless the peer has agreed on a version by then. What it has sent until now is read
   * first: a peer does not answer for the time in which nobody here reads.
   */
  endUnlessAgreed(error: Error): void {
    if (this.#end !== null || this.#hasAgreed) return;
    this.#late ??= error;
    if (!this.#isStepping) this.onChange?.();
  }

  /**
   * Carrier: sends a whole message.
   * @throws DeviceError EBUSY where the peer has not read what was sent long before
   */
  send(bytes: Uint8Array, handles: readonly Handle[]): void {
    // A device may answer late: what it sends to a peer that is gone goes nowhere, and its requests are rejected at the end.
    if (this.#end !== null || this.#wanted !== null) return;
    try {
      this.#queue.send(bytes, bytes.length, ownDescriptors(handles));
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.#wanted = endOf(error);
    }
    this.counters.bytesSent = this.#queue.bytesSent;
    if (!this.#isStepping && (this.#queue.waiting > 0 || this.#wanted !== null)) this.onChange?.();
  }

  /** Ends the connection at once, or after the message being handled. Does nothing the second time. */
  close(end: ConnectionEnd = { reason: 'stopped', error: null }): void {
    if (this.#end !== null) return;
    this.#wanted ??= end;
    if (this.#isStepping) return;
    // Whoever waits for the socket lets go of it before its number is another's.
    this.onChange?.();
    this.#finish(this.#wanted);
  }

  #finish(end: ConnectionEnd): void {
    this.#end = end;
    try {
      this.#endpoint.close();
    } catch (error) {
      if (end.error === null) this.#end = endOf(error);
    } finally {
      this.#stream.close();
      this.#queue.close();
      this.socket.close();
    }
  }
}

const CLOSED: ConnectionEnd = { reason: 'closed', error: null };
const NONE: readonly Descriptor[] = [];

/** The descriptors behind the handles: those of this ring are descriptors, and no other can be sent. */
function ownDescriptors(handles: readonly Handle[]): readonly Descriptor[] {
  if (handles.length === 0) return NONE;
  return handles.map(handle => {
    if (handle instanceof Descriptor) return handle;
    throw new TypeError('Cannot send a handle that is no descriptor of this process');
  });
}

function endOf(thrown: unknown): ConnectionEnd {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error instanceof ProtocolError) return { reason: 'protocol', error };
  if (!(error instanceof SyscallError)) return { reason: 'fault', error };
  // A peer that closes with our bytes unread resets the connection; for us it has simply closed.
  return error.code === 'EPIPE' || error.code === 'ECONNRESET' ? CLOSED : { reason: 'broken', error };
}
