/** Whether the kernel takes the token that a device is opened with: one that functions of a card with SR-IOV share, and others have none. */
import { type DeviceFacts, isVfioDriver } from '../../../facts/index.ts';
import type { Origin } from '../../origin.ts';
import { groupNumber, type HostIndex } from '../host/plan-host.ts';
import type { PreparedDevice } from '../prepared-device.ts';
import { FINE, failed, unknown, type Verdict } from '../verdict.ts';
import type { Attachment } from './attach.ts';

/** QEMU takes it for none. */
const NO_TOKEN = /^[0-]*$/;

/** Whether a VFIO driver has the physical function of a virtual one; null for what is none, and where that is not known. */
function isOwnerHeld({ assignment }: DeviceFacts, index: HostIndex): boolean | null {
  const physical = assignment?.sriov?.physicalFunction ?? null;
  if (physical === null || physical === 'none') return null;
  const driver = index.find(physical)?.assignment?.driver ?? null;
  if (driver === null) return null;
  return driver !== 'none' && isVfioDriver(driver.name);
}

/** Why the kernel does not give the device. */
const REFUSALS = {
  missing: { code: 'device.vf-token-missing', reason: 'Permission denied' },
  wrong: { code: 'device.vf-token', reason: 'Invalid argument' },
} as const;

function refused({ address, facts, words: vmm }: Attachment, token: keyof typeof REFUSALS, origin: Origin): Verdict {
  const { code, reason } = REFUSALS[token];
  const group = groupNumber(facts) ?? 'N';
  const words = `error getting device from group ${group}: ${reason}`;
  const hint = `Verify all devices in group ${group} are bound to vfio-<bus> or pci-stub and not already in use`;
  return failed('kernel', { code, message: vmm.about(address, `${words}\n${hint}`), origin });
}

/** QEMU 11.1.3 hands the token over with the group's file, and not through iommufd. */
export function judgeToken({ properties }: PreparedDevice, attachment: Attachment, index: HostIndex): Verdict {
  const { address, backend, facts } = attachment;
  const token = properties?.effective.get('vf-token');
  if (backend !== 'legacy' || facts === undefined) return FINE;
  const isGiven = typeof token?.value === 'string' && !NO_TOKEN.test(token.value);
  const origin = (isGiven ? properties?.originOf(token) : null) ?? attachment.origin;
  const isHeld = isOwnerHeld(facts, index);
  if (!isGiven) return isHeld === true ? refused(attachment, 'missing', origin) : FINE;
  const { totalVfs = null, physicalFunction = null } = facts.assignment?.sriov ?? {};
  // A physical function is opened with the token that its virtual functions are to have.
  if (typeof totalVfs === 'number') return FINE;
  if ((totalVfs === 'none' && physicalFunction === 'none') || isHeld === false) return refused(attachment, 'wrong', origin);
  const why = `a virtual function is opened with the token of whoever has its physical function`;
  const message = `whether the kernel takes the vf-token for ${address} is not known: ${why}`;
  return unknown('kernel', { code: 'device.vf-token-unknown', message, origin });
}
