/** A stream of bytes and handles in memory, cut into messages as a socket's reader must do it. */
import type { MessageBuffer } from './endpoint.ts';
import type { MemoryHandle } from './memory-platform.ts';
import { createMessageBuffer, messageLength } from './message.ts';

/** Says how many of `available` bytes one read gets: 1 to all of them. */
export type Split = (available: number) => number;

/** A message in the stream's buffer, which the next read may move. */
export interface StreamMessage {
  readonly buffer: MessageBuffer;
  readonly at: number;
  readonly length: number;
  readonly handles: readonly MemoryHandle[];
}

interface Parcel {
  /** Bytes of the stream before the first byte that the handles came with. */
  readonly at: number;
  readonly handles: readonly MemoryHandle[];
}

/** One direction. Handles belong to the byte that they were sent with, so to the message that holds it. */
export class MemoryStream {
  readonly #limit: number;
  readonly #split: Split;
  readonly #sent: Uint8Array[] = [];
  #parcels: Parcel[] = [];
  #buffer: MessageBuffer;
  /** Bytes of the buffer: taken as messages, and read from the stream. */
  #taken = 0;
  #filled = 0;
  /** Bytes of the stream: written, and before the buffer's first. */
  #written = 0;
  #before = 0;

  constructor(limit: number, split: Split) {
    this.#limit = limit;
    this.#split = split;
    this.#buffer = createMessageBuffer(2 * limit);
  }

  /** Copies the bytes; the stream owns the handles. */
  write(bytes: Uint8Array, handles: readonly MemoryHandle[]): void {
    if (handles.length > 0) this.#parcels.push({ at: this.#written, handles });
    if (bytes.length === 0) return;
    this.#sent.push(bytes.slice());
    this.#written += bytes.length;
  }

  /** Reads once; returns whether anything came. One read may bring several messages. */
  fill(): boolean {
    const next = this.#sent[0];
    if (next === undefined) return false;
    this.#makeRoom();
    const room = Math.min(next.length, this.#buffer.bytes.length - this.#filled);
    const wanted = Math.trunc(this.#split(room));
    // A read gets at least one byte, whatever the split says.
    const count = wanted >= 1 ? Math.min(wanted, room) : 1;
    this.#buffer.bytes.set(next.subarray(0, count), this.#filled);
    this.#filled += count;
    if (count === next.length) this.#sent.shift();
    else this.#sent[0] = next.subarray(count);
    return true;
  }

  #makeRoom(): void {
    if (this.#taken === 0 || this.#filled < this.#limit) return;
    this.#buffer.bytes.copyWithin(0, this.#taken, this.#filled);
    this.#before += this.#taken;
    this.#filled -= this.#taken;
    this.#taken = 0;
  }

  /** The next whole message, null where there is none yet. Throws ProtocolError for a size that no message has. */
  next(): StreamMessage | null {
    const length = messageLength(this.#buffer.view, this.#taken, this.#filled - this.#taken, this.#limit);
    if (length === 0) return null;
    const at = this.#taken;
    this.#taken += length;
    const end = this.#before + this.#taken;
    if (this.#parcels.length === 0) return { buffer: this.#buffer, at, length, handles: [] };
    const handles = this.#parcels.filter(parcel => parcel.at < end).flatMap(parcel => parcel.handles);
    this.#parcels = this.#parcels.filter(parcel => parcel.at >= end);
    return { buffer: this.#buffer, at, length, handles };
  }

  /** Closes what nobody received. */
  close(): void {
    for (const { handles } of this.#parcels) for (const handle of handles) handle.close();
    this.#parcels = [];
    this.#sent.length = 0;
  }
}
