/** A client whose memory lies in a file that it makes shorter, and a device in another process that goes on reading. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { ftruncateSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createMemfd, Descriptor, O_RDWR, writeAt } from '../../src/linux/ffi/index.ts';
import { type ConnectedClient, connectClient } from '../../src/linux/unix-transport/index.ts';
import { PATIENCE, until, within } from '../fixtures/deadline.ts';
import { registers } from './reading-device.ts';

const O_CREAT = 0o100;
const EFAULT = 14;
const SIZE = 0x4000;

describe('a device in another process, whose client has memory in a file', () => {
  let folder = '';
  let server: ChildProcess;
  const path = (name: string): string => join(folder, name);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-shrinking-'));
    const file = join(import.meta.dirname, 'reading-device.ts');
    server = spawn(process.execPath, ['--import', 'tsx', file, path('socket')], { stdio: ['pipe', 'pipe', 'inherit'] });
    assert.ok(server.stdout);
    await within(PATIENCE, 'the device is served', once(server.stdout, 'data'));
  });
  after(() => {
    server.kill();
    rmSync(folder, { recursive: true });
  });

  /** What the device reads at an address. */
  async function readBack({ client }: ConnectedClient, address: bigint): Promise<{ readonly value: bigint; readonly errno: number }> {
    const read = async () => registers.decode(await client.readRegion(0, 0, registers.size));
    const { done } = await read();
    await client.writeRegion(0, 0, new Uint8Array(BigUint64Array.of(address).buffer));
    let now = await read();
    for (const end = performance.now() + 1000 * PATIENCE; now.done === done && performance.now() < end; now = await read())
      await setTimeout(1);
    assert.equal(now.done, done + 1);
    return { value: now.value, errno: now.errno };
  }

  for (const [name, open] of [
    ['file of a folder', () => Descriptor.open(path('memory'), O_RDWR | O_CREAT)],
    ['file of /dev/shm', () => Descriptor.open(`/dev/shm/airlock-shrinking-${process.pid}`, O_RDWR | O_CREAT)],
    ['memfd', () => createMemfd('guest memory', 0)],
  ] as const) {
    test(`a ${name} that its owner makes shorter costs the server nothing`, async () => {
      using memory = open();
      if (name === 'file of /dev/shm') rmSync(`/dev/shm/airlock-shrinking-${process.pid}`);
      ftruncateSync(memory.number, SIZE);
      writeAt(memory, new Uint8Array(BigUint64Array.of(7n).buffer), 0x2000);
      const connected = connectClient(path('socket'));
      await connected.client.negotiate();
      const range = { address: 0x10000n, size: BigInt(SIZE), isReadable: true, isWritable: true, file: { handle: memory, offset: 0n } };
      await connected.client.mapDma(range);
      assert.deepEqual(await readBack(connected, 0x12000n), { value: 7n, errno: 0 });
      let isShorter = true;
      try {
        ftruncateSync(memory.number, 0x1000);
      } catch {
        isShorter = false;
      }
      assert.equal(isShorter, name !== 'memfd', 'a memfd is sealed, and no other file');
      const { errno } = await readBack(connected, 0x12000n);
      assert.equal(errno, isShorter ? EFAULT : 0);
      assert.equal((await readBack(connected, 0x10000n)).errno, 0);
      await connected.close();
      await until('the server lives', () => server.exitCode === null && server.signalCode === null);
    });
  }
});
