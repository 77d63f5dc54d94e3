/** An endpoint double: sends every message back with the descriptors that came with it, and remembers what it saw. */
import { fstatSync } from 'node:fs';
import { type Descriptor, MessageBlock, receiveMessage, sendMessage } from '../../src/linux/ffi/index.ts';
import type { Handle } from '../../src/pure/device/handle.ts';
import type { Carrier, Endpoint, MessageBuffer } from '../../src/pure/vfio-user/index.ts';
import { CMD, createMessageBuffer, FLAGS, HEADER_SIZE, MSG_ID, MSG_SIZE } from '../../src/pure/vfio-user/message.ts';

export const LIMIT = 1024 * 1024 + 64;
/** Commands of the double's own. */
export const THROW = 200;
export const SILENT = 201;

export interface Seen {
  readonly id: number;
  readonly length: number;
  /** Files of the descriptors, by inode. */
  readonly inodes: readonly number[];
}

export class EchoEndpoint implements Endpoint {
  readonly output = createMessageBuffer(LIMIT);
  readonly messageLimit = LIMIT;
  readonly seen: Seen[] = [];
  readonly carrier: Carrier;
  replyHandles: readonly Handle[] = [];
  isWaiting = false;
  closes = 0;

  constructor(carrier: Carrier) {
    this.carrier = carrier;
  }

  receive({ bytes, view }: MessageBuffer, at: number, length: number, handles: readonly Handle[]): number {
    for (const handle of this.replyHandles) handle.close();
    this.replyHandles = handles;
    const inodes = handles.map(handle => fstatSync((handle as Descriptor).number).ino);
    this.seen.push({ id: view.getUint16(at + MSG_ID, true), length, inodes });
    const command = view.getUint16(at + CMD, true);
    if (command === THROW) throw new Error('the device has a fault');
    if (command === SILENT) return 0;
    this.output.bytes.set(bytes.subarray(at, at + length));
    this.output.view.setUint32(FLAGS, 1, true);
    return length;
  }

  close(): void {
    this.closes++;
    for (const handle of this.replyHandles) handle.close();
    this.replyHandles = [];
  }
}

/** A message of `length` bytes, all of its payload `id`. */
export function createMessage(id: number, length = HEADER_SIZE, command = 2): Uint8Array {
  const bytes = new Uint8Array(Math.max(length, HEADER_SIZE)).fill(id);
  const view = new DataView(bytes.buffer);
  view.setUint16(MSG_ID, id, true);
  view.setUint16(CMD, command, true);
  view.setUint32(MSG_SIZE, length, true);
  view.setUint32(FLAGS, 0, true);
  view.setUint32(FLAGS + 4, 0, true);
  return bytes;
}

/** The other end of a socket, as a program in C would use it: each call is one sendmsg or recvmsg, none waits. */
export class Peer implements Disposable {
  readonly socket: Descriptor;
  readonly #block = new MessageBlock(2 * 1024 * 1024, 253);

  constructor(socket: Descriptor) {
    this.socket = socket;
  }

  /** Bytes that the kernel took; descriptors go with the first of them. */
  send(bytes: Uint8Array, descriptors: readonly Descriptor[] = []): number {
    this.#block.data.set(bytes);
    return sendMessage(this.socket, this.#block, { length: bytes.length }, descriptors);
  }

  /** A copy of what is there; null for nothing, no bytes at the end. The descriptors are the caller's. */
  receive(): { readonly bytes: Uint8Array; readonly descriptors: readonly Descriptor[] } | null {
    const message = receiveMessage(this.socket, this.#block);
    return message && { bytes: this.#block.data.slice(0, message.length), descriptors: message.descriptors };
  }

  close(): void {
    this.socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
    this.#block[Symbol.dispose]();
  }
}
