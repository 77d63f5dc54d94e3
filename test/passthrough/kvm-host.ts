/** A host VM in which guests run under KVM. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { staticProgram } from '../vm/bed.ts';
import { type HostVm, type HostVmOptions, hostVm } from '../vm/host-vm.ts';

const program = (name: string): string => staticProgram(join(import.meta.dirname, `${name}.c`));

const EXIT = 'exit-after-interrupt';

/**
 * How fast the processor's counter goes. The kernel would measure it by a timer of QEMU's, which on a busy machine gave a quarter or a
 * seventh of the truth: then it is left as unstable, and the clocks of guests leap and stand.
 */
function counterWords(): string[] {
  const rate = execFileSync(program('tsc-rate'), { encoding: 'utf8' }).trim();
  return [`tsc_early_khz=${rate}`, 'tsc=reliable'];
}

/** Always under TCG, whose processor has AMD's virtualisation: a machine's own KVM need not nest. One processor is for the guest. */
export async function kvmHost(options: HostVmOptions): Promise<HostVm> {
  const kernelArguments = [...counterWords(), ...(options.kernelArguments ?? [])];
  const vm = await hostVm({ processors: 2, ...options, kernelArguments, accelerator: 'tcg' });
  try {
    await vm.output('test -c /dev/kvm');
    await vm.copyIn(program(EXIT), `/usr/local/bin/${EXIT}`);
    await vm.output([EXIT]);
    return vm;
  } catch (error) {
    await vm.close();
    throw error;
  }
}
