/** What stands between QEMU and the kernel for each assigned device: an iommufd object, or the legacy container. */
import {
  type DefinedDevice,
  type DefinedGlobal,
  type DefinedObject,
  type DefinedValue,
  findValue,
  type VmDefinition,
} from '../definition.ts';
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

/** Whether a global of a driver reaches a device of another: the second is a kind of the first. */
export const reachesDevice = (driver: string, { driver: own }: DefinedDevice): boolean =>
  driver === own || (driver === 'vfio-pci' && own === 'vfio-pci-nohotplug');

const ofIommufd = new WeakMap<readonly DefinedGlobal[], readonly DefinedGlobal[]>();

/** Looked for once for all devices. */
function iommufdGlobals(globals: readonly DefinedGlobal[]): readonly DefinedGlobal[] {
  const found = ofIommufd.get(globals) ?? globals.filter(({ name }) => name === 'iommufd');
  ofIommufd.set(globals, found);
  return found;
}

/** The object that a value names; words where there is none that fits. */
function findObject({ value }: DefinedValue, { objects }: VmDefinition): DefinedObject | string {
  const object = objects.find(({ id }) => id === value);
  if (object?.type === 'iommufd') return object;
  return object === undefined ? `Device '${value}' not found` : `Invalid parameter type for 'iommufd', expected: iommufd`;
}

/** One object for all where the VMM has that; QEMU looks for the one that is named when it sets the property: each global's first. */
export function chooseBackend(device: DefinedDevice, definition: VmDefinition): ChosenBackend {
  const globals = iommufdGlobals(definition.globals).filter(({ driver }) => reachesDevice(driver, device));
  const own = findValue(device.values, 'iommufd');
  const common = device.host.kind === 'socket' ? undefined : definition.objects.find(({ isForAll }) => isForAll);
  const unnamed: ChosenBackend = common === undefined ? LEGACY : { backend: 'iommufd', verdict: FINE, object: common };
  let chosen = unnamed;
  for (const named of [...globals, ...(own === undefined ? [] : [own])]) {
    const found = named.value === '' ? null : findObject(named, definition);
    if (found === null) chosen = unnamed;
    else if (typeof found !== 'string') chosen = { backend: 'iommufd', verdict: FINE, object: found };
    else {
      const front = 'driver' in named ? `can't apply global ${named.driver}.iommufd=${named.value}: ` : '';
      const words = {
        code: 'iommufd.object-absent',
        message: front + found,
        mend: definition.objects.some(({ id }) => id === named.value) ? null : `-object iommufd,id=${named.value}`,
        origin: named.origin,
      };
      return { backend: 'iommufd', verdict: failed('vmm', words), object: undefined };
    }
  }
  return chosen;
}
