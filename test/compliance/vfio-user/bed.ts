/** What a carrier offers so that the compliance suite can judge a server behind it. */
import type { Handle, PciDevice, VfioUserServerOptions } from '../../../src/pure/vfio-user/index.ts';

/** A file or an eventfd that can be sent. The suite closes what it made; what it received it closes as well. */
export interface Shared {
  readonly handle: Handle;
  /** Bytes of a file. */
  read(offset: number, length: number): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
  /** How often an eventfd was signalled since the last call. */
  signals(): number;
}

/** A message that came, whole. */
export interface RawMessage {
  readonly bytes: Uint8Array;
  readonly handles: readonly Handle[];
}

/** The other end of a connection, which may send anything. */
export interface RawPeer {
  /** Sends bytes, whole messages or not, with handles at the first of them; the handles stay the caller's. */
  send(bytes: Uint8Array, handles?: readonly Handle[]): Promise<void>;
  /** The next message from the server; null where the connection ended. */
  receive(): Promise<RawMessage | null>;
  /** Ends the connection; resolves when the server has given everything back. */
  close(): Promise<void>;
}

export interface ComplianceBed {
  createFile(size: number): Shared;
  createEvent(): Shared;
  /** The bytes behind a handle that the peer received. */
  readHandle(handle: Handle, offset: number, length: number): Uint8Array;
  /** Handles and mappings that this process has now. */
  held(): number;
  /** A server for `device`, and a peer connected to it. */
  connect(device: PciDevice, options?: VfioUserServerOptions): Promise<RawPeer>;
}
