/** The thread of one connection to the memory device. */
import { LinuxPlatform, runInWorker } from '../../src/linux/unix-transport/index.ts';
import { VfioUserServer } from '../../src/pure/vfio-user/index.ts';
import { createMemoryDevice } from '../../test/fixtures/memory-device.ts';

await runInWorker(({ carrier }) => ({
  endpoint: new VfioUserServer({ device: createMemoryDevice(), platform: new LinuxPlatform(), carrier }),
}));
