/** What QEMU finds out of a device of the host's last: whether the kernel migrates it, and whether the file of its ROM is there. */
import { type DeviceFacts, isVfioDriver } from '../../facts/index.ts';
import type { Origin } from '../origin.ts';
import type { PlanMessage } from '../plan-report.ts';
import type { PlanHost } from './host/plan-host.ts';
import type { PreparedDevice } from './prepared-device.ts';
import { FINE, failed, firstOf, planMessage, unknown, type Verdict } from './verdict.ts';

/** The driver that has no migration for any device. */
const PLAIN = 'vfio-pci';

/** The value of a property; undefined where there is none. */
const settingOf = ({ properties }: PreparedDevice, name: string): unknown => properties?.effective.get(name)?.value;

/** Where it was written; looked for only where something is to be said of it. */
function originOf({ properties }: PreparedDevice, name: string): Origin | null {
  const property = properties?.effective.get(name);
  return property === undefined ? null : (properties?.originOf(property) ?? null);
}

/** A driver that takes the device at the start may be one of its vendor's. */
function judgeMigration(prepared: PreparedDevice, facts: DeviceFacts): Verdict {
  if (settingOf(prepared, 'enable-migration') !== 'on') return FINE;
  const origin = originOf(prepared, 'enable-migration');
  const address = facts.bdf?.text ?? '';
  const driver = facts.assignment?.driver ?? null;
  const name = driver === null || driver === 'none' ? null : driver.name;
  const isTaken = prepared.device.isBoundAtStart === true && (name === null || !isVfioDriver(name));
  if (name === PLAIN && !isTaken) {
    const words = 'VFIO migration init failed: migration is not supported in kernel: Inappropriate ioctl for device';
    return failed('kernel', { code: 'migration.kernel-unsupported', message: `vfio ${address}: ${address}: ${words}`, origin });
  }
  const message = `whether the driver that VFIO has for ${address} can migrate it is not known, and enable-migration=on fails where it cannot`;
  return unknown('kernel', { code: 'migration.unknown', message, origin });
}

/** QEMU looks for a file of a relative name in several folders, which are not known here. */
function judgeRomFile(prepared: PreparedDevice, { name, hasFile }: PlanHost): Verdict {
  const path = settingOf(prepared, 'romfile');
  if (typeof path !== 'string' || path === '' || Number(settingOf(prepared, 'rombar')) === 0) return FINE;
  const origin = originOf(prepared, 'romfile');
  const isThere = path.startsWith('/') ? (hasFile?.(path) ?? null) : null;
  if (isThere === true) return FINE;
  if (isThere === null) {
    const message = `whether ${name} has the romfile "${path}" is not known, and the VM does not start without it`;
    return unknown('platform', { code: 'rom.file-unknown', message, origin });
  }
  return failed('platform', { code: 'rom.file-absent', message: `failed to find romfile "${path}"`, origin });
}

/** QEMU hands a ROM without a BAR to the firmware, and goes on without it where the file is not there. */
export function tellRomFile(prepared: PreparedDevice, { hasFile }: PlanHost): PlanMessage | null {
  const path = settingOf(prepared, 'romfile');
  if (typeof path !== 'string' || !path.startsWith('/') || Number(settingOf(prepared, 'rombar')) !== 0) return null;
  if (hasFile?.(path) !== false) return null;
  const origin = originOf(prepared, 'romfile');
  const message = `rom: file ${path.padEnd(20)}: error Failed to open file “${path}”: No such file or directory`;
  return planMessage('vmm', { code: 'rom.file-not-opened', message, origin });
}

/** In the order in which QEMU comes to them, behind all else. */
export function judgeLast(prepared: PreparedDevice, facts: DeviceFacts, host: PlanHost): Verdict {
  return firstOf([judgeMigration(prepared, facts), judgeRomFile(prepared, host)]);
}
