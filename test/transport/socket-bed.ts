/** The compliance bed over a real socket: our server in this thread, and a raw peer that may send anything. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemfd, type Descriptor, duplicate, EventFd, POLLIN, POLLOUT, readAt, writeAt } from '../../src/linux/ffi/index.ts';
import {
  connectUnix,
  EventLoopWaiter,
  LinuxPlatform,
  runConnection,
  UnixConnection,
  UnixListener,
} from '../../src/linux/unix-transport/index.ts';
import { MessageStream } from '../../src/linux/unix-transport/message-stream.ts';
import { type Handle, VfioUserServer } from '../../src/pure/vfio-user/index.ts';
import type { ComplianceBed, RawMessage, RawPeer, Shared } from '../compliance/vfio-user/bed.ts';
import { openCount } from '../fixtures/open-descriptors.ts';
import { Peer } from './echo-endpoint.ts';

const LIMIT = (64 << 20) + 64;

/** The peer's end. Sending and receiving wait apart from each other, so each has a descriptor. */
class SocketPeer implements RawPeer {
  readonly #socket: Descriptor;
  readonly #out: Peer;
  readonly #stream: MessageStream;
  readonly #waiter: EventLoopWaiter;
  readonly #served: Promise<unknown>;
  #stopWaiting: (() => void) | null = null;
  #isReceiving = false;
  #isClosed = false;

  constructor(socket: Descriptor, waiter: EventLoopWaiter, served: Promise<unknown>) {
    this.#socket = socket;
    this.#out = new Peer(duplicate(socket));
    this.#stream = new MessageStream(socket, LIMIT);
    this.#waiter = waiter;
    this.#served = served;
  }

  async send(bytes: Uint8Array, handles: readonly Handle[] = []): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      try {
        const sent = this.#out.send(bytes.subarray(at), at === 0 ? (handles as readonly Descriptor[]) : []);
        at += sent;
        if (sent === 0) await this.#waiter.ready(this.#out.socket, POLLOUT);
      } catch {
        // The server may have ended the connection.
        return;
      }
    }
  }

  async receive(): Promise<RawMessage | null> {
    this.#isReceiving = true;
    try {
      return await this.#next();
    } finally {
      this.#isReceiving = false;
      if (this.#isClosed) this.#giveBack();
    }
  }

  async #next(): Promise<RawMessage | null> {
    const stream = this.#stream;
    while (!this.#isClosed) {
      if (stream.next()) {
        const bytes = stream.input.bytes.slice(stream.at, stream.at + stream.length);
        return { bytes, handles: stream.takeDescriptors() };
      }
      let received = 0;
      try {
        received = stream.receive();
      } catch {
        return null;
      }
      if (received === 0) return null;
      if (received > 0) continue;
      await this.#waiter.ready(this.#socket, POLLIN, wake => {
        this.#stopWaiting = wake;
      });
      this.#stopWaiting = null;
    }
    return null;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopWaiting?.();
    this.#out[Symbol.dispose]();
    if (!this.#isReceiving) this.#giveBack();
    await this.#served;
  }

  #giveBack(): void {
    this.#stream.close();
    this.#socket.close();
  }
}

function shareFile(size: number): Shared {
  const file = createMemfd('shared', size);
  const read = (offset: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    readAt(file, bytes, offset);
    return bytes;
  };
  return { handle: file, read, write: (offset, bytes) => void writeAt(file, bytes, offset), signals: () => 0 };
}

function shareEvent(): Shared {
  const events = new EventFd();
  const none = () => assert.fail('an eventfd has no bytes');
  return { handle: events.descriptor, read: none, write: none, signals: () => Number(events.drain()) };
}

/** Mappings of files that are shared: guest memory, and nothing that the engine makes. */
function mappingCount(): number {
  return readFileSync('/proc/self/maps', 'utf8').match(/^\S+ ..{2}s .*memfd:shared/gm)?.length ?? 0;
}

interface Opened {
  readonly folder: string;
  readonly path: string;
  readonly listener: UnixListener;
  readonly waiter: EventLoopWaiter;
}

function open(): Opened {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-compliance-'));
  const path = join(folder, 'socket');
  return { folder, path, listener: UnixListener.listen(path), waiter: new EventLoopWaiter() };
}

/** A bed between `open` and `close`. `spin`: microseconds for which the server polls. */
export function createSocketBed(spin: number): ComplianceBed & { open(): void; close(): void } {
  const platform = new LinuxPlatform();
  let opened: Opened | null = null;
  return {
    createFile: shareFile,
    createEvent: shareEvent,
    readHandle: (handle, offset, length) => {
      const bytes = new Uint8Array(length);
      readAt(handle as Descriptor, bytes, offset);
      return bytes;
    },
    held: () => openCount() + mappingCount(),
    async connect(device, options) {
      assert.ok(opened);
      const { path, listener, waiter } = opened;
      const client = connectUnix(path);
      const socket = await listener.accept();
      assert.ok(socket);
      try {
        const connection = new UnixConnection(socket, carrier => new VfioUserServer({ device, platform, carrier }, options));
        return new SocketPeer(client, waiter, runConnection(connection, waiter, spin));
      } catch (error) {
        client.close();
        throw error;
      }
    },
    open() {
      opened = open();
    },
    close() {
      opened?.listener.close();
      opened?.waiter.close();
      rmSync(opened?.folder ?? '', { recursive: true });
      opened = null;
    },
  };
}
