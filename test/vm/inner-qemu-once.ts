/** What QEMU inside the host VM says and shows, asked once for each question. */
import type { HostVm } from './host-vm.ts';
import { type InnerQemuOptions, type InnerQemuResult, runInnerQemus } from './inner-qemu.ts';

const results = new WeakMap<HostVm, Map<string, Promise<InnerQemuResult>>>();

function keyOf({ address, machine, backend, program, properties = [] }: InnerQemuOptions): string {
  return JSON.stringify([address, machine, backend, program?.path, properties]);
}

/** As `runInnerQemus`; where the same was run on the same host before, by this test file or another, that is the answer. */
export function runInnerQemusOnce(vm: HostVm, all: readonly InnerQemuOptions[]): Promise<InnerQemuResult[]> {
  const known = results.get(vm) ?? new Map<string, Promise<InnerQemuResult>>();
  results.set(vm, known);
  const asked = all.filter(options => !known.has(keyOf(options)));
  const answers = runInnerQemus(vm, asked);
  for (const [index, options] of asked.entries()) {
    const answer = answers.then(({ [index]: found }) => {
      if (found === undefined) throw new Error(`QEMU was not run: ${keyOf(options)}`);
      return found;
    });
    // Whoever asks is told.
    answer.catch(() => {});
    known.set(keyOf(options), answer);
  }
  return Promise.all(all.flatMap(options => known.get(keyOf(options)) ?? []));
}
