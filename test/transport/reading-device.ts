/** `reading-device PATH` serves a device that reads 8 bytes of guest memory at the address that it is told. */
import { serveDevice } from '../../src/linux/unix-transport/index.ts';
import { registerBar, SoftwareDevice, struct, u32, u64 } from '../../src/pure/device/index.ts';

export const registers = struct('registers', { address: u64, value: u64, errno: u32, done: u32 });

export function createReadingDevice(): SoftwareDevice {
  return new SoftwareDevice({
    vendorId: 0x1234,
    deviceId: 0xa0d3,
    classCode: 0xff_00_00,
    bars: {
      0: registerBar(registers, {
        write: {
          async address(values, { memory }, at) {
            try {
              const bytes = await memory.read(at, 8);
              values.value = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
              values.errno = 0;
            } catch (error) {
              values.errno = error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 5;
            }
            values.done++;
          },
        },
      }),
    },
  });
}

const [path] = process.argv.slice(2);
if (path !== undefined && import.meta.filename === process.argv[1]) {
  const server = serveDevice(createReadingDevice(), path);
  // Whoever started it holds the other end: it goes with a test that is ended.
  process.stdin.resume().once('end', () => server.close());
  process.stdout.write('ready\n');
}
