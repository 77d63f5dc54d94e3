/** What QEMU inside the host VM says and shows, asked once for each question. */
import type { HostVm } from './host-vm.ts';
import { type InnerQemuOptions, type InnerQemuResult, runInnerQemu } from './inner-qemu.ts';

const results = new WeakMap<HostVm, Map<string, Promise<InnerQemuResult>>>();

/** As `runInnerQemu`; where the same was run on the same host before, by this test file or another, that is the answer. */
export function runInnerQemuOnce(vm: HostVm, options: InnerQemuOptions): Promise<InnerQemuResult> {
  const known = results.get(vm) ?? new Map<string, Promise<InnerQemuResult>>();
  results.set(vm, known);
  const { address, machine, backend, program, properties = [] } = options;
  const key = JSON.stringify([address, machine, backend, program?.path, properties]);
  const result = known.get(key) ?? runInnerQemu(vm, options);
  known.set(key, result);
  return result;
}
