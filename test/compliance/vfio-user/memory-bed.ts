/** The compliance bed in memory: a raw peer at the other end of a MemoryTransport. */
import type { Endpoint, Handle, MemoryHandle, MemoryTransportOptions, MessageBuffer } from '../../../src/pure/vfio-user/index.ts';
import { createMessageBuffer, MemoryPlatform, MemoryTransport, VfioUserServer } from '../../../src/pure/vfio-user/index.ts';
import type { ComplianceBed, RawMessage, Shared } from './bed.ts';

/** Takes messages as they come and answers none. */
class RawEndpoint implements Endpoint {
  readonly output = createMessageBuffer(16);
  readonly messageLimit: number;
  readonly replyHandles: readonly Handle[] = [];
  readonly isWaiting = false;
  readonly #messages: RawMessage[] = [];
  #isEnded = false;
  #wake: (() => void) | null = null;

  constructor(messageLimit: number) {
    this.messageLimit = messageLimit;
  }

  receive(input: MessageBuffer, at: number, length: number, handles: readonly Handle[]): number {
    this.#messages.push({ bytes: input.bytes.slice(at, at + length), handles });
    this.#wake?.();
    return 0;
  }

  close(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  async next(): Promise<RawMessage | null> {
    while (this.#messages.length === 0) {
      if (this.#isEnded) return null;
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    return this.#messages.shift() ?? null;
  }

  drop(): void {
    for (const { handles } of this.#messages) for (const handle of handles) handle.close();
    this.#messages.length = 0;
  }
}

function share(handle: MemoryHandle): Shared {
  const { object } = handle;
  let seen = 0;
  return {
    handle,
    read: (offset, length) => object.bytes.slice(offset, offset + length),
    write: (offset, bytes) => object.bytes.set(bytes, offset),
    signals: () => {
      const news = object.signals - seen;
      seen = object.signals;
      return news;
    },
  };
}

/** A bed whose streams are split and coalesced as `options` say. */
export function createMemoryBed(options: MemoryTransportOptions = {}): ComplianceBed {
  const platform = new MemoryPlatform();
  return {
    createFile: size => share(platform.createFile(size)),
    createEvent: () => share(platform.createEvent()),
    readHandle: (handle, offset, length) => platform.own(handle).object.bytes.slice(offset, offset + length),
    held: () => platform.openHandles + platform.mappings,
    async connect(device, serverOptions) {
      const carriers: { send: ((bytes: Uint8Array, handles: readonly Handle[]) => void) | null } = { send: null };
      const transport = new MemoryTransport(
        platform,
        {
          server: carrier => new VfioUserServer({ device, platform, carrier }, serverOptions),
          client: carrier => {
            carriers.send = (bytes, handles) => carrier.send(bytes, handles);
            return new RawEndpoint((serverOptions?.maxDataXferSize ?? 1 << 20) + 64);
          },
        },
        options,
      );
      return {
        async send(bytes, handles = []) {
          carriers.send?.(bytes, handles);
        },
        receive: () => transport.client.next(),
        async close() {
          transport.run();
          transport.close();
          transport.client.drop();
        },
      };
    },
  };
}
