/** The client's end of a connection below its commands: replies go to whoever waits, the server's DMA is answered. */
import { formatHex } from '../bytes/hex.ts';
import type { Handle } from '../device/handle.ts';
import { DeviceError } from '../device/pci-device.ts';
import { EOPNOTSUPP } from '../spec/errno.ts';
import { ClientMemory } from './client-memory.ts';
import { type Counters, countReceived, createCounters } from './counters.ts';
import type { Carrier, Endpoint, MessageBuffer } from './endpoint.ts';
import {
  CMD,
  createMessageBuffer,
  FLAGS,
  faultAt,
  HEADER_SIZE,
  MSG_ID,
  VFIO_USER_DMA_READ,
  VFIO_USER_DMA_WRITE,
  VFIO_USER_F_NO_REPLY,
  VFIO_USER_F_TYPE_COMMAND,
  VFIO_USER_F_TYPE_MASK,
  VFIO_USER_F_TYPE_REPLY,
  writeErrorReply,
  writeFault,
  writeReplyHeader,
} from './message.ts';
import { formatMessage } from './message-text.ts';
import { ACCESS_DATA } from './messages/region-access.ts';
import { type Limits, limitsOf } from './negotiate.ts';
import { MessageError, type ProtocolError } from './protocol-error.ts';
import { closeAll, Requests } from './requests.ts';

/** Limits of a client, and who is told what it does. */
export interface VfioUserClientOptions extends Partial<Limits> {
  /** Is told of every message, one line each: `→` goes, `←` came. */
  readonly log?: (line: string) => void;
}

export class ClientEndpoint implements Endpoint {
  readonly output: MessageBuffer;
  readonly replyHandles: readonly Handle[] = [];
  readonly messageLimit: number;
  readonly counters: Counters = createCounters();
  protected readonly limits: Limits;
  protected readonly requests: Requests;
  protected readonly memory = new ClientMemory();
  readonly #log: ((line: string) => void) | undefined;

  /** @throws RangeError for limits that no server would accept */
  constructor(carrier: Carrier, options: VfioUserClientOptions = {}) {
    this.limits = limitsOf(options);
    this.#log = options.log;
    this.messageLimit = this.limits.maxDataXferSize + ACCESS_DATA;
    this.output = createMessageBuffer(this.messageLimit);
    this.requests = new Requests(carrier, (bytes, handles) => {
      this.counters.bytesSent += bytes.length;
      if (this.#log) this.#log(`→ ${formatMessage(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, handles)}`);
    });
  }

  get isWaiting(): boolean {
    return this.requests.isActive;
  }

  receive(input: MessageBuffer, at: number, length: number, handles: readonly Handle[]): number {
    const { view } = input;
    const command = view.getUint16(at + CMD, true);
    const flags = view.getUint32(at + FLAGS, true);
    countReceived(this.counters, command, length);
    if (this.#log) this.#log(`← ${formatMessage(view, at, length, handles.length)}`);
    if ((flags & VFIO_USER_F_TYPE_MASK) === VFIO_USER_F_TYPE_REPLY) {
      this.requests.take(input, at, length, handles);
      return 0;
    }
    const count = handles.length;
    closeAll(handles);
    if ((flags & VFIO_USER_F_TYPE_MASK) !== VFIO_USER_F_TYPE_COMMAND) throw faultAt(view, at, 'neither a command nor a reply');
    const id = view.getUint16(at + MSG_ID, true);
    let sent: number;
    try {
      if ((flags & ~VFIO_USER_F_NO_REPLY) !== 0 || count > 0) throw new MessageError(`flags ${formatHex(flags)}, ${count} handles`);
      const reply = this.#dma(command, input.bytes.subarray(at + HEADER_SIZE, at + length));
      this.output.bytes.set(reply, HEADER_SIZE);
      sent = writeReplyHeader(this.output.view, id, command, HEADER_SIZE + reply.length);
    } catch (error) {
      if (!(error instanceof MessageError || error instanceof DeviceError)) throw error;
      this.counters.errors++;
      sent = writeErrorReply(this.output.view, id, command, error.errno);
    }
    if ((flags & VFIO_USER_F_NO_REPLY) !== 0) return 0;
    this.counters.bytesSent += sent;
    if (this.#log) this.#log(`→ ${formatMessage(this.output.view, 0, sent, 0)}`);
    return sent;
  }

  refuse(error: ProtocolError): number {
    this.counters.errors++;
    const sent = writeFault(this.output.view, error);
    this.counters.bytesSent += sent;
    if (this.#log) this.#log(`  the connection ends: ${error.message}`);
    if (this.#log && sent > 0) this.#log(`→ ${formatMessage(this.output.view, 0, sent, 0)}`);
    return sent;
  }

  #dma(command: number, payload: Uint8Array): Uint8Array {
    if (command !== VFIO_USER_DMA_READ && command !== VFIO_USER_DMA_WRITE) {
      throw new MessageError('the command is not known to a client', EOPNOTSUPP);
    }
    return this.memory.answer(payload, this.limits.maxDataXferSize, command === VFIO_USER_DMA_WRITE);
  }

  close(): void {
    this.requests.end();
    this.memory.clear();
  }
}
