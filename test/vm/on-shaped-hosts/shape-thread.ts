/** The thread of a connection to a device of a shape: it waits in poll(2), and for nothing that the test does meanwhile. */
import { LinuxPlatform, runInWorker } from '../../../src/linux/unix-transport/index.ts';
import { ReplayBackend } from '../../../src/pure/device/index.ts';
import { ConfigSpace } from '../../../src/pure/pci/config-space.ts';
import { VfioUserServer } from '../../../src/pure/vfio-user/index.ts';

/** A shape as a thread is given it. */
export interface ShapeData {
  /** Of the config space, all of them known. */
  readonly bytes: Uint8Array;
  readonly regionSizes: readonly number[];
}

await runInWorker<ShapeData>(({ data: { bytes, regionSizes }, carrier }) => {
  const device = new ReplayBackend({ config: new ConfigSpace(bytes), regionSizes });
  return { endpoint: new VfioUserServer({ device, platform: new LinuxPlatform(), carrier }) };
});
