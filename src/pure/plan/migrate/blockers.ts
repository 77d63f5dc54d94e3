/** What keeps a VM with devices of the host's from being migrated, before a byte is sent: QEMU's migration blockers, in its words. */

import type { AssignmentFacts } from '../../facts/index.ts';
import { findValue, type VmDefinition } from '../definition.ts';
import { idOf } from '../judge/place-vm.ts';
import type { DevicePlan, HostPlan } from '../plan-report.ts';
import type { MigrationBlocker } from './migration.ts';

type Words = Pick<MigrationBlocker, 'code' | 'message' | 'why'> & Partial<Pick<MigrationBlocker, 'stage' | 'isKnown'>>;

const blocker = (device: string | null, { stage = 'vmm', isKnown = true, ...words }: Words): MigrationBlocker => ({
  stage,
  device,
  isKnown,
  ...words,
});

/** Devices that QEMU itself marks so. */
const UNMIGRATABLE: ReadonlySet<string> = new Set(['amd-iommu']);
/** Guest IOMMUs; amd-iommu is among the above. */
const GUEST_IOMMUS: ReadonlySet<string> = new Set(['intel-iommu', 'virtio-iommu-pci', 'arm-smmuv3']);
/** The driver that has no migration for any device. */
const PLAIN = 'vfio-pci';

function enableMigration({ definition, device }: { definition: VmDefinition; device: DevicePlan }): string {
  const property = device.properties['enable-migration'];
  if (property !== undefined) return property.value;
  const global = definition.globals.findLast(({ driver, name }) => driver === device.driver && name === 'enable-migration');
  return global?.value ?? 'auto';
}

/** Whether the host's driver can migrate it: only one that was written for the device can. */
function driverBlocker(device: DevicePlan, assignment: AssignmentFacts | null, wanted: string): MigrationBlocker {
  const driver = assignment?.driver ?? null;
  const name = driver === null || driver === 'none' ? null : driver.name;
  const isPlain = name === PLAIN;
  const starts = wanted === 'on' ? 'with enable-migration=on the VM does not start' : 'the VM starts, and refuses to migrate';
  const why = isPlain
    ? `${PLAIN} has no migration for any device, a variant driver of its vendor may: ${starts}`
    : `whether the driver that VFIO has for it on the source can migrate it is not known${name === null ? '' : `: it is bound to ${name}`}; a capture does not say`;
  return blocker(device.id, {
    stage: 'kernel',
    code: 'migration.kernel-unsupported',
    message: `${device.host ?? device.id}: VFIO migration init failed: migration is not supported in kernel`,
    isKnown: isPlain,
    why,
  });
}

function deviceBlockers(device: DevicePlan, definition: VmDefinition, isBehindIommu: boolean): MigrationBlocker[] {
  const name = device.host ?? device.id;
  if (device.backend === 'vfio-user') {
    const why = 'whether a device of a vfio-user server migrates is not known';
    return [blocker(device.id, { code: 'migration.vfio-user', message: `${name}: vfio-user`, isKnown: false, why })];
  }
  const wanted = enableMigration({ definition, device });
  if (wanted === 'off') {
    const message = `${name}: Migration is disabled for VFIO device`;
    return [blocker(device.id, { code: 'migration.disabled', message, why: 'enable-migration=off' })];
  }
  const driver = driverBlocker(device, device.view?.facts.assignment ?? null, wanted);
  // Where the kernel has none, QEMU looks no further.
  if (driver.isKnown) return [driver];
  const tracking: Words = {
    code: 'migration.dirty-tracking',
    message: `${name}: VFIO device doesn't support device and IOMMU dirty tracking`,
    isKnown: false,
    why: "whether the device or the host's IOMMU tracks dirty pages is not known; with enable-migration=on it is a warning",
  };
  const viommu: Words = {
    code: 'migration.viommu',
    message: `${name}: Migration is currently not supported with vIOMMU enabled`,
    why: "one of the guest's IOMMUs stands in front of it",
  };
  return [driver, blocker(device.id, tracking), ...(isBehindIommu ? [blocker(device.id, viommu)] : [])];
}

function iommuBlockers({ devices }: VmDefinition): MigrationBlocker[] {
  return devices.flatMap((device, index): MigrationBlocker[] => {
    const id = idOf(device, index);
    if (UNMIGRATABLE.has(device.driver)) {
      const message = `State blocked by non-migratable device '${device.driver}'`;
      return [blocker(id, { code: 'migration.unmigratable', message, why: 'QEMU saves no state of it' })];
    }
    const accel = device.driver === 'arm-smmuv3' ? findValue(device.values, 'accel')?.value : undefined;
    if (accel !== 'on') return [];
    const message = 'Migration not supported with SMMUv3 accelerator mode enabled';
    return [blocker(id, { code: 'migration.smmuv3-accel', message, why: 'accel=on' })];
  });
}

/** All that blocks a VM on its source, or may. */
export function migrationBlockers(definition: VmDefinition, { devices }: HostPlan): MigrationBlocker[] {
  if (definition.vmm.family !== 'qemu' && devices.length > 0) {
    const why = `whether ${definition.vmm.family} migrates a VM with a device of the host's is not known`;
    return [blocker(null, { code: 'migration.vmm', message: 'the VMM is not QEMU', isKnown: false, why })];
  }
  const onMachine = findValue(definition.machine.values, 'iommu');
  const isBehindIommu =
    definition.devices.some(({ driver }) => GUEST_IOMMUS.has(driver)) || (onMachine !== undefined && onMachine.value !== 'none');
  const own = devices.flatMap(device => deviceBlockers(device, definition, isBehindIommu));
  const several: Words = {
    code: 'migration.p2p',
    message: 'Multiple VFIO devices migration is supported only if all of them support P2P migration',
    isKnown: false,
    why: 'there are several, and whether the drivers of all have it is not known',
  };
  const blocked = new Set(own.filter(({ isKnown }) => isKnown).map(({ device }) => device));
  const mayMigrate = devices.filter(({ id }) => !blocked.has(id));
  return [...own, ...(mayMigrate.length > 1 ? [blocker(null, several)] : []), ...iommuBlockers(definition)];
}
