/** A counter that the kernel and processes signal each other with: interrupts arrive on one (eventfd(2)). */
import { constants } from 'node:os';
import { EFD_CLOEXEC, EFD_NONBLOCK } from './constants.ts';
import { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { check, SyscallError } from './syscall-error.ts';

function createEventFd(target: string): Descriptor {
  const words = { call: 'eventfd', action: `create ${target}` };
  return new Descriptor(check(libc().eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), target, words), target);
}

/** An eventfd that never blocks. */
export class EventFd implements Disposable {
  readonly descriptor: Descriptor;
  readonly #count = new BigUint64Array(1);
  readonly #bytes = new Uint8Array(this.#count.buffer);

  /** Creates one; throws SyscallError. */
  constructor(target?: string);
  /** Becomes the owner of one that somebody else created so that it never blocks. */
  constructor(existing: Descriptor);
  constructor(from: string | Descriptor = 'an eventfd') {
    this.descriptor = from instanceof Descriptor ? from : createEventFd(from);
  }

  /** Adds 1 to the counter. Throws SyscallError. */
  signal(): void {
    this.#count[0] = 1n;
    const { number, target } = this.descriptor;
    check(libc().write(number, this.#bytes, 8), target, { call: 'write', action: `signal ${target}` });
  }

  /** How often it was signalled since the last `drain`; 0 for not at all. Throws SyscallError. */
  drain(): bigint {
    const { number, target } = this.descriptor;
    if (libc().read(number, this.#bytes, 8) >= 0) return this.#count[0] ?? 0n;
    const errno = libc().errno();
    if (errno === constants.errno.EAGAIN) return 0n;
    throw new SyscallError({ call: 'read', action: `read ${target}` }, errno, target);
  }

  close(): void {
    this.descriptor.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
