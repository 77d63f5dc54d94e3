/** An assigned device behind which no function of the host's stands that its facts could tell of. */
import type { DefinedDevice, VmDefinition } from '../definition.ts';
import type { PlanFinding } from '../plan-finding.ts';
import type { HostPlan } from '../plan-report.ts';
import type { Judging } from './assigned-device.ts';
import { judgeSysfsPath } from './handover/attach.ts';
import type { PreparedDevice } from './prepared-device.ts';
import { FINE, failed, firstOf, unknown, type Verdict } from './verdict.ts';

const NO_HOST_DEVICE =
  'No provided host device\n' +
  'Use -device vfio-pci,host=DDDD:BB:DD.F or -device vfio-pci,fd=DEVICE_FD or -device vfio-pci,sysfsdev=PATH_TO_DEVICE';

const NO_SOCKET =
  'No socket specified\n' + `e.g. -device '{"driver":"vfio-user-pci", "socket": {"path": "/tmp/vfio-user.sock", "type": "unix"}'}'`;

/** What a server serves is asked of the server alone: the VMM takes it where it is a device. */
function judgeServed({ driver, origin }: DefinedDevice, path: string | null): Verdict {
  if (path !== null || driver !== 'vfio-user-pci') return FINE;
  return failed('vmm', { code: 'device.no-socket', message: NO_SOCKET, mend: '"socket": {"type": "unix", "path": "PATH"}', origin });
}

export function judgeUnseen({ device, properties }: PreparedDevice, { format, index, words }: Judging): Verdict {
  const { host, origin } = device;
  if (host.kind === 'late') {
    const path = properties?.effective.get('sysfsdev')?.value;
    const absent = typeof path === 'string' ? judgeSysfsPath(path, host.origin, { index, words }) : FINE;
    return firstOf([absent, unknown('platform', { code: 'host.late', message: host.words, origin: host.origin })]);
  }
  if (host.kind === 'mdev') {
    const message = `what the mediated device ${host.uuid} is, its driver says when it is made`;
    return unknown('platform', { code: 'host.mdev', message, origin: host.origin });
  }
  if (host.kind === 'socket') return judgeServed(device, host.path);
  const code = 'host.missing';
  // The command line is all that QEMU gets; what another format says may be added to.
  if (format === 'qemu') return failed('vmm', { code, message: NO_HOST_DEVICE, origin });
  return unknown('platform', { code, message: 'which device it stands for is not said', origin });
}

/** What is worth knowing of the devices that a server has, where one of them is given to the guest: no plan sees them. */
export function servedNotes({ devices }: VmDefinition, hosts: readonly HostPlan[]): PlanFinding[] {
  const served = devices.filter(({ host }) => host.kind === 'socket');
  const [first] = served;
  if (first === undefined || !hosts.some(host => host.devices.some(isGiven))) return [];
  const path = first.host.kind === 'socket' ? first.host.path : null;
  const whose = served.length === 1 ? `the server at ${path ?? 'its socket'}` : `${served.length} servers at their sockets`;
  const message = `a device of ${whose} is none of the host's: what the guest sees of it, and whether the server is there, is not seen here`;
  return [{ severity: 'note', code: 'device.served', message, origin: first.host.kind === 'socket' ? first.host.origin : null }];
}

const isGiven = ({ backend, outcome }: HostPlan['devices'][number]): boolean => backend === 'vfio-user' && outcome === 'realized';
