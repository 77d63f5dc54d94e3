/** What comes in over a stream socket, cut into messages; which message a descriptor came with (unix(7), SCM_RIGHTS). */

import { EPROTO } from '../../pure/spec/errno.ts';
import type { MessageBuffer } from '../../pure/vfio-user/endpoint.ts';
import { faultAt, HEADER_SIZE, messageLength } from '../../pure/vfio-user/message.ts';
import { ProtocolError } from '../../pure/vfio-user/protocol-error.ts';
import { type Descriptor, MessageBlock, receiveMessage } from '../ffi/index.ts';

/** Descriptors that one receive has room for; the protocol allows a peer fewer. */
const MOST_DESCRIPTORS = 64;
/** A message that is sent in pieces may bring descriptors with each piece. */
const MOST_HELD = 256;
/** Room beyond one message, so that messages are seldom moved to the front. */
const SLACK = 64 * 1024;
const NONE: readonly Descriptor[] = [];

/**
 * One receive may begin with leftovers of earlier pieces, and it ends with the piece that descriptors came with. So the descriptors belong
 * to the last message that begins in the received bytes or, where none begins there, to the one that continues.
 */
export class MessageStream {
  /** The memory that messages lie in. */
  readonly input: MessageBuffer;
  /** Where the message found by `next` begins, and its length. */
  at = 0;
  length = 0;
  readonly #socket: Descriptor;
  readonly #block: MessageBlock;
  readonly #limit: number;
  #start = 0;
  #end = 0;
  /** Of the message at `#start`. */
  #held: readonly Descriptor[] = NONE;
  /** Of the last message that begins before `#end`. */
  #fresh: readonly Descriptor[] = NONE;

  /** `limit`: bytes of the largest message. */
  constructor(socket: Descriptor, limit: number) {
    this.#socket = socket;
    this.#limit = limit;
    this.#block = new MessageBlock(limit + SLACK, MOST_DESCRIPTORS);
    const { data } = this.#block;
    this.input = { bytes: data, view: new DataView(data.buffer, data.byteOffset, data.length) };
  }

  /** Whether a part of a message is there. */
  get isPartial(): boolean {
    return this.#start < this.#end;
  }

  /**
   * Finds the next message that is complete: `at` and `length`; its descriptors are given by `takeDescriptors`. Throws ProtocolError
   * for a size that no message has.
   */
  next(): boolean {
    this.length = messageLength(this.input.view, this.#start, this.#end - this.#start, this.#limit);
    this.at = this.#start;
    return this.length > 0;
  }

  /** Goes past the message that `next` found and gives the caller its descriptors to close. */
  takeDescriptors(): readonly Descriptor[] {
    this.#start += this.length;
    const isLast = this.#start >= this.#end;
    if (isLast) this.#start = this.#end = 0;
    if (this.#held.length === 0 && this.#fresh.length === 0) return NONE;
    const taken = isLast ? [...this.#held, ...this.#fresh] : this.#held;
    this.#held = NONE;
    if (isLast) this.#fresh = NONE;
    return taken;
  }

  /**
   * Receives once, without waiting; called when `next` finds nothing. Returns the number of bytes, 0 at the stream's end, -1 where there is
   * nothing now. Throws SyscallError, ProtocolError for too many descriptors.
   */
  receive(): number {
    if (this.#start > SLACK) this.#moveToFront();
    const received = receiveMessage(this.#socket, this.#block, { at: this.#end, length: this.#block.dataSize - this.#end });
    if (received === null) return -1;
    // All complete messages are gone, so what was fresh is the partial message's.
    if (this.#fresh.length > 0) this.#held = [...this.#held, ...this.#fresh];
    this.#fresh = received.descriptors;
    this.#end += received.length;
    if (received.descriptorsLost || this.#held.length + this.#fresh.length > MOST_HELD) throw this.#tooMany();
    return received.length;
  }

  #moveToFront(): void {
    this.input.bytes.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #tooMany(): ProtocolError {
    const text = `more descriptors than ${MOST_DESCRIPTORS} with one message, or than this process can open`;
    if (this.#end - this.#start >= HEADER_SIZE) return faultAt(this.input.view, this.#start, text, EPROTO);
    return new ProtocolError(text, { command: 0, messageId: 0, errno: EPROTO, isSilent: true });
  }

  /** Closes descriptors that no message took and frees the memory: `input` must not be used afterwards. */
  close(): void {
    for (const descriptor of [...this.#held, ...this.#fresh]) descriptor.close();
    this.#held = this.#fresh = NONE;
    this.#block[Symbol.dispose]();
  }
}
