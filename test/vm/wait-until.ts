/** Waiting for something in the host VM. */
import type { HostVm } from './host-vm.ts';

/** Until a line of its shell is true. Throws CommandTimeoutError. */
export async function waitUntil(vm: HostVm, condition: string, timeoutSeconds = 400): Promise<void> {
  await vm.output(`until ${condition}; do sleep 0.1; done`, { timeoutSeconds });
}
