/** Which functions of a set a Kubernetes device plugin offers at all: KubeVirt's looks at drivers and groups before a VM is there. */
import type { DeviceFacts } from '../../../facts/index.ts';
import { type Fitting, groupNumber } from './plan-host.ts';

/** The one driver whose devices are offered. */
const PLAIN = 'vfio-pci';
/** Of its virtual functions some are offered, as vGPUs; which of them is not known here. */
const VGPU = 'nvidia';

/** null where it is not known. */
function isOffered({ assignment }: DeviceFacts): boolean | null {
  const driver = assignment?.driver ?? null;
  const group = assignment?.iommuGroup ?? null;
  if (group === 'none' || driver === 'none') return false;
  if (driver === null || driver.name === VGPU) return null;
  return driver.name === PLAIN && group === null ? null : driver.name === PLAIN;
}

/** The offered ones of those that fit: one of each group, since a group is what the plugin hands out; the last, which is what it names. */
export function offered({ devices, perhaps }: Fitting): Fitting {
  const groups = new Map<number, DeviceFacts>();
  const unsure: DeviceFacts[] = [];
  for (const device of devices) {
    const answer = isOffered(device);
    const group = groupNumber(device);
    if (answer === true && group !== null) groups.set(group, device);
    else if (answer === null) unsure.push(device);
  }
  const first = perhaps.filter(device => isOffered(device) !== false);
  return { devices: devices.filter(device => groups.get(groupNumber(device) ?? -1) === device), perhaps: [...first, ...unsure] };
}
