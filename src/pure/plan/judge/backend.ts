/** What stands between QEMU and the kernel for each assigned device: an iommufd object, or the legacy container. */
import { type DefinedDevice, type DefinedObject, findValue, type VmDefinition } from '../definition.ts';
import type { Backend } from './attach.ts';
import { FINE, failed, type Verdict } from './verdict.ts';

/** Drivers that stand for a device of the host. */
const VFIO_DRIVERS: ReadonlySet<string> = new Set(['vfio-pci', 'vfio-pci-nohotplug', 'vfio-user-pci', 'vfio']);

/** Whether a device is one of the host's, or of a vfio-user server. */
export function isAssigned({ driver, host }: DefinedDevice): boolean {
  return VFIO_DRIVERS.has(driver) || host.kind !== 'emulated';
}

/** The backend of a device, and the object that it names, undefined where there is none of that name. */
export interface ChosenBackend {
  readonly backend: Backend;
  readonly verdict: Verdict;
  readonly object: DefinedObject | undefined;
}

const LEGACY: ChosenBackend = { backend: 'legacy', verdict: FINE, object: undefined };

/** One object for all where the VMM has that; QEMU looks for the one that is named when it sets the property. */
export function chooseBackend(device: DefinedDevice, definition: VmDefinition): ChosenBackend {
  const global = definition.globals.findLast(({ driver, name }) => driver === device.driver && name === 'iommufd');
  const named = findValue(device.values, 'iommufd') ?? global;
  if (named === undefined || named.value === '') {
    const common = device.host.kind === 'socket' ? undefined : definition.objects.find(({ isForAll }) => isForAll);
    return common === undefined ? LEGACY : { backend: 'iommufd', verdict: FINE, object: common };
  }
  const object = definition.objects.find(({ id }) => id === named.value);
  if (object?.type === 'iommufd') return { backend: 'iommufd', verdict: FINE, object };
  const message = object === undefined ? `Device '${named.value}' not found` : `Invalid parameter type for 'iommufd', expected: iommufd`;
  const mend = object === undefined ? `-object iommufd,id=${named.value}` : null;
  return { backend: 'iommufd', verdict: failed('vmm', { code: 'iommufd.object-absent', message, mend, origin: named.origin }), object };
}
