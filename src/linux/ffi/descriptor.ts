/** A file descriptor with one owner, which closes it exactly once. */
import { O_CLOEXEC } from './constants.ts';
import { libc } from './libc.ts';
import { type CallWords, check, SyscallError } from './syscall-error.ts';

/** An open file. Dispose of it with `using` or `close()`; nothing closes it unasked. */
export class Descriptor implements Disposable {
  /** What it is open on, for errors: a path, or words such as `an eventfd`. */
  readonly target: string;
  #number: number;

  /** Becomes the owner of `number`. */
  constructor(number: number, target: string) {
    this.#number = number;
    this.target = target;
  }

  /** Opens a file, closed on exec. `words` names the call in errors. Throws SyscallError. */
  static open(path: string, flags: number, words: CallWords = { call: 'open', action: `open ${path}` }): Descriptor {
    return new Descriptor(check(libc().open(path, flags | O_CLOEXEC, 0), path, words), path);
  }

  get isClosed(): boolean {
    return this.#number < 0;
  }

  /** The number, for one call; not to be kept. Throws TypeError once closed. */
  get number(): number {
    if (this.#number < 0) throw new TypeError(`Cannot use ${this.target}: its descriptor is closed`);
    return this.#number;
  }

  /** Gives the number away; the taker closes it. Throws TypeError once closed. */
  release(): number {
    const number = this.number;
    this.#number = -1;
    return number;
  }

  /** Does nothing the second time. Throws SyscallError, EBADF, where somebody else closed the number. */
  close(): void {
    if (this.#number < 0) return;
    const number = this.release();
    if (libc().close(number) < 0) {
      throw new SyscallError({ call: 'close', action: `close ${this.target}` }, libc().errno(), this.target);
    }
  }

  /** The same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
