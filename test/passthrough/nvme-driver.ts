/** The least of an NVMe driver, over a device that a vfio-user server has: BAR 0 mapped, queues in shared memory, MSI-X (NVMe 2.0 base). */
import { createMemfd, type Descriptor, EventFd, NativeBlock } from '../../src/linux/ffi/index.ts';
import type { VfioUserClient } from '../../src/pure/vfio-user/index.ts';

const PAGE = 4096;
/** Where the device finds the memory. */
export const IOVA = 0x1000_0000n;
/** The first pages are queues and answers; data follows. */
const [ADMIN_SUBMIT, ADMIN_COMPLETE, IO_SUBMIT, IO_COMPLETE, ANSWER] = [0, 1, 2, 3, 4].map(page => page * PAGE);
export const DATA = 16 * PAGE;
export const MEMORY = 64 * PAGE;
const ENTRIES = 32;

const CONFIG = 7;
const MSIX = 2;
const COMMAND = 0x04;
const MEMORY_AND_BUS_MASTER = 0x06;
/** Registers of BAR 0, in dwords. */
const [CC, CSTS, AQA, ASQ, ACQ] = [0x14, 0x1c, 0x24, 0x28, 0x30].map(at => at / 4);
const DOORBELLS = 0x1000 / 4;
const CC_ENABLE = (4 << 20) | (6 << 16) | 1;

interface Queue {
  readonly id: number;
  readonly submit: number;
  readonly complete: number;
  tail: number;
  head: number;
  phase: number;
}

export interface Completion {
  /** Status code type and code, 0 for success. */
  readonly status: number;
}

/** The test that runs the driver has the clock. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setImmediate(resolve));
}

export class NvmeDriver {
  readonly interrupts = [new EventFd(), new EventFd()];
  readonly memory: NativeBlock;
  readonly #client: VfioUserClient;
  readonly #file: Descriptor;
  readonly #registers: Uint32Array;
  readonly #admin: Queue = { id: 0, submit: ADMIN_SUBMIT, complete: ADMIN_COMPLETE, tail: 0, head: 0, phase: 1 };
  readonly #io: Queue = { id: 1, submit: IO_SUBMIT, complete: IO_COMPLETE, tail: 0, head: 0, phase: 1 };

  private constructor(client: VfioUserClient, file: Descriptor, bar: NativeBlock) {
    this.#client = client;
    this.#file = file;
    this.memory = NativeBlock.map(file, { offset: 0, length: MEMORY, writable: true });
    this.#registers = new Uint32Array(bar.bytes.buffer, 0, (2 * PAGE) / 4);
  }

  /** Maps memory and registers, sets up interrupts and both queues. Nothing of it is given back before the process ends. */
  static async start(client: VfioUserClient): Promise<NvmeDriver> {
    const file = createMemfd('guest', MEMORY);
    await client.mapDma({ address: IOVA, size: BigInt(MEMORY), isReadable: true, isWritable: true, file: { handle: file, offset: 0n } });
    await client.writeRegion(CONFIG, COMMAND, Uint8Array.of(MEMORY_AND_BUS_MASTER, 0));
    const { mapping } = await client.getRegionInfo(0);
    if (mapping === null) throw new Error('BAR 0 cannot be mapped');
    const bar = NativeBlock.map(mapping.handle as Descriptor, { offset: mapping.offset, length: 2 * PAGE, writable: true });
    const driver = new NvmeDriver(client, file, bar);
    await driver.#reset();
    return driver;
  }

  async #reset(): Promise<void> {
    const handles = this.interrupts.map(({ descriptor }) => descriptor);
    await this.#client.setIrqs({ index: MSIX, start: 0, count: handles.length, action: 'trigger', data: { kind: 'eventfds', handles } });
    this.#registers[CC] = 0;
    await until(() => (this.#registers[CSTS] & 1) === 0);
    this.#registers[AQA] = ((ENTRIES - 1) << 16) | (ENTRIES - 1);
    for (const [at, page] of [[ASQ, ADMIN_SUBMIT] as const, [ACQ, ADMIN_COMPLETE] as const]) {
      this.#registers[at] = Number(IOVA) + page;
      this.#registers[at + 1] = 0;
    }
    this.#registers[CC] = CC_ENABLE;
    await until(() => (this.#registers[CSTS] & 1) === 1);
    const size = (ENTRIES - 1) << 16;
    // Create I/O completion queue: contiguous, with interrupts, vector 1; then its submission queue.
    await this.#succeed(this.#admin, { opcode: 5, page: IO_COMPLETE, dword10: size | 1, dword11: (1 << 16) | 3 });
    await this.#succeed(this.#admin, { opcode: 1, page: IO_SUBMIT, dword10: size | 1, dword11: (1 << 16) | 1 });
  }

  async #succeed(queue: Queue, command: Command): Promise<void> {
    const { status } = await this.#run(queue, command);
    if (status !== 0) throw new Error(`opcode ${command.opcode} ends with status ${status.toString(16)}`);
  }

  /** Submits, rings the doorbell and waits for the completion. */
  async #run(queue: Queue, command: Command): Promise<Completion> {
    this.#submit(queue, command);
    const { view } = this.memory;
    const at = queue.complete + 16 * queue.head;
    await until(() => (view.getUint16(at + 14, true) & 1) === queue.phase);
    const status = view.getUint16(at + 14, true) >> 1;
    queue.head = (queue.head + 1) % ENTRIES;
    if (queue.head === 0) queue.phase ^= 1;
    this.#registers[DOORBELLS + 2 * queue.id + 1] = queue.head;
    return { status };
  }

  #submit(queue: Queue, { opcode, namespace = 0, page, address, dword10 = 0, dword11 = 0, dword12 = 0 }: Command): void {
    const { view, bytes } = this.memory;
    const at = queue.submit + 64 * queue.tail;
    bytes.fill(0, at, at + 64);
    view.setUint32(at, opcode, true);
    view.setUint32(at + 4, namespace, true);
    view.setBigUint64(at + 24, address ?? IOVA + BigInt(page ?? 0), true);
    for (const [i, dword] of [dword10, dword11, dword12].entries()) view.setUint32(at + 40 + 4 * i, dword, true);
    queue.tail = (queue.tail + 1) % ENTRIES;
    this.#registers[DOORBELLS + 2 * queue.id] = queue.tail;
  }

  /** The serial number that the controller identifies itself with. */
  async identify(): Promise<string> {
    await this.#succeed(this.#admin, { opcode: 6, page: ANSWER, dword10: 1 });
    return Buffer.from(this.memory.bytes.slice(ANSWER + 4, ANSWER + 24))
      .toString('latin1')
      .trim();
  }

  /** Reads or writes the 4096 bytes of block `index`, at `address` as the device sees it. */
  transfer(kind: 'read' | 'write', index: number, address: bigint = IOVA + BigInt(DATA)): Promise<Completion> {
    // Blocks of 512 bytes; a count of 0 is 1.
    return this.#run(this.#io, { opcode: kind === 'read' ? 2 : 1, namespace: 1, address, dword10: 8 * index, dword12: 7 });
  }

  close(): void {
    this.#file.close();
  }
}

interface Command {
  readonly opcode: number;
  readonly namespace?: number;
  /** In our memory, or anywhere. */
  readonly page?: number;
  readonly address?: bigint;
  readonly dword10?: number;
  readonly dword11?: number;
  readonly dword12?: number;
}
