/** Judges a migration: what blocks it on the source, what stops it at the destination, and what loads without a word. */
import { findProfile, isProfileName } from '../../guest-view/index.ts';
import type { FormatName } from '../definition.ts';
import { findMachine } from '../judge/machine.ts';
import { placeVm } from '../judge/place-vm.ts';
import type { DevicePlan, HostPlan, IommuPlan, VmPlan } from '../plan-report.ts';
import { migrationBlockers } from './blockers.ts';
import { guestPaths, vfioSection } from './guest-paths.ts';
import { migrateDevice } from './migrate-device.ts';
import type { DeviceMigration, Migration, MigrationError, MigrationWarning } from './migration.ts';

/** What QEMU says where the machine types are not the same. */
export function formatMachineMismatch(received: string, local: string): string {
  return `load of migration failed: Invalid argument: post load hook failed for: configuration, version_id: 1, minimum_version: 0: Machine type received is '${received}' and local is '${local}'`;
}

/** Managers that resolve an alias such as q35 where the VM starts, and start the destination with the full name that it came to. */
const SENDS_MACHINE: ReadonlySet<FormatName> = new Set(['libvirt', 'kubevirt', 'proxmox']);

/** The machine type that the destination is started with, as the source of a running VM was planned; null: each side finds its own. */
export function sentMachine({ definition, machine }: VmPlan): string | null {
  return SENDS_MACHINE.has(definition.source.format) ? machine : null;
}

function machineErrors({ machine: received, definition }: VmPlan, { machine: local }: VmPlan): MigrationError[] {
  if (received === null || local === null || received === local || definition.vmm.family !== 'qemu') return [];
  return [{ stage: 'vmm', code: 'machine.differs', message: formatMachineMismatch(received, local), of: 'machine' }];
}

/** What keeps the VM from starting at the destination, where it waits for the stream. */
function startErrors({ outcome, stopsWith, errors, devices, host }: HostPlan): MigrationError[] {
  if (outcome !== 'fails') return [];
  const said = [...(stopsWith === null ? [] : [stopsWith]), ...errors, ...devices.flatMap(({ error }) => error ?? [])];
  const [first] = said;
  const message = first === undefined ? `the VM does not start on ${host}` : first.message;
  return [{ stage: first?.stage ?? 'vmm', code: first?.code ?? 'destination.fails', message, of: `the VM on ${host}` }];
}

/** A device that only one side has: what the source saved of it has nowhere to go. */
function missingErrors(from: HostPlan, to: HostPlan, pathOf: ReadonlyMap<string, string>): MigrationError[] {
  const there = new Set(to.devices.map(({ id }) => id));
  return from.devices
    .filter(({ id }) => !there.has(id))
    .map(({ id }) => {
      const section = vfioSection(pathOf.get(id) ?? id);
      const message = `load of migration failed: Invalid argument: Unknown section or instance '${section}' 0. Make sure that your current VM setup matches your saved VM setup, including any hotplugged devices`;
      return { stage: 'vmm', code: 'device.missing', message, of: id };
    });
}

const resolvedOf = ({ properties }: IommuPlan, name: string): string | null =>
  properties[name]?.resolved ?? properties[name]?.value ?? null;

/** QEMU compares config space, not properties: an IOMMU that is another one is loaded as if it were the same. */
function iommuWarnings(from: HostPlan, to: HostPlan): MigrationWarning[] {
  const there = new Map(to.iommus.map(iommu => [iommu.id, iommu]));
  return from.iommus.flatMap(own => {
    const other = there.get(own.id);
    if (other === undefined) return [];
    const names = [...new Set([...Object.keys(own.properties), ...Object.keys(other.properties)])];
    return names.flatMap(name => {
      const [a, b] = [resolvedOf(own, name), resolvedOf(other, name)];
      if (a === null || b === null || a === b) return [];
      const message = `${own.id}: ${name} is ${a} on ${from.host} and ${b} on ${to.host}: it loads, and the guest's registers change under it`;
      return [{ code: 'iommu.property-differs', message }];
    });
  });
}

/** Things of the devices themselves that QEMU does not look at. */
function deviceWarnings(from: DevicePlan, to: DevicePlan | undefined): MigrationWarning[] {
  const [a, b] = [from.properties.ats?.resolved ?? null, to?.properties.ats?.resolved ?? null];
  if (to === undefined || a === null || b === null || a === b || from.properties.ats?.value !== 'auto') return [];
  const message = `${from.id}: ats=auto came to ${a} on the source and to ${b} on the destination: write ats=off into the definition, which both give`;
  return [{ code: 'ats.auto-differs', message }];
}

function outcomeOf(migration: Omit<Migration, 'outcome' | 'from' | 'to'>, hosts: readonly HostPlan[]): Migration['outcome'] {
  const { blockers, errors, devices } = migration;
  if (errors.length > 0 || blockers.some(({ isKnown }) => isKnown) || devices.some(({ outcome }) => outcome === 'refused')) return 'fails';
  const isOpen =
    blockers.length > 0 || devices.some(({ outcome }) => outcome === 'unknown') || hosts.some(({ outcome }) => outcome === 'unknown');
  return isOpen ? 'unknown' : 'migrates';
}

/**
 * Judges the migration of a VM that was planned on its source and on its destination, each with one host; the definition is the same, profile
 * and machine type may be others. Never throws on any plan.
 *
 * @throws RangeError for a plan without a host
 */
export function migrate(from: VmPlan, to: VmPlan): Migration {
  const [{ 0: source }, { 0: destination }] = [from.hosts, to.hosts];
  if (source === undefined || destination === undefined) throw new RangeError('a migration needs a plan on one host for each side');
  const { definition } = source;
  const profile = isProfileName(from.profile.name) ? findProfile(from.profile.name) : null;
  const paths = profile === null ? new Map<string, string>() : guestPaths(placeVm(definition, findMachine(definition, profile), profile));
  const blockers = [
    ...startErrors(source).map(error => ({ ...error, device: null, isKnown: true, why: `the VM does not run on ${source.host}` })),
  ].map(({ of, ...error }) => error);
  const there = new Map(destination.devices.map(device => [device.id, device]));
  const devices: DeviceMigration[] = source.devices.flatMap(device => {
    const other = there.get(device.id);
    return other === undefined ? [] : [migrateDevice(device, other, paths.get(device.id) ?? null)];
  });
  const found = {
    blockers: [...blockers, ...migrationBlockers(definition, source)],
    errors: [...startErrors(destination), ...machineErrors(from, to), ...missingErrors(source, destination, paths)],
    devices,
    warnings: [...iommuWarnings(source, destination), ...source.devices.flatMap(device => deviceWarnings(device, there.get(device.id)))],
  };
  return { from, to, outcome: outcomeOf(found, [source, destination]), ...found };
}
