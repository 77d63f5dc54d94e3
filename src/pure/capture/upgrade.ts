/** A capture of version 1 as the current version has it: what version 1 does not carry stays unknown. */
import { type Capture, type CaptureDevice, SCHEMA_VERSION } from './schema.ts';
import type { Capture1 } from './schema-1.ts';

/** A copy of a host's files may have lost its links, so that `null` there says nothing. */
const ANOTHER_TREE = 'another tree';

function upgradeDevice({ iommuGroup, driver, numaNode, ...rest }: Capture1['devices'][number]): CaptureDevice {
  const isTold = (value: unknown) => value !== undefined && (value !== null || rest.notAsked !== ANOTHER_TREE);
  const group = typeof iommuGroup === 'number' ? { number: iommuGroup } : iommuGroup;
  return {
    ...rest,
    ...(isTold(driver) && { driver }),
    ...(isTold(group) && { iommuGroup: group }),
    ...(isTold(numaNode) && { numaNode }),
  };
}

export function upgradeCapture1({ host, devices, ...rest }: Capture1): Capture {
  const { iommu, iommus, ...others } = host;
  const all = iommus ?? (iommu === undefined ? undefined : [{ kind: iommu, attributes: {} }]);
  return {
    ...rest,
    schemaVersion: SCHEMA_VERSION,
    host: { ...others, ...(all !== undefined && { iommus: all }) },
    devices: devices.map(upgradeDevice),
  };
}
