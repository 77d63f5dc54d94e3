/** Waiting for something in the host VM. */
import type { HostVm } from './host-vm.ts';

/** Until a line of its shell is true. Throws CommandTimeoutError. What it waits for comes before its own turns. */
export async function waitUntil(vm: HostVm, condition: string, timeoutSeconds = 400): Promise<void> {
  await vm.output(['nice', '-n', '19', 'sh', '-c', `until ${condition}; do sleep 0.1; done`], { timeoutSeconds });
}
