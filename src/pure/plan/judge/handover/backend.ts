/** What stands between QEMU and the kernel for each assigned device: an iommufd object, or the legacy container. */
import {
  type DefinedDevice,
  type DefinedGlobal,
  type DefinedObject,
  type DefinedValue,
  findValue,
  type VmDefinition,
} from '../../definition.ts';
import { FINE, failed, type Verdict } from '../verdict.ts';
import type { Backend } from './attach-words.ts';

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

type BackendValue = 'iommufd' | 'fd';

const ofBackend = new WeakMap<readonly DefinedGlobal[], Readonly<Record<BackendValue, readonly DefinedGlobal[]>>>();

/** Looked for once for all devices. */
function backendGlobals(globals: readonly DefinedGlobal[], name: BackendValue): readonly DefinedGlobal[] {
  const named = (wanted: BackendValue) => globals.filter(global => global.name === wanted);
  const found = ofBackend.get(globals) ?? { iommufd: named('iommufd'), fd: named('fd') };
  ofBackend.set(globals, found);
  return found[name];
}

/** Whether something that is no object has a name when a device is made: a device before it, or where bytes of a port go. */
function isOther(name: string, device: DefinedDevice, { devices, otherOptions }: VmDefinition): boolean {
  const before = devices.slice(0, devices.indexOf(device));
  const isChardev = otherOptions.some(option => option.name === 'chardev' && option.value.split(',').includes(`id=${name}`));
  return isChardev || before.some(({ id }) => id === name);
}

/** The object that a value names; words where there is none that fits. */
function findObject({ value }: DefinedValue, device: DefinedDevice, definition: VmDefinition): DefinedObject | string {
  const object = definition.objects.find(({ id }) => id === value);
  if (object?.type === 'iommufd') return object;
  const isThere = object !== undefined || isOther(value, device, definition);
  return isThere ? `Invalid parameter type for 'iommufd', expected: iommufd` : `Device '${value}' not found`;
}

const NO_IOMMUFD = 'Use FD passing only with iommufd backend (QEMU 11.1.3 ends with a segmentation fault before it says so)';

/** A device that is handed over as an open descriptor, which QEMU reads when it sets the property and uses with an iommufd object alone. */
function judgeDescriptor(device: DefinedDevice, definition: VmDefinition, backend: Backend): Verdict {
  const reaching = () => backendGlobals(definition.globals, 'fd').findLast(({ driver }) => reachesDevice(driver, device));
  const fd = findValue(device.values, 'fd') ?? reaching();
  if (fd === undefined || definition.vmm.family !== 'qemu') return FINE;
  const { value, origin } = fd;
  if (!/^\d+$/.test(value)) {
    const message = `Could not parse object fd ${value}:Invalid file descriptor number '${value}'`;
    return failed('vmm', { code: 'backend.descriptor', message, origin });
  }
  return backend === 'iommufd' ? FINE : failed('vmm', { code: 'backend.descriptor-legacy', message: NO_IOMMUFD, origin });
}

/** One object for all where the VMM has that; QEMU looks for the one that is named when it sets the property: each global's first. */
export function chooseBackend(device: DefinedDevice, definition: VmDefinition): ChosenBackend {
  const globals = backendGlobals(definition.globals, 'iommufd').filter(({ driver }) => reachesDevice(driver, device));
  const own = findValue(device.values, 'iommufd');
  const common = device.host.kind === 'socket' ? undefined : definition.objects.find(({ isForAll }) => isForAll);
  const unnamed: ChosenBackend = common === undefined ? LEGACY : { backend: 'iommufd', verdict: FINE, object: common };
  let chosen = unnamed;
  for (const named of [...globals, ...(own === undefined ? [] : [own])]) {
    const found = named.value === '' ? null : findObject(named, device, definition);
    if (found === null) chosen = unnamed;
    else if (typeof found !== 'string') chosen = { backend: 'iommufd', verdict: FINE, object: found };
    else {
      const front = 'driver' in named ? `can't apply global ${named.driver}.iommufd=${named.value}: ` : '';
      const words = {
        code: 'iommufd.object-absent',
        message: front + found,
        // An object of a name that something has already would be refused.
        mend: found.startsWith('Device') ? `-object iommufd,id=${named.value}` : null,
        origin: named.origin,
      };
      return { backend: 'iommufd', verdict: failed('vmm', words), object: undefined };
    }
  }
  const descriptor = judgeDescriptor(device, definition, chosen.backend);
  return descriptor.outcome === 'realized' ? chosen : { ...chosen, verdict: descriptor };
}
