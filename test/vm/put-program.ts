/** Programs of ours for a host VM. */
import { bundleForVm } from './bed.ts';
import type { HostVm } from './host-vm.ts';

/** Bundles the program of a file into `to` of the VM, a CommonJS or an ES module as its name says: `.cjs` or `.mjs`. */
export async function putProgram(vm: HostVm, file: string, to: string): Promise<void> {
  await vm.output(['sh', '-c', 'cat >"$1"', 'sh', to], { stdin: await bundleForVm(file, to.endsWith('.cjs') ? 'cjs' : 'esm') });
}
