/** What QEMU is given to judge: the raw replay that `serve --profile raw` serves, with regions of sizes that no function has. */
import type { DeviceRegion } from '../../../src/pure/device/pci-device.ts';
import { ReplayBackend } from '../../../src/pure/device/replay-backend.ts';
import { ConfigSpace } from '../../../src/pure/pci/config-space.ts';

/** The replay rounds sizes up to a power of two; QEMU is told those that were asked for. */
export class ServedFunction extends ReplayBackend {
  declare readonly regions: readonly DeviceRegion[];

  constructor(bytes: Uint8Array, barSizes: readonly number[]) {
    super({ config: new ConfigSpace(bytes), regionSizes: [...barSizes, 0], isRaw: true });
    this.regions = this.regions.map((region, index) => ({ ...region, size: barSizes[index] ?? region.size }));
  }
}
