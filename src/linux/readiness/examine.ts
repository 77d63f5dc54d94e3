/** All checks of a host, or of a host and one device, in the order in which they build on each other. */
import { type HostFacts, isFileThere } from '../../pure/facts/index.ts';
import { walkExtended } from '../../pure/pci/walk.ts';
import type { Check } from '../../pure/reports/doctor-report.ts';
import { PCI_EXT_CAP_ID_DVSEC } from '../../pure/spec/pci-regs.ts';
import { readLockedMemory } from '../sysfs/index.ts';
import type { Asked } from './ask.ts';
import { type Requirement, withoutSudo } from './check.ts';
import { checkAnswer, checkCapability, checkDriver, checkGroup, checkRequiresAts, checkTrust, type DeviceState } from './device-checks.ts';
import { checkAtsReport, checkCdev, checkIommu, checkIommufd, checkNoAts, checkVfioModule, type HostState } from './host-checks.ts';
import { checkInterrupts } from './interrupts.ts';
import { checkMemoryLimit } from './memory-limit.ts';
import { askDevice, checkKernelAts, checkKernelPasid, checkReset, type Told } from './opened-checks.ts';
import { checkAccess } from './permissions.ts';

/** Who asks, and of which host. */
export interface Ground {
  readonly facts: HostFacts;
  readonly root: string;
  readonly isRoot: boolean;
  readonly required: readonly Requirement[];
}

export type Subject = Pick<DeviceState, 'device' | 'physical'>;

export interface Examination extends Ground {
  /** null for the host alone. */
  readonly subject: Subject | null;
}

/** The checks. A device that is bound to a VFIO driver and that no process holds is opened for them, which resets it. */
export function examine(examination: Examination): Check[] {
  const { facts, root, subject } = examination;
  if (subject === null) return examineHost(examination, null);
  const asked = askDevice(subject, { root, hasIommufd: isFileThere(facts.iommufd) === true });
  return [...examineHost(examination, isBoundTo(asked)), ...examineDevice(examination, subject, asked)];
}

/** The checks of the host; `isBound`: whether a device was bound to iommufd (false: refused for its interrupts; null: nobody tried). */
export function examineHost(ground: Ground, isBound: boolean | null): Check[] {
  const { facts, root, isRoot, required } = ground;
  const state: HostState = { facts, root, required };
  return forUser(ground, [
    checkIommu(state),
    checkInterrupts(facts, root, isBound),
    checkIommufd(state),
    checkVfioModule(state),
    checkCdev(state),
    checkAccess({ code: 'permissions.iommufd', path: '/dev/iommu', root }),
    checkMemoryLimit(readLockedMemory(), { isRoot, root }),
    checkAtsReport(state),
    checkNoAts(state),
  ]);
}

/** The checks of one device; opens nothing, `asked` is what it told when it was open. */
export function examineDevice(ground: Ground, subject: Subject, asked: Asked<Told>): Check[] {
  const { facts, root, isRoot, required } = ground;
  const state: DeviceState = { ...subject, root, isRoot, required, kernel: facts.kernel };
  const { device } = subject;
  const dvsecs = walkExtended(device.config).capabilities.filter(({ id }) => id === PCI_EXT_CAP_ID_DVSEC);
  const offsets = dvsecs.map(({ offset }) => offset);
  const { vfioDevice } = device;
  const unanswered = checkAnswer(state);
  return forUser(ground, [
    ...(unanswered === null ? [] : [unanswered]),
    checkGroup(state),
    checkDriver(state),
    ...(vfioDevice === null ? [] : [checkAccess({ code: 'permissions.device', path: vfioDevice, root })]),
    checkCapability(state, 'ats'),
    checkTrust(state),
    checkKernelAts(state, asked),
    checkRequiresAts(state, offsets),
    checkCapability(state, 'pasid'),
    checkKernelPasid(state, asked),
    checkReset(state, asked),
  ]);
}

function forUser({ isRoot, root }: Ground, checks: readonly Check[]): Check[] {
  return isRoot && root === '/' ? checks.map(withoutSudo) : [...checks];
}

/** Whether a device was bound; false where it was refused for its interrupts, null where nothing is known of them. */
export function isBoundTo(asked: Asked<Told>): boolean | null {
  if ('value' in asked) return true;
  return asked.unasked.code === 'unsafe-interrupts' ? false : null;
}
