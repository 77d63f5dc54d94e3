/** The host IOMMU device that a capture describes. */
import { parseHexBytes } from '../bytes/hex.ts';
import { type HostIommuDevice, iommufdDevice, legacyVfioDevice, noReportDevice } from '../iommu/index.ts';
import type { Capture, CaptureDevice } from './schema.ts';

/** What the capture's host said about the IOMMU behind `device`; a device without a report answers "unreported". */
export function captureIommu(capture: Capture, device: CaptureDevice): HostIommuDevice {
  const { iommu } = device;
  const { kernel } = capture.host;
  if (iommu === undefined) return noReportDevice(kernel);
  if (iommu.backend === 'legacy') return legacyVfioDevice(kernel);
  if (iommu.hwInfo === undefined) return noReportDevice(kernel);
  const { type, data, capabilities, maxPasidLog2 } = iommu.hwInfo;
  return iommufdDevice({
    type: Number(type),
    data: parseHexBytes(data),
    capabilities: capabilities === null ? null : BigInt(capabilities),
    maxPasidLog2,
    kernel,
  });
}
