/** What the lines of a migration mean: QEMU's, libvirt's and KubeVirt's. */
import { ADDRESS, about, device, type ErrorPattern, QUOTED } from './error-pattern.ts';

/** A function or an mdev; other words before a colon are no name where there may be none. */
const NAMED = `${ADDRESS}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`;

export const MIGRATION_ERRORS: readonly ErrorPattern[] = [
  about(
    'machine.differs',
    `Machine type received is ${QUOTED} and local is ${QUOTED}`,
    ([received, local]) =>
      `The source runs machine type ${received}, the destination was started as ${local}. Both must be the same full name: an alias such as q35 is resolved by each QEMU by itself.`,
  ),
  about(
    'ramblock.unknown',
    `Unknown ramblock ${QUOTED}, cannot accept migration`,
    ([block]) =>
      `The source has memory of a device, ${block}, that the destination has not: the device is missing there, stands at another guest address, or has no ROM (romfile, rombar).`,
    0,
  ),
  about(
    'section.unknown',
    `Unknown section or instance ${QUOTED} (\\d+)`,
    ([section]) =>
      `The source saved ${section}, and the destination has no such device, or has it at another guest address: the part before the last / is its path of slots.`,
    0,
  ),
  about(
    'device.refused',
    `error while loading state for instance 0x[0-9a-f]+ of device ${QUOTED}`,
    ([section]) => `The destination's device at guest path ${section} is not what the source saved; the line before says why.`,
    0,
  ),
  about(
    'element.refused',
    'Failed to load ([^\\s:]{1,64}):([^\\s:]{1,64})(?![^\\n])',
    ([type, field]) => `The destination does not take what the source saved as ${field} of ${type}; the line before says why.`,
  ),
  about(
    'section.footer',
    `(?:Missing section footer for ([^\\s]{1,100})|Section footer error, section_id: \\d+)`,
    ([section]) =>
      `The two QEMUs do not agree on how long the state of ${section ?? 'a device'} is: they are of two versions, or the stream was cut.`,
    0,
  ),
  about(
    'device.state',
    `(?:(?<![\\w.:-])(${NAMED}): )?Failed setting device state to (\\w{1,32})(?:, err: ([^\\n]{1,80}?))?(?=[.\\n]|$)`,
    ([, state, reason]) =>
      `The driver that VFIO has for the device did not take it to the state ${state}${reason === undefined ? '' : ` (${reason})`}: the kernel's log of that host says why.`,
    0,
  ),
  about(
    'size.differs',
    `(?:Size|Length) mismatch: ([^\\n]{1,100}): (0x[0-9a-f]+)(?: in)? != (0x[0-9a-f]+)`,
    ([block, a, b]) => `The memory ${block} has ${a} bytes on one side and ${b} on the other, such as a ROM of another size.`,
    0,
  ),
  about(
    'subsystem.differs',
    'Cannot migrate while device properties \\(subsys/subsys_ven\\) differ',
    () => 'The subsystem ids of an e1000e are not the same on both sides: set subsys and subsys_ven.',
  ),
  about('migration.disabled', device('Migration is disabled for VFIO device'), () => 'enable-migration=off is set for it.', 0),
  about(
    'migration.kernel-unsupported',
    `(?:(?<![\\w.:-])(${NAMED}): )?VFIO (?:migration (?:init failed: (?:migration |VFIO_MIGRATION_STOP_COPY )?)?is not supported(?: in kernel)?(?! with)|device doesn't support migration)`,
    () => 'The driver that VFIO has for it cannot migrate: plain vfio-pci cannot for any device, a variant driver of the vendor may.',
    0,
  ),
  about(
    'migration.dirty-tracking',
    device("VFIO device doesn't support device and IOMMU dirty tracking"),
    () => 'Neither the device nor the IOMMU of the host tells which memory the device wrote.',
    0,
  ),
  about(
    'migration.large-memory',
    device('Migration is currently not supported with large memory VM due to dirty tracking limitation in backend'),
    () => 'The VM has more memory than the tracking of written pages takes.',
    0,
  ),
  about(
    'migration.viommu',
    device('Migration is currently not supported with vIOMMU enabled'),
    () => "One of the guest's IOMMUs stands in front of the device: take it out, or put the device where it does not reach.",
    0,
  ),
  about(
    'migration.postcopy',
    device('VFIO migration is not supported with (?:postcopy migration|background snapshot)'),
    () => 'A device of the host cannot be migrated so: switch postcopy or the background snapshot off.',
    0,
  ),
  about(
    'migration.p2p',
    'Multiple VFIO devices migration is supported only if all of them support P2P migration',
    () => 'The VM has several devices of the host, and the driver of one lacks the P2P states.',
  ),
  about(
    'migration.smmuv3-accel',
    'Migration not supported with SMMUv3 accelerator mode enabled',
    () => "The guest's SMMUv3 has accel=on: its state is in the host's IOMMU.",
  ),
  about('migration.unmigratable', `State blocked by non-migratable device ${QUOTED}`, ([name]) => `QEMU saves no state of ${name}.`, 0),
  about(
    'libvirt.hostdev',
    'domain has assigned non-USB host devices',
    () => 'An older libvirt refuses by itself, before QEMU is asked: the domain has a PCI device of the host.',
  ),
  about(
    'kubevirt.hostdev',
    'HostDeviceNotLiveMigratable|VMI uses (?:a )?PCI host devices',
    () => 'KubeVirt refuses by itself, before libvirt is asked: the VM has a PCI device of the host.',
  ),
  about(
    'libvirt.hostdev',
    `cannot migrate a domain with (<hostdev mode=${QUOTED} type=${QUOTED}>|<interface type=${QUOTED}>)`,
    ([element]) => `libvirt refuses by itself, before QEMU is asked: ${element} is a device of the host.`,
  ),
  about(
    'libvirt.differs',
    'Target ([^\\n]{1,120}?) ([^\\s]{1,80}) does not match source ([^\\s]{1,80})',
    ([what, target, source]) => `libvirt compares the two definitions: ${what} is ${source} on the source and ${target} on the target.`,
  ),
  about('load.failed', String.raw`load of migration failed: (Input/output error|[^:\r\n"'\\]{1,60}?)(?=\\[rn]|["'\r\n]|$)`, ([reason]) =>
    reason?.startsWith('Input/output') === true
      ? "The stream ended before its end: the source stopped, or the connection broke. The cause stands in the source's log."
      : "The destination ended its load. The cause stands in the lines before, in the destination's log: QEMU itself says no more here.",
  ),
];
