/** All checks of a host, or of a host and one device, in the order in which they build on each other. */
import { walkExtended } from '../../pure/pci/walk.ts';
import type { Check } from '../../pure/reports/doctor-report.ts';
import { PCI_EXT_CAP_ID_DVSEC } from '../../pure/spec/pci-regs.ts';
import type { HostFacts } from '../sysfs/index.ts';
import type { AskOptions } from './ask.ts';
import { type Requirement, withoutSudo } from './check.ts';
import { checkAnswer, checkCapability, checkDriver, checkGroup, checkRequiresAts, checkTrust, type DeviceState } from './device-checks.ts';
import { checkAtsReport, checkCdev, checkIommu, checkIommufd, checkNoAts, checkVfioModule, type HostState } from './host-checks.ts';
import { checkInterrupts } from './interrupts.ts';
import { checkMemoryLimit } from './memory-limit.ts';
import { askDevice, checkKernelAts, checkKernelPasid, checkReset } from './opened-checks.ts';
import { checkAccess } from './permissions.ts';

export interface Examination {
  readonly facts: HostFacts;
  readonly root: string;
  readonly isRoot: boolean;
  readonly required: readonly Requirement[];
  /** null for the host alone. */
  readonly subject: Pick<DeviceState, 'device' | 'physical'> | null;
}

function hostChecks({ facts, root, isRoot, required }: Examination, isBound: boolean | null): Check[] {
  const state: HostState = { facts, root, required };
  return [
    checkIommu(state),
    checkInterrupts(facts, root, isBound),
    checkIommufd(state),
    checkVfioModule(state),
    checkCdev(state),
    checkAccess({ code: 'permissions.iommufd', path: '/dev/iommu', root }),
    checkMemoryLimit(facts.lockedMemory, { isRoot, root }),
    checkAtsReport(state),
    checkNoAts(state),
  ];
}

/** The checks. A device that is bound to a VFIO driver and that no process holds is opened for them, which resets it. */
export function examine(examination: Examination): Check[] {
  const checks = allChecks(examination);
  return examination.isRoot && examination.root === '/' ? checks.map(withoutSudo) : checks;
}

function allChecks(examination: Examination): Check[] {
  const { facts, root, isRoot, required, subject } = examination;
  if (subject === null) return hostChecks(examination, null);
  const { device } = subject;
  const state: DeviceState = { ...subject, root, isRoot, required, kernel: facts.kernel };
  const options: AskOptions = { root, hasIommufd: facts.hasIommufd === true };
  const asked = askDevice(state, options);
  const dvsecs = walkExtended(device.config).capabilities.filter(({ id }) => id === PCI_EXT_CAP_ID_DVSEC);
  const offsets = dvsecs.map(({ offset }) => offset);
  const { vfioDevice } = device;
  const unanswered = checkAnswer(state);
  return [
    ...hostChecks(examination, isBoundTo(asked)),
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
  ];
}

/** What an attempt to bind says about interrupts. */
function isBoundTo(asked: ReturnType<typeof askDevice>): boolean | null {
  if ('value' in asked) return true;
  return asked.unasked.code === 'unsafe-interrupts' ? false : null;
}
