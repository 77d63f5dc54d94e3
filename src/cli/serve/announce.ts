/** Says, once all devices can be reached, what a guest sees of each and how a VMM connects. */
import type { Prepared } from '../../service/prepare.ts';
import type { Desks } from '../../service/serve-all.ts';
import { painter, print } from '../output.ts';
import { cloudHypervisorArguments, qemuArguments } from './attach-words.ts';
import { formatDevice } from './prepare-all.ts';

function formatReady({ name, socket, host }: Prepared['source']): string[] {
  const paint = painter();
  return [
    '',
    `${paint('strong', 'Ready:')} ${name} at ${socket}`,
    '  QEMU 10.1 or newer:',
    ...qemuArguments(socket, { isPinned: host !== null }).map(line => `    ${line}`),
    '  Cloud Hypervisor:',
    ...cloudHypervisorArguments(socket).map(line => `    ${line}`),
  ];
}

export function announce(prepared: readonly Prepared[], { metrics, control }: Desks): void {
  print(prepared.flatMap(({ source, report }) => [...formatDevice(source.device, report), ...formatReady(source)]));
  if (metrics !== null) print([`Metrics: ${metrics.url}`]);
  if (control !== null) print([`Control: airlock ctl ${control.path}`]);
}
