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

/**
 * An eventfd that never blocks.
 * @example
 * ```ts
 * import { mkdtempSync, rmSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { registerBar, SoftwareDevice, struct, u32 } from 'vfio-airlock/device';
 * import { connectClient, createMemfd, EventFd, EventLoopWaiter, POLLIN, readAt, serveDevice } from 'vfio-airlock/unix-transport';
 *
 * // A device that writes the letter A to the guest address it is told, and raises its interrupt.
 * const registers = struct('registers', { address: u32 });
 * const device = new SoftwareDevice({
 *   vendorId: 0x1234,
 *   deviceId: 0xa0d2,
 *   classCode: 0xff_00_00,
 *   msixVectors: 1,
 *   bars: {
 *     0: registerBar(registers, {
 *       write: {
 *         async address(values, { memory, interrupt }) {
 *           await memory.write(BigInt(values.address), Uint8Array.of(0x41));
 *           interrupt();
 *         },
 *       },
 *     }),
 *   },
 * });
 * const folder = mkdtempSync(join(tmpdir(), 'example-'));
 * const socket = join(folder, 'slot');
 * const server = serveDevice(device, socket);
 *
 * // The client's side: memory and an interrupt of its own.
 * const { client, close } = connectClient(socket);
 * await client.negotiate();
 * const memory = createMemfd('guest memory', 0x1000);
 * const file = { handle: memory, offset: 0n };
 * await client.mapDma({ address: 0x8000n, size: 0x1000n, isReadable: true, isWritable: true, file });
 * const event = new EventFd();
 * const [MSIX, BAR0] = [2, 0];
 * const data = { kind: 'eventfds', handles: [event.descriptor] } as const;
 * await client.setIrqs({ index: MSIX, start: 0, count: 1, action: 'trigger', data });
 *
 * await client.writeRegion(BAR0, 0, registers.encode({ address: 0x8010 }));
 * const waiter = new EventLoopWaiter();
 * await waiter.ready(event.descriptor, POLLIN);
 * event.drain(); // → 1n
 * const byte = new Uint8Array(1);
 * readAt(memory, byte, 0x10);
 * String.fromCharCode(...byte); // → 'A'
 *
 * waiter.close();
 * await close();
 * await server.close();
 * event.close();
 * memory.close();
 * rmSync(folder, { recursive: true });
 * ```
 */
export class EventFd implements Disposable {
  readonly descriptor: Descriptor;
  readonly #count = new BigUint64Array(1);
  readonly #bytes = new Uint8Array(this.#count.buffer);

  /**
   * Creates one; `target` names it in errors.
   * @throws SyscallError where the kernel makes none
   */
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

  /** Closes the descriptor; does nothing the second time. */
  close(): void {
    this.descriptor.close();
  }

  /** The same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
