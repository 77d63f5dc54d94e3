/**
 * A device of one's own: it reads the guest's memory, writes it inverted to another place and raises an interrupt.
 *
 *   npm run build && node --import tsx examples/dma-device.ts [SOCKET]
 *
 * With a socket's path it waits there for QEMU until it is interrupted (the words for QEMU are those that `airlock serve` prints);
 * without one it meets a client in this process and ends.
 */
import { fileURLToPath } from 'node:url';
import { registerBar, SoftwareDevice, struct, u32, u64 } from 'vfio-airlock/device';
import { serveDevice } from 'vfio-airlock/unix-transport';
import { MemoryPlatform, MemoryTransport, VfioUserClient, VfioUserServer } from 'vfio-airlock/vfio-user';

/** BAR 0. Addresses are the guest's, length is in bytes; writing `go` starts, its value is the vector that tells the end. */
const dma = struct('dma', { src: u64, dst: u64, length: u32, go: u32, status: u32 });
const STATUS = { idle: 0, busy: 1, done: 2, failed: 3 };
const LONGEST = 2 ** 20;
const VECTORS = 2;

/** The device: two vectors of MSI-X, registers in BAR 0; config space, sizing and the vector table come by themselves. */
export const createDmaDevice = (): SoftwareDevice =>
  new SoftwareDevice({
    vendorId: 0x1234,
    deviceId: 0xa0d1,
    classCode: 0x12_00_00,
    msixVectors: VECTORS,
    bars: {
      0: registerBar(dma, {
        readOnly: ['status'],
        write: {
          async go(registers, device, vector) {
            if (registers.status === STATUS.busy) return;
            const { src, dst, length } = registers;
            registers.status = STATUS.busy;
            try {
              if (length > LONGEST) throw new RangeError(`${length} bytes, ${LONGEST} is the most`);
              const bytes = await device.memory.read(src, length);
              for (let i = 0; i < length; i++) bytes[i] ^= 0xff;
              await device.memory.write(dst, bytes);
              registers.status = STATUS.done;
            } catch {
              // An address that the guest did not map: its driver is told as hardware tells it.
              registers.status = STATUS.failed;
            }
            device.interrupt(vector < VECTORS ? vector : 0);
          },
        },
      }),
    },
  });

/** What a driver does, without a socket: memory that is mapped and memory that only messages reach, an interrupt for each. */
async function meetClient(): Promise<void> {
  const platform = new MemoryPlatform();
  const device = createDmaDevice();
  const { client, close } = connect(platform, device);
  await client.negotiate();

  const SIZE = 0x1000;
  const file = platform.createFile(SIZE);
  const bytes = new Uint8Array(SIZE);
  const allowed = { size: BigInt(SIZE), isReadable: true, isWritable: true };
  await client.mapDma({ address: 0x10000n, ...allowed, file: { handle: file, offset: 0n } });
  await client.mapDma({ address: 0x20000n, ...allowed, bytes });

  const [MSIX, BAR0] = [2, 0];
  const event = platform.createEvent();
  await client.setIrqs({ index: MSIX, start: 1, count: 1, action: 'trigger', data: { kind: 'eventfds', handles: [event] } });

  const text = new TextEncoder().encode('Airlock');
  file.object.bytes.set(text);
  const rounds = [
    ['mapped to by message', 0x10000n, 0x20000n],
    ['by message to mapped', 0x20000n, 0x10800n],
  ] as const;
  for (const [name, src, dst] of rounds) {
    await client.writeRegion(BAR0, 0, dma.encode({ src, dst, length: text.length, go: 1 }));
    const readStatus = async (): Promise<number> => dma.decode(await client.readRegion(BAR0, 0, dma.size)).status;
    let status = await readStatus();
    while (status === STATUS.busy) status = await readStatus();
    const outcome = Object.keys(STATUS)[status];
    process.stdout.write(`${name}: ${outcome}, interrupts so far: ${event.object.signals}\n`);
  }
  const out = file.object.bytes.subarray(0x800, 0x800 + text.length);
  process.stdout.write(`inverted twice: ${new TextDecoder().decode(out)}\n`);
  event.close();
  close();
}

function connect(platform: MemoryPlatform, device: SoftwareDevice): { client: VfioUserClient; close: () => void } {
  const transport = new MemoryTransport(platform, {
    server: carrier => new VfioUserServer({ device, platform, carrier }),
    client: carrier => new VfioUserClient(carrier),
  });
  return { client: transport.client, close: () => transport.close() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [socket] = process.argv.slice(2);
  if (socket === undefined) await meetClient();
  else {
    const server = serveDevice(createDmaDevice(), socket);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close());
    process.stdout.write(`the device waits at ${socket}\n`);
    await server.ended;
  }
}
