/** Keeps the text of one device while a dump streams by, as bytes, so that a device whose bytes are all there costs a copy at most. */

import { hexDigit } from '../bytes/hex.ts';

/** The most bytes of one device's text that are kept: more than the longest that lspci prints. */
const MOST = 128 * 1024;
const NEWLINE = 10;
const SPACE = 32;
const BRACKET = 91;
const END = 93;

/** The lines from a device's address to its first row of bytes, in pieces as the chunks have them. */
export class DeviceLines {
  #kept = new Uint8Array(0);
  #length = 0;
  /** Where the text goes on in the chunk that is being read; -1 where no text is being kept. */
  #from = -1;
  /** Text that is over and has not been copied yet: where rows of bytes give all, it never is. */
  #waiting: Uint8Array | null = null;
  #waitingFrom = 0;
  #waitingTo = 0;

  /** A device's own line begins at `at` of the chunk. */
  begin(at: number): void {
    this.#waiting = null;
    this.#length = 0;
    this.#from = at;
  }

  /** Whether text is being kept. */
  get isOpen(): boolean {
    return this.#from >= 0;
  }

  /** Keeps what stands before `to` of the chunk, and goes on there; `isOver`: the text ends there. */
  keep(chunk: Uint8Array, to: number, isOver: boolean): void {
    if (this.#from < 0) return;
    if (isOver && this.#waiting === null) {
      this.#waiting = chunk;
      this.#waitingFrom = this.#from;
      this.#waitingTo = to;
    } else this.add(chunk, this.#from, to);
    this.#from = isOver ? -1 : to;
  }

  /** Copies what still lies in a chunk, which is about to be written anew. */
  settle(): void {
    const chunk = this.#waiting;
    if (chunk === null) return;
    this.#waiting = null;
    this.add(chunk, this.#waitingFrom, this.#waitingTo);
  }

  /** The next chunk is read from `at` on. */
  goOn(at: number): void {
    if (this.#from >= 0) this.#from = at;
  }

  /** Keeps bytes that stand in no chunk. */
  add(bytes: Uint8Array, from: number, to: number): void {
    const count = Math.min(to - from, MOST - this.#length);
    if (count <= 0) return;
    if (this.#length + count > this.#kept.length) {
      const larger = new Uint8Array(Math.min(MOST, Math.max(4096, 2 * (this.#length + count))));
      larger.set(this.#kept.subarray(0, this.#length));
      this.#kept = larger;
    }
    this.#kept.set(bytes.subarray(from, from + count), this.#length);
    this.#length += count;
  }

  /** Whether a line names an extended capability: three digits in brackets, `[1b0 v1]` or `[1b0]`. */
  get namesExtended(): boolean {
    this.settle();
    const kept = this.#kept.subarray(0, this.#length);
    for (let at = kept.indexOf(BRACKET); at >= 0; at = kept.indexOf(BRACKET, at + 1)) {
      const behind = kept[at + 4];
      if (behind !== SPACE && behind !== END) continue;
      if ([1, 2, 3].every(i => hexDigit(kept[at + i] ?? 0) >= 0)) return true;
    }
    return false;
  }

  /** Whether there are lines below the device's own. */
  get hasBody(): boolean {
    this.settle();
    const first = this.#kept.indexOf(NEWLINE);
    return first >= 0 && first + 1 < this.#length;
  }

  /** The lines so far, one character a byte; makes room for the next device. */
  take(): string[] {
    const { text } = this;
    this.drop();
    return text.split('\n');
  }

  get text(): string {
    this.settle();
    let text = '';
    for (let at = 0; at < this.#length; at += STEP)
      text += String.fromCharCode(...this.#kept.subarray(at, Math.min(this.#length, at + STEP)));
    return text;
  }

  drop(): void {
    this.#waiting = null;
    this.#length = 0;
    this.#from = -1;
  }
}

/** Bytes that become characters at once. */
const STEP = 4096;
