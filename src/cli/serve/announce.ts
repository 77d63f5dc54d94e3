/** Says, once all devices can be reached, what a guest sees of each and how a VMM connects. */
import { machine } from 'node:os';
import type { Prepared } from '../../service/prepare.ts';
import type { Desks } from '../../service/serve-all.ts';
import { painter, print } from '../output.ts';
import { cloudHypervisorArguments, machineWords, qemuArguments } from './attach-words.ts';
import { formatDevice } from './prepare-all.ts';

/** A device of which no host is known is attached to a guest of this machine. */
function formatReady({ name, socket, host, device }: Prepared['source']): string[] {
  const paint = painter();
  const architecture = device.hostArchitecture ?? machine();
  const { note } = machineWords(architecture);
  return [
    '',
    `${paint('strong', 'Ready:')} ${name} at ${socket}`,
    `  QEMU 10.1 or newer${note === '' ? '' : ` (${note})`}:`,
    ...qemuArguments(socket, { isPinned: host !== null, architecture }).map(line => `    ${line}`),
    '  Cloud Hypervisor:',
    ...cloudHypervisorArguments(socket).map(line => `    ${line}`),
  ];
}

export function announce(prepared: readonly Prepared[], { metrics, control }: Desks): void {
  print(prepared.flatMap(({ source, report }) => [...formatDevice(source.device, report), ...formatReady(source)]));
  if (metrics !== null) print([`Metrics: ${metrics.url}`]);
  if (control !== null) print([`Control: airlock ctl ${control.path}`]);
}
