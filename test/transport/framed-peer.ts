/** A peer that takes messages, not reads: however many messages one read brings, or how small a part of one. */
import { type Descriptor, POLLIN, type SyscallError } from '../../src/linux/ffi/index.ts';
import type { EventLoopWaiter } from '../../src/linux/unix-transport/index.ts';
import { MessageStream } from '../../src/linux/unix-transport/message-stream.ts';
import { PATIENCE, within } from '../fixtures/deadline.ts';
import { LIMIT, type Peer } from './echo-endpoint.ts';

export interface FramedMessage {
  readonly bytes: Uint8Array;
  /** The caller's to close. */
  readonly descriptors: readonly Descriptor[];
}

export class FramedPeer {
  readonly #peer: Peer;
  readonly #waiter: EventLoopWaiter;
  readonly #stream: MessageStream;

  /** Reads from the peer's socket from now on; nobody else may. */
  constructor(peer: Peer, waiter: EventLoopWaiter) {
    this.#peer = peer;
    this.#waiter = waiter;
    this.#stream = new MessageStream(peer.socket, LIMIT);
  }

  /** The next message; null at the end, which one with bytes of ours unread is too. DeadlineError where neither comes. */
  async receive(): Promise<FramedMessage | null> {
    const stream = this.#stream;
    for (;;) {
      if (stream.next()) {
        const bytes = stream.input.bytes.slice(stream.at, stream.at + stream.length);
        return { bytes, descriptors: stream.takeDescriptors() };
      }
      const received = this.#receive();
      if (received === 0) return null;
      if (received < 0) await within(PATIENCE, 'a message comes', this.#waiter.ready(this.#peer.socket, POLLIN));
    }
  }

  #receive(): number {
    try {
      return this.#stream.receive();
    } catch (error) {
      if ((error as SyscallError).code !== 'ECONNRESET') throw error;
      return 0;
    }
  }

  close(): void {
    this.#stream.close();
  }
}
