/** Commands that one side sent and whose replies it waits for: ids given, replies matched, everything rejected at the end. */
import type { Handle } from '../device/handle.ts';
import { DeviceError } from '../device/pci-device.ts';
import { EBUSY, ECONNRESET, EPROTO } from '../spec/errno.ts';
import type { Carrier, MessageBuffer } from './endpoint.ts';
import { errnoOr } from './errno.ts';
import {
  CMD,
  commandName,
  createMessageBuffer,
  ERROR_NO,
  FLAGS,
  faultAt,
  HEADER_SIZE,
  MSG_ID,
  VFIO_USER_F_ERROR,
  VFIO_USER_F_NO_REPLY,
  vfio_user_header,
} from './message.ts';
import { MessageError, ProtocolError } from './protocol-error.ts';

/** Closes handles that came with a message and that nobody takes. */
export function closeAll(handles: readonly Handle[]): void {
  for (const handle of handles) handle.close();
}

export interface Command {
  readonly command: number;
  readonly payload: Uint8Array;
  readonly handles?: readonly Handle[];
}

/** What becomes of a reply's payload, which is only there during the call; `handles` are the callee's once it returns. */
type Accept<T> = (payload: Uint8Array, handles: readonly Handle[]) => T;

interface Pending {
  readonly command: number;
  accept(payload: Uint8Array, handles: readonly Handle[]): void;
  reject(error: Error): void;
}

/** Requests have ids of 16 bits, and a peer that never answers must not make us keep any number of them. */
const MOST_PENDING = 4096;

export class Requests {
  readonly #carrier: Carrier;
  readonly #pending = new Map<number, Pending>();
  readonly #sent: (bytes: Uint8Array, handles: number) => void;
  #buffer: MessageBuffer;
  #nextId = 0;
  #active = 0;
  #ended: Error | null = null;

  /** `sent` is told of every message that goes out. */
  constructor(carrier: Carrier, sent: (bytes: Uint8Array, handles: number) => void) {
    this.#carrier = carrier;
    this.#sent = sent;
    this.#buffer = createMessageBuffer(4096);
  }

  /** Whether promises of this side have work to do or a reply to wait for. */
  get isActive(): boolean {
    return this.#active > 0;
  }

  /** Counts `work` as under way until what waits for it has had its turn. */
  track<T>(work: Promise<T>): Promise<T> {
    this.#active++;
    const done = () => {
      this.#active--;
    };
    work.then(done, done);
    return work;
  }

  /** Sends a command; resolves to what `accept` makes of the reply, rejects with DeviceError where the peer refuses. */
  request<T>(command: Command, accept: Accept<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended) throw this.#ended;
      if (this.#pending.size >= MOST_PENDING) throw new DeviceError(EBUSY, `${MOST_PENDING} requests wait for a reply`);
      const id = this.#freeId();
      this.#pending.set(id, { command: command.command, accept: (payload, handles) => resolve(accept(payload, handles)), reject });
      try {
        this.#send(command, id, 0);
      } catch (error) {
        this.#pending.delete(id);
        throw error;
      }
    });
  }

  /** Sends a command that is not answered. */
  post(command: Command): void {
    if (this.#ended) throw this.#ended;
    this.#send(command, this.#freeId(), VFIO_USER_F_NO_REPLY);
  }

  #freeId(): number {
    while (this.#pending.has(this.#nextId)) this.#nextId = (this.#nextId + 1) & 0xffff;
    const id = this.#nextId;
    this.#nextId = (id + 1) & 0xffff;
    return id;
  }

  #send({ command, payload, handles = [] }: Command, id: number, flags: number): void {
    const length = HEADER_SIZE + payload.length;
    if (this.#buffer.bytes.length < length) this.#buffer = createMessageBuffer(length);
    const { bytes } = this.#buffer;
    vfio_user_header.write({ msg_id: id, cmd: command, msg_size: length, flags }, bytes);
    bytes.set(payload, HEADER_SIZE);
    const message = bytes.subarray(0, length);
    this.#sent(message, handles.length);
    this.#carrier.send(message, handles);
  }

  /** Takes a reply. ProtocolError where nothing waits for it; a reply that is wrong in itself rejects what waits. Owns the handles. */
  take(input: MessageBuffer, at: number, length: number, handles: readonly Handle[]): void {
    const { view, bytes } = input;
    const messageId = view.getUint16(at + MSG_ID, true);
    const command = view.getUint16(at + CMD, true);
    const pending = this.#pending.get(messageId);
    if (pending === undefined || pending.command !== command) {
      closeAll(handles);
      throw faultAt(view, at, 'a reply that nothing waits for', EPROTO);
    }
    this.#pending.delete(messageId);
    try {
      if ((view.getUint32(at + FLAGS, true) & VFIO_USER_F_ERROR) !== 0) {
        const errno = errnoOr(view.getUint32(at + ERROR_NO, true));
        throw new DeviceError(errno, `${commandName(command)} ${messageId}: the peer refuses with error ${errno}`);
      }
      pending.accept(bytes.subarray(at + HEADER_SIZE, at + length), handles);
    } catch (error) {
      closeAll(handles);
      const fault = { command, messageId, errno: EPROTO };
      const isWrong = error instanceof MessageError;
      pending.reject(isWrong ? new ProtocolError(`${commandName(command)} ${messageId}: ${error.message}`, fault) : (error as Error));
    }
  }

  /** Rejects whatever waits and whatever comes later. */
  end(): void {
    this.#ended ??= new DeviceError(ECONNRESET, 'the connection ended');
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }
}
