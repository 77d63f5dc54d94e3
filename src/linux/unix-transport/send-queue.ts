/** What goes out over a stream socket, in order; what the peer does not take yet waits here, with a bound (send(2), sendmsg(2)). */
import { constants } from 'node:os';
import { DeviceError } from '../../pure/device/pci-device.ts';
import { MSG_DONTWAIT, MSG_NOSIGNAL } from '../ffi/constants.ts';
import { type Descriptor, duplicate, MessageBlock, SyscallError, sendMessage } from '../ffi/index.ts';
import { libc } from '../ffi/libc.ts';

/** Bytes that may wait: far more than one message and its replies, far less than a device could send to a peer that is asleep. */
const MOST_WAITING = 64 * 1024 * 1024;
/** Bytes of a message that leave together with its descriptors; the rest follows. */
const FIRST_PIECE = 4096;
const MOST_DESCRIPTORS = 64;
const FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL;

interface Piece {
  readonly bytes: Uint8Array;
  sent: number;
  /** Our own, closed once they are sent. */
  descriptors: readonly Descriptor[];
}

export class SendQueue {
  /** Bytes that the kernel took. */
  bytesSent = 0;
  readonly #socket: Descriptor;
  readonly #pieces: Piece[] = [];
  #block: MessageBlock | null = null;
  #waiting = 0;

  constructor(socket: Descriptor) {
    this.#socket = socket;
  }

  /** Bytes that wait for the peer, bookkeeping included. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Sends the first `length` of `bytes`, which stay the caller's like the descriptors. Throws SyscallError where the peer is gone,
   * DeviceError EBUSY where too much waits for it already: nothing of the message is sent then.
   */
  send(bytes: Uint8Array, length: number, descriptors: readonly Descriptor[]): void {
    const sent = this.#pieces.length > 0 ? 0 : this.#offer(bytes, 0, length, descriptors);
    if (sent < length) this.#keep(bytes.slice(sent, length), sent === 0 ? descriptors : []);
  }

  /** Sends what the peer takes now. Throws SyscallError. */
  flush(): void {
    for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
      const sent = this.#offer(piece.bytes, piece.sent, piece.bytes.length, piece.descriptors);
      if (sent === 0) return;
      piece.sent += sent;
      for (const descriptor of piece.descriptors) descriptor.close();
      piece.descriptors = [];
      if (piece.sent < piece.bytes.length) continue;
      this.#pieces.shift();
      this.#waiting -= weightOf(piece);
    }
  }

  /** Returns how many bytes from `at` on the kernel took; if it took any, it took the descriptors too. */
  #offer(bytes: Uint8Array, at: number, end: number, descriptors: readonly Descriptor[]): number {
    if (descriptors.length > 0) return this.#offerWith(bytes, at, end, descriptors);
    // Bytes given as an argument stay where they are for the call: no copy into native memory.
    const part = at === 0 ? bytes : bytes.subarray(at);
    const sent = libc().send(this.#socket.number, part, end - at, FLAGS);
    if (sent < 0) {
      const errno = libc().errno();
      if (errno === constants.errno.EAGAIN) return 0;
      throw new SyscallError({ call: 'send', action: `send to ${this.#socket.target}` }, errno, this.#socket.target);
    }
    this.bytesSent += sent;
    return sent;
  }

  #offerWith(bytes: Uint8Array, at: number, end: number, descriptors: readonly Descriptor[]): number {
    this.#block ??= new MessageBlock(FIRST_PIECE, MOST_DESCRIPTORS);
    const length = Math.min(end - at, FIRST_PIECE);
    this.#block.data.set(bytes.subarray(at, at + length));
    let sent = sendMessage(this.#socket, this.#block, { length }, descriptors);
    this.bytesSent += sent;
    if (sent === FIRST_PIECE && at + sent < end) sent += this.#offer(bytes, at + sent, end, []);
    return sent;
  }

  #keep(bytes: Uint8Array, descriptors: readonly Descriptor[]): void {
    const piece: Piece = { bytes, sent: 0, descriptors: [] };
    // The rest of a message that has begun must follow, whatever waits.
    if (this.#waiting + weightOf(piece) > MOST_WAITING && this.#pieces.length > 0) {
      throw new DeviceError(constants.errno.EBUSY, `${this.#waiting} bytes wait for the peer, which does not read`);
    }
    const own: Descriptor[] = [];
    piece.descriptors = own;
    this.#pieces.push(piece);
    this.#waiting += weightOf(piece);
    for (const descriptor of descriptors) own.push(duplicate(descriptor));
  }

  /** Drops what waits. */
  close(): void {
    for (const { descriptors } of this.#pieces) for (const descriptor of descriptors) descriptor.close();
    this.#pieces.length = 0;
    this.#waiting = 0;
    this.#block?.[Symbol.dispose]();
    this.#block = null;
  }
}

/** Counts each piece's own cost, so that many small messages take no more memory than a few large ones. */
const weightOf = ({ bytes }: Piece): number => bytes.length + 256;
