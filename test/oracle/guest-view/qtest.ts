/** QEMU's test protocol: a command a line, an answer a line, over a Unix socket that QEMU connects to (QEMU manual, "qtest"). */
import { createServer, type Server, type Socket } from 'node:net';

/** ECAM's place in the guest's memory: one function has 4096 bytes, a bus 1 MiB (PCIe 6.0 §7.2.2). */
const ECAM = 0xb0000000;
const CONFIG_ADDRESS = 0xcf8;
const CONFIG_DATA = 0xcfc;
/** PCIEXBAR of q35's host bridge, and its enable bit. */
const PCIEXBAR = 0x80000060;
const PCIEXBAR_ENABLE = 1;
const FUNCTION_BYTES = 0x1000;
/** Primary, secondary and subordinate bus number of a bridge (PCI-to-PCI Bridge 1.2 §3.2.5). */
const BUS_NUMBERS = 0x18;

/** Where a function stands in the guest. */
export interface GuestAddress {
  readonly bus: number;
  readonly device: number;
  readonly fn: number;
}

function address({ bus, device, fn }: GuestAddress, register = 0): string {
  return `0x${(ECAM + bus * 0x100000 + device * 0x8000 + fn * FUNCTION_BYTES + register).toString(16)}`;
}

/** What each dword holds after ones were written to it, and after zeros were. */
export interface WriteProbe {
  readonly ones: Uint8Array;
  readonly zeros: Uint8Array;
}

interface Waiting {
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
}

/** QEMU is not there any more. */
export class GuestGone extends Error {}

/** The machine's bus, as a guest's processor drives it. */
export class Qtest {
  readonly #server: Server;
  readonly #waiting: Waiting[] = [];
  readonly connected: Promise<void>;
  #socket: Socket | undefined;
  #rest = '';
  #failed: Error | undefined;

  /** Listens at `path`; QEMU must be started after `listening`. */
  constructor(path: string) {
    let resolve = (): void => {};
    this.connected = new Promise(done => {
      resolve = done;
    });
    this.#server = createServer(socket => {
      this.#socket = socket.setEncoding('latin1').on('data', text => this.#take(String(text)));
      socket.on('error', () => {});
      socket.on('close', () => this.fail(new GuestGone('QEMU closed the connection')));
      resolve();
    }).listen(path);
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      // Levels of interrupt lines come unasked.
      if (line.startsWith('IRQ')) continue;
      const { resolve, reject } = this.#waiting.shift() ?? {};
      if (line.startsWith('OK')) resolve?.(line.slice(3).trim());
      else reject?.(new Error(`qtest: ${line}`));
    }
  }

  /** Ends all that waits, and all that will. */
  fail(error: Error): void {
    this.#failed ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failed);
  }

  /** Sends all commands at once; the answers in their order. */
  async #run(commands: readonly string[]): Promise<string[]> {
    if (this.#failed !== undefined) throw this.#failed;
    const answers = commands.map(() => new Promise<string>((resolve, reject) => this.#waiting.push({ resolve, reject })));
    this.#socket?.write(`${commands.join('\n')}\n`);
    return Promise.all(answers);
  }

  async openConfigSpace(): Promise<void> {
    await this.#run([
      `outl 0x${CONFIG_ADDRESS.toString(16)} 0x${PCIEXBAR.toString(16)}`,
      `outl 0x${CONFIG_DATA.toString(16)} 0x${(ECAM + PCIEXBAR_ENABLE).toString(16)}`,
    ]);
  }

  /** Gives the bridge at `at` one bus behind it. */
  async numberBus(at: GuestAddress, bus: number): Promise<void> {
    await this.#run([`writel ${address(at, BUS_NUMBERS)} 0x${((bus << 16) | (bus << 8)).toString(16)}`]);
  }

  async readFunction(at: GuestAddress): Promise<Uint8Array> {
    const [text] = await this.#run([`read ${address(at)} ${FUNCTION_BYTES}`]);
    return Uint8Array.from(Buffer.from(text.slice(2), 'hex'));
  }

  /** Writes ones, then zeros, to each dword of the first `size` bytes, one after the other. */
  async probeWrites(at: GuestAddress, size: number): Promise<WriteProbe> {
    const commands: string[] = [];
    for (let register = 0; register < size; register += 4) {
      const to = address(at, register);
      commands.push(`writel ${to} 0xffffffff`, `readl ${to}`, `writel ${to} 0x0`, `readl ${to}`);
    }
    const answers = await this.#run(commands);
    const [ones, zeros] = [1, 3].map(answer => {
      const values = new DataView(new ArrayBuffer(size));
      for (let register = 0; register < size; register += 4) values.setUint32(register, Number(answers[register + answer]), true);
      return new Uint8Array(values.buffer);
    });
    return { ones, zeros };
  }

  close(): void {
    this.fail(new GuestGone('qtest is closed'));
    this.#socket?.destroy();
    this.#server.close();
  }
}
