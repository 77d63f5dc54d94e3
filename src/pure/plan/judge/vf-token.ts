/** Whether the kernel takes the token that a device is opened with: one that functions of a card with SR-IOV share, and others have none. */
import type { Attachment } from './attach.ts';
import { groupNumber } from './plan-host.ts';
import type { PreparedDevice } from './prepared-device.ts';
import { FINE, failed, unknown, type Verdict } from './verdict.ts';

/** QEMU takes it for none. */
const NO_TOKEN = /^[0-]*$/;

/** QEMU 11.1.3 hands the token over with the group's file, and not through iommufd. */
export function judgeToken({ properties }: PreparedDevice, attachment: Attachment): Verdict {
  const { address, backend, facts } = attachment;
  const token = properties?.effective.get('vf-token');
  if (backend !== 'legacy' || facts === undefined || typeof token?.value !== 'string' || NO_TOKEN.test(token.value)) return FINE;
  const origin = properties?.originOf(token) ?? null;
  const { totalVfs = null, physicalFunction = null } = facts.assignment?.sriov ?? {};
  // A physical function is opened with the token that its virtual functions are to have.
  if (typeof totalVfs === 'number') return FINE;
  if (totalVfs === 'none' && physicalFunction === 'none') {
    const group = groupNumber(facts) ?? 'N';
    const words = `error getting device from group ${group}: Invalid argument`;
    const hint = `Verify all devices in group ${group} are bound to vfio-<bus> or pci-stub and not already in use`;
    return failed('kernel', { code: 'device.vf-token', message: attachment.words.about(address, `${words}\n${hint}`), origin });
  }
  const why = `a virtual function is opened with the token of whoever has its physical function`;
  const message = `whether the kernel takes the vf-token for ${address} is not known: ${why}`;
  return unknown('kernel', { code: 'device.vf-token-unknown', message, origin });
}
