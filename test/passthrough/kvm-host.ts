/** A host VM in which guests run under KVM. */
import { join } from 'node:path';
import { staticProgram } from '../vm/bed.ts';
import { type HostVm, type HostVmOptions, hostVm } from '../vm/host-vm.ts';

const EXIT = 'exit-after-interrupt';

/** Always under TCG, whose processor has AMD's virtualisation: a machine's own KVM need not nest. */
export async function kvmHost(options: HostVmOptions): Promise<HostVm> {
  const vm = await hostVm({ ...options, accelerator: 'tcg' });
  try {
    await vm.output('test -c /dev/kvm');
    await vm.copyIn(staticProgram(join(import.meta.dirname, `${EXIT}.c`)), `/usr/local/bin/${EXIT}`);
    await vm.output([EXIT]);
    return vm;
  } catch (error) {
    await vm.close();
    throw error;
  }
}
