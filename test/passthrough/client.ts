/**
 * Runs in the host VM: `passthrough-client SOCKET VERB [ARGUMENT]` is a client of a device that `airlock serve` has, without a VMM, and
 * prints one line of JSON. Whatever it has mapped it leaves to its end.
 */
import { createHash } from 'node:crypto';
import { constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { createMemfd, Descriptor, EventFd } from '../../src/linux/ffi/index.ts';
import { connectClient } from '../../src/linux/unix-transport/index.ts';
import { DeviceError } from '../../src/pure/device/index.ts';
import { blockPattern } from './client-pattern.ts';
import { E1000eDriver } from './e1000e-driver.ts';
import { DATA, NvmeDriver } from './nvme-driver.ts';

const [, , socket = '', verb = '', argument = '', folder = ''] = process.argv;
const connected = connectClient(socket);
const { client } = connected;
// It holds the device's own file: as long as it lives, nobody else can open the device.
void connected.ended.then(() => process.exit(3));
await client.negotiate();

const CONFIG = 7;
const REQUEST = 4;
const BLOCK = 4096;
/** Requests that are sent before the first of them is answered. */
const PENDING = 200;
const errnoOf = (error: unknown): number | string => (error instanceof DeviceError ? error.errno : String(error));

/** Waits as a VMM does: its connection goes on. The test that runs it has the clock. */
async function waitFor(path: string): Promise<void> {
  while (!existsSync(path)) await setTimeout(50);
}

const verbs: Readonly<Record<string, () => Promise<object>>> = {
  /** Writes so many blocks and reads them back. */
  async io() {
    const driver = await NvmeDriver.start(client);
    const serial = await driver.identify();
    const data = driver.memory.bytes.subarray(DATA, DATA + BLOCK);
    const hash = createHash('sha256');
    const statuses = new Set<number>();
    for (let i = 0; i < Number(argument); i++) {
      data.set(blockPattern(i));
      statuses.add((await driver.transfer('write', i)).status);
    }
    for (let i = 0; i < Number(argument); i++) {
      data.fill(0);
      statuses.add((await driver.transfer('read', i)).status);
      hash.update(data);
    }
    const interrupts = driver.interrupts.map(eventfd => Number(eventfd.drain()));
    return { serial, statuses: [...statuses], sha256: hash.digest('hex'), interrupts };
  },

  /** Lets the device write where nothing is mapped, then where something is. */
  async astray() {
    const driver = await NvmeDriver.start(client);
    const { status } = await driver.transfer('read', 0, 0x7000_0000n);
    return { astray: status, after: (await driver.transfer('read', 0)).status };
  },

  /**
   * Maps the file for reading only and writes its first block to the disk: what the disk holds then, how often the process mapped the
   * file meanwhile, and what the file holds once the device was told to write there.
   */
  async file() {
    const [process = '', path = ''] = [argument, folder];
    const driver = await NvmeDriver.start(client);
    using file = Descriptor.open(path, constants.O_RDONLY);
    const address = 0x5000_0000n;
    await client.mapDma({ address, size: BigInt(BLOCK), isReadable: true, isWritable: false, file: { handle: file, offset: 0n } });
    const mapped = readFileSync(`/proc/${process}/maps`, 'utf8')
      .split('\n')
      .filter(line => line.endsWith(` ${path}`)).length;
    const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    const { status } = await driver.transfer('write', 0, address);
    await driver.transfer('read', 0);
    const disk = digest(driver.memory.bytes.subarray(DATA, DATA + BLOCK));
    driver.memory.bytes.fill(0, DATA, DATA + BLOCK);
    await driver.transfer('write', 1);
    await driver.transfer('read', 1, address);
    return { status, mapped, disk, file: digest(readFileSync(path)) };
  },

  /** Does I/O for ever and says when it has begun. */
  async forever() {
    const driver = await NvmeDriver.start(client);
    for (let i = 0; ; i++) {
      await driver.transfer('write', i % 64);
      if (i === 20) writeFileSync(folder, '');
    }
  },

  /** Maps one file at so many places and goes without taking any back. */
  async maps() {
    using file = createMemfd('guest', 1 << 20);
    const errors: Record<string, number> = {};
    let mapped = 0;
    const map = async (i: number): Promise<void> => {
      const range = { address: BigInt(i) * 0x2000n + 0x1_0000_0000n, size: 0x1000n, isReadable: true, isWritable: true };
      try {
        await client.mapDma({ ...range, file: { handle: file, offset: BigInt((i % 256) * 0x1000) } });
        mapped++;
      } catch (error) {
        const errno = errnoOf(error);
        errors[errno] = (errors[errno] ?? 0) + 1;
      }
    };
    const total = Number(argument);
    for (let first = 0; first < total; first += PENDING) {
      await Promise.all(Array.from({ length: Math.min(PENDING, total - first) }, (_, i) => map(first + i)));
    }
    return { mapped, errors };
  },

  /** Maps so many bytes at once; `-` before: without a file. */
  async memory() {
    const size = Math.abs(Number(argument));
    using file = createMemfd('guest', size);
    const range = { address: 0n, size: BigInt(size), isReadable: true, isWritable: true };
    return client.mapDma({ ...range, ...(Number(argument) > 0 && { file: { handle: file, offset: 0n } }) }).then(
      () => ({ errno: 0 }),
      error => ({ errno: errnoOf(error) }),
    );
  },

  /** Maps each of `ADDRESS+SIZE,...` and takes it back: 0 or the error's number. */
  async ranges() {
    const errors: (number | string)[] = [];
    for (const text of argument.split(',')) {
      const [address = 0n, size = 0n] = text.split('+').map(BigInt);
      using file = createMemfd('guest', Number(size));
      const mapping = client.mapDma({ address, size, isReadable: true, isWritable: true, file: { handle: file, offset: 0n } });
      errors.push(await mapping.then(() => client.unmapDma(address, size).then(() => 0), errnoOf));
    }
    return { errors };
  },

  /** Interrupts by INTx: how many come as its line is pulled, while it stays pulled, after each unmask, and masked by messages. */
  async intx() {
    const driver = await E1000eDriver.start(client);
    const counts: number[] = [];
    const count = async (isAnyExpected: boolean): Promise<void> => void counts.push(await driver.interrupts(isAnyExpected));
    await driver.raise();
    await count(true);
    // The line is still pulled, and masked.
    await driver.raise();
    await count(false);
    driver.unmask();
    await count(true);
    await driver.acknowledge();
    driver.unmask();
    await count(false);
    await driver.setMasked(true);
    await driver.raise();
    await count(false);
    await driver.setMasked(false);
    await count(true);
    await driver.stop();
    return { counts };
  },

  /** Waits until the host asks for the device, or for `go` in the folder without listening. */
  async hold() {
    const asked = new EventFd();
    if (argument === 'told') {
      const handles = [asked.descriptor];
      await client.setIrqs({ index: REQUEST, start: 0, count: 1, action: 'trigger', data: { kind: 'eventfds', handles } });
    }
    writeFileSync(`${folder}/open`, '');
    if (argument !== 'told') await waitFor(`${folder}/go`);
    while (argument === 'told' && asked.drain() === 0n) await setTimeout(50);
    return { told: argument === 'told' };
  },

  /** Config space as it is, and after all ones were written to the bytes of `FROM-TO,...`, bytes as they read back. */
  async config() {
    const read = (): Promise<Uint8Array> => client.readRegion(CONFIG, 0, 4096);
    const before = await read();
    for (const range of argument.split(',').filter(text => text !== '')) {
      const [from = 0, to = 0] = range.split('-').map(Number);
      for (let at = from; at < to; at++) await client.writeRegion(CONFIG, at, Uint8Array.of(0xff));
    }
    return { before: Buffer.from(before).toString('hex'), after: Buffer.from(await read()).toString('hex') };
  },
};

const run = verbs[verb];
if (run === undefined) throw new Error(`${verb} is not one of ${Object.keys(verbs).join(', ')}`);
process.stdout.write(`${JSON.stringify(await run())}\n`);
process.exit(0);
