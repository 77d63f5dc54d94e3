/** The least of a driver of QEMU's e1000e, over a device that a vfio-user server has: its interrupts by INTx (Intel 82574 datasheet §10.2.4). */
import { setTimeout } from 'node:timers/promises';
import { EventFd } from '../../src/linux/ffi/index.ts';
import type { VfioUserClient } from '../../src/pure/vfio-user/index.ts';

const [BAR0, CONFIG] = [0, 7];
const INTX = 0;
const COMMAND = 0x04;
const MEMORY_ON = 0x02;
/** Cause read, which clears; cause set; mask set; mask clear. */
const [ICR, ICS, IMS, IMC] = [0xc0, 0xc8, 0xd0, 0xd8];
const LINK_CHANGED = 1 << 2;
/** Milliseconds after which no more interrupts come. For one that is to come the test that runs the driver has the clock. */
const QUIET = 400;

export class E1000eDriver {
  readonly #client: VfioUserClient;
  readonly #line = new EventFd();
  readonly #resample = new EventFd();

  private constructor(client: VfioUserClient) {
    this.#client = client;
  }

  /** Listens to INTx, whose line the kernel masks with each interrupt until the second eventfd is signalled. */
  static async start(client: VfioUserClient): Promise<E1000eDriver> {
    const driver = new E1000eDriver(client);
    await client.writeRegion(CONFIG, COMMAND, Uint8Array.of(MEMORY_ON, 0));
    const set = (action: 'trigger' | 'unmask', { descriptor }: EventFd): Promise<void> =>
      client.setIrqs({ index: INTX, start: 0, count: 1, action, data: { kind: 'eventfds', handles: [descriptor] } });
    await set('trigger', driver.#line);
    await set('unmask', driver.#resample);
    await driver.#write(IMS, LINK_CHANGED);
    return driver;
  }

  #write(register: number, value: number): Promise<void> {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    return this.#client.writeRegion(BAR0, register, bytes);
  }

  /** Pulls the line. */
  raise(): Promise<void> {
    return this.#write(ICS, LINK_CHANGED);
  }

  /** Lets go of the line. */
  async acknowledge(): Promise<void> {
    await this.#client.readRegion(BAR0, ICR, 4);
  }

  unmask(): void {
    this.#resample.signal();
  }

  /** By a message instead of an eventfd. */
  setMasked(isMasked: boolean): Promise<void> {
    return this.#client.setIrqs({ index: INTX, start: 0, count: 1, action: isMasked ? 'mask' : 'unmask', data: { kind: 'none' } });
  }

  /** How many interrupts came: waits for the first, and then a while for more than one. */
  async interrupts(isAnyExpected: boolean): Promise<number> {
    let count = 0;
    while (isAnyExpected && count === 0) {
      count += Number(this.#line.drain());
      await setTimeout(20);
    }
    await setTimeout(QUIET);
    return count + Number(this.#line.drain());
  }

  async stop(): Promise<void> {
    await this.#write(IMC, LINK_CHANGED);
    await this.acknowledge();
  }
}
