/** Values for all devices of a driver that reach none, of which QEMU warns once it has started. */
import { type DefinedGlobal, findValue, type VmDefinition } from '../definition.ts';
import type { PlanFinding } from '../plan-finding.ts';
import { findDriver, isNoType } from './places/index.ts';

const X86 = ['intel-iommu', 'amd-iommu'];
const ARM = ['arm-smmuv3'];

/** Drivers that a guest's architecture has apart from others. */
const OWN: Readonly<Record<string, readonly string[]>> = { x86_64: X86, i386: X86, i686: X86, aarch64: ARM, arm: ARM, armv7l: ARM };

/**
 * Drivers that no machine has by itself, and whose devices cannot be plugged into a VM that runs: QEMU says nothing of a value for one
 * that may come later.
 */
const OF_ALL: readonly string[] = ['vfio-pci-nohotplug', 'virtio-iommu-pci'];

const isMade = ({ devices }: VmDefinition, driver: string): boolean =>
  devices.some(device => {
    const found = findDriver(device.driver);
    return device.driver === driver || (found?.isPci === true && found.driver.types.includes(driver));
  });

/** Whether a device of that driver is there; null where QEMU would not say, or that is not known. */
function isUsed({ driver }: DefinedGlobal, definition: VmDefinition): boolean | null {
  const own = OWN[definition.vmm.architecture ?? ''] ?? [];
  if (!OF_ALL.includes(driver) && !own.includes(driver)) return null;
  const isMachines = driver === 'arm-smmuv3' && (findValue(definition.machine.values, 'iommu')?.value ?? 'none') !== 'none';
  return isMachines || isMade(definition, driver);
}

/** Of an architecture whose programs have other drivers. */
function isOther({ driver }: DefinedGlobal, { vmm }: VmDefinition): boolean {
  const own = OWN[vmm.architecture ?? ''];
  return own !== undefined && !own.includes(driver) && (X86.includes(driver) || ARM.includes(driver));
}

/** Findings in QEMU's words; nothing is said of a definition that was not wholly read, since the rest may hold the device. */
export function unusedGlobals(definition: VmDefinition): readonly PlanFinding[] {
  const { vmm, globals, isPartial = false } = definition;
  if (vmm.family !== 'qemu' || isPartial) return [];
  return globals.flatMap((global): PlanFinding[] => {
    const { driver, name, value, origin } = global;
    const common = { severity: 'warning', origin } as const;
    if (isNoType(driver) || isOther(global, definition)) {
      return [{ ...common, code: 'global.no-class', message: `global ${driver}.${name} has invalid class name` }];
    }
    return isUsed(global, definition) === false
      ? [{ ...common, code: 'global.unused', message: `global ${driver}.${name}=${value} not used` }]
      : [];
  });
}
