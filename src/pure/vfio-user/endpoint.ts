/** The seam between the protocol and what carries it: bytes and handles in, bytes and handles out; no socket is known here. */
import type { Handle } from '../device/handle.ts';
import type { ProtocolError } from './protocol-error.ts';

/** Memory that messages lie in, made once and used again for every message. `view` is over the same bytes. */
export interface MessageBuffer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** One side of a connection. The carrier calls it with whole messages, in order, never from within another call. */
export interface Endpoint {
  /**
   * Takes the message of `length` bytes at `at` of `input`; `handles` came with it and are the endpoint's to close. Writes the reply to
   * the start of `output` and returns its length, 0 for none; handles to send with it are in `replyHandles` until the next call and stay
   * the endpoint's.
   * @throws ProtocolError for a message that ends the connection; all handles are closed then
   */
  receive(input: MessageBuffer, at: number, length: number, handles: readonly Handle[]): number;
  /**
   * What the peer sent ends the connection: writes what the peer is told to the start of `output` and returns its length, 0 for nothing.
   * No handles go with it. `close` follows.
   */
  refuse?(error: ProtocolError): number;
  readonly output: MessageBuffer;
  /** Largest message that it takes, header included, in bytes: the carrier cuts the stream by it (`messageLength`). */
  readonly messageLimit: number;
  readonly replyHandles: readonly Handle[];
  /** Whether promises wait for messages or for each other, so that the carrier must let them run before it blocks. */
  readonly isWaiting: boolean;
  /** Whether the two sides have agreed on a version; left out by one that agrees on none. */
  readonly isAgreed?: boolean;
  /** The connection ended: everything that it held is given back, whatever waits is rejected. */
  close(): void;
}

/** The part of a carrier that an endpoint sees: it sends what is no reply. */
export interface Carrier {
  /** Sends a whole message after those before it; `bytes` may be used again after the call, the handles stay the caller's. */
  send(bytes: Uint8Array, handles: readonly Handle[]): void;
}
