/** A client that maps more ranges than were agreed on and never takes one back, on a device that reaches memory by itself. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMemfd } from '../../src/linux/ffi/index.ts';
import { connectClient, serveDevice } from '../../src/linux/unix-transport/index.ts';
import { DeviceError, type DmaRange, type PciDevice } from '../../src/pure/vfio-user/index.ts';
import { PATIENCE, within } from '../fixtures/deadline.ts';
import { createMemoryDevice } from '../fixtures/memory-device.ts';
import { openCount } from '../fixtures/open-descriptors.ts';
import { settledCount } from './settled.ts';

const WANTED = 100_000;
/** What a server agrees to at most. */
const MOST = 65_535;
const ENOSPC = 28;
/** Requests that are sent before the first of them is answered. */
const PENDING = 500;

test('100,000 ranges that are never taken back: as many as were agreed on, the others refused, and nothing left of any', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-ranges-'));
  const path = join(folder, 'socket');
  using file = createMemfd('guest', 1 << 20);
  const mapped = new Map<bigint, DmaRange>();
  let detached = 0;
  const device: PciDevice = {
    ...createMemoryDevice(),
    hasHardwareDma: true,
    mapDma: range => void mapped.set(range.address, range),
    unmapDma: ({ address }) => assert.ok(mapped.delete(address)),
    detach: () => {
      detached = mapped.size;
    },
  };
  const before = openCount();
  const server = serveDevice(device, path, { once: true });
  const { client, close } = connectClient(path);
  await within(PATIENCE, 'the server answers', client.negotiate());
  const refusals = new Map<number, number>();
  const map = async (i: number): Promise<void> => {
    const range = { address: BigInt(i) * 0x2000n, size: 0x1000n, isReadable: true, isWritable: true };
    await client.mapDma({ ...range, file: { handle: file, offset: BigInt(i % 256) * 0x1000n } }).catch((error: unknown) => {
      const errno = error instanceof DeviceError ? error.errno : -1;
      refusals.set(errno, (refusals.get(errno) ?? 0) + 1);
    });
  };
  for (let first = 0; first < WANTED; first += PENDING)
    await within(PATIENCE, 'ranges are mapped', Promise.all(Array.from({ length: PENDING }, (_, i) => map(first + i))));
  assert.deepEqual([mapped.size, [...refusals]], [MOST, [[ENOSPC, WANTED - MOST]]]);
  assert.ok(openCount() < before + 20, 'no file is kept for a range');
  await within(PATIENCE, 'the connection ends', Promise.all([close(), server.ended]));
  assert.deepEqual([detached, mapped.size], [MOST, 0], 'the device is told that the client is gone before its memory goes');
  assert.equal(await settledCount(before), before);
  rmSync(folder, { recursive: true });
});
