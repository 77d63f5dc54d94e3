/** What a vfio-user server tells of its device when it is asked. */
import { DeviceError } from '../pure/device/index.ts';
import { ConfigSpace, EXTENDED_SIZE } from '../pure/pci/config-space.ts';
import type { AttachReport } from '../pure/reports/attach-report.ts';
import { EINVAL } from '../pure/spec/errno.ts';
import { VFIO_DEVICE_FLAGS_PCI, VFIO_PCI_CONFIG_REGION_INDEX } from '../pure/spec/vfio/index.ts';
import type { ClientIrqInfo, ClientRegionInfo, VfioUserClient } from '../pure/vfio-user/index.ts';

/** Counts a kind of interrupt that the device does not know as one that it does not have. */
async function askIrq(client: VfioUserClient, index: number): Promise<ClientIrqInfo> {
  try {
    return await client.getIrqInfo(index);
  } catch (error) {
    if (error instanceof DeviceError && error.errno === EINVAL) return { index, flags: 0, count: 0 };
    throw error;
  }
}

/** Asks a server for all that it tells; changes nothing of the device and closes the handles that come. Rejects as the client does. */
export async function askServer(client: VfioUserClient, socket: string): Promise<AttachReport> {
  const agreement = await client.negotiate();
  const info = await client.getInfo();
  const regions: Omit<ClientRegionInfo, 'mapping'>[] = [];
  const mappable: AttachReport['mappable'][number][] = [];
  for (let index = 0; index < info.regionCount; index++) {
    const { mapping, ...region } = await client.getRegionInfo(index);
    mapping?.handle.close();
    regions.push(region);
    mappable.push(mapping?.areas ?? []);
  }
  const interrupts: ClientIrqInfo[] = [];
  for (let index = 0; index < info.irqCount; index++) interrupts.push(await askIrq(client, index));
  const size = Math.min(EXTENDED_SIZE, regions[VFIO_PCI_CONFIG_REGION_INDEX]?.size ?? 0);
  const isPci = (info.flags & VFIO_DEVICE_FLAGS_PCI) !== 0 && size > 0;
  const config = isPci ? new ConfigSpace(await client.readRegion(VFIO_PCI_CONFIG_REGION_INDEX, 0, size)) : null;
  return { socket, agreement, info, regions, mappable, interrupts, config };
}
