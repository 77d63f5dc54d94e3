/** `dma-server PATH`: a device that copies guest memory for a second when it is told to, and prints megabytes a second. */
import { serveDevice } from '../../src/linux/unix-transport/index.ts';
import type { DeviceSession } from '../../src/pure/vfio-user/index.ts';
import { createMemoryDevice } from '../../test/fixtures/memory-device.ts';

const [path = ''] = process.argv.slice(2);
const { regions, ...rest } = createMemoryDevice();
let session: DeviceSession | null = null;

/** Reads blocks of `size` bytes at `address` and writes them back; counts both. */
async function copy(address: bigint, size: number): Promise<void> {
  const start = performance.now();
  let bytes = 0;
  let elapsed = 0;
  for (let i = 0; session !== null && elapsed < 1000; i++) {
    const at = address + BigInt((i % 16) * size);
    await session.memory.write(at, await session.memory.read(at, size));
    bytes += 2 * size;
    if (i % 16 === 0) elapsed = performance.now() - start;
  }
  process.stdout.write(`${(bytes / 1000 / elapsed).toFixed(0)}\n`);
}

serveDevice(
  {
    ...rest,
    regions: regions.map((region, index) => (index === 0 ? { ...region, size: 4096, isReadable: true, isWritable: true } : region)),
    attach: given => {
      session = given;
    },
    detach: () => {
      session = null;
    },
    // Address and size of the blocks.
    writeRegion: (_index, _offset, bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      copy(view.getBigUint64(0, true), view.getUint32(8, true)).catch(error => process.stderr.write(`${error}\n`));
    },
  },
  path,
);
process.stdout.write('ready\n');
