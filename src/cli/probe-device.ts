/** Asks the kernel all that it tells of one open device. */

import { SyscallError } from '../linux/ffi/index.ts';
import { type HostDevice, readKernelRelease } from '../linux/sysfs/index.ts';
import { type IommuBackend, IommufdDevice, type VfioDevice, withOpenDevice } from '../linux/vfio/index.ts';
import type { HwInfoReport } from '../pure/iommu/index.ts';
import type { ProbeReport } from '../pure/reports/probe-report.ts';
import { IOMMU_HW_INFO_TYPE_ARM_SMMUV3, IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV } from '../pure/spec/iommufd/index.ts';
import { readHostDevice } from './live.ts';

/** Types that a driver gives on request beside its own. */
const MORE_TYPES: Readonly<Record<number, readonly number[]>> = { [IOMMU_HW_INFO_TYPE_ARM_SMMUV3]: [IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV] };

/** No kernel has more kinds of regions or interrupts; bounds the loop where a device reports a wrong number. */
const MOST = 256;

/** What `ask` returns; null where the kernel answers with one of `codes`, which say that it has no such thing. */
function unless<T>(codes: readonly string[], ask: () => T): T | null {
  try {
    return ask();
  } catch (error) {
    if (error instanceof SyscallError && codes.includes(error.code)) return null;
    throw error;
  }
}

function each<T>(count: number, ask: (index: number) => T): T[] {
  const answers = Array.from({ length: Math.min(count, MOST) }, (_, index) => unless(['EINVAL'], () => ask(index)));
  return answers.filter(answer => answer !== null);
}

function readMore(device: VfioDevice, report: HwInfoReport | null): HwInfoReport[] {
  if (!(device instanceof IommufdDevice) || report === null) return [];
  const reports = (MORE_TYPES[report.type] ?? []).map(type => unless(['EOPNOTSUPP', 'EINVAL'], () => device.hwInfo(type)));
  return reports.filter(more => more !== null);
}

/** The report on a device of this host, which is open while it is read and closed after. Throws DeviceClosedError. */
export function probeDevice(host: HostDevice, backend: IommuBackend, root = '/'): ProbeReport {
  return withOpenDevice(host, backend, device => {
    const vfio = device.readConfig();
    const { config: hardware } = readHostDevice(host.address, root);
    const hostIommu = device.hostIommuDevice();
    const group = host.iommuGroup?.number ?? null;
    return {
      bdf: host.address,
      driver: host.driver ?? '',
      backend,
      path: backend === 'iommufd' ? device.descriptor.target : `/dev/vfio/${group}`,
      iommuGroup: group,
      kernel: readKernelRelease(root),
      hostIommu,
      moreReports: readMore(device, hostIommu.report),
      flags: device.info.flags,
      canReset: device.info.canReset,
      hardware,
      vfio,
      regions: each(device.info.regionCount, index => device.region(index)),
      interrupts: each(device.info.irqCount, index => device.irq(index)),
    };
  });
}
