/** Whether the kernel takes a device at all whose interrupts nothing keeps apart from those of others: on x86, interrupt remapping does. */
import { type HostFacts, isParameterSet } from '../../../facts/index.ts';
import type { Origin } from '../../origin.ts';
import type { HostIndex } from '../host/plan-host.ts';
import { FINE, failed, unknown, type Verdict } from '../verdict.ts';
import type { AttachWords, Wanted } from './attach-words.ts';

const CHECK = 'interrupts.isolated';
const PARAMETER = 'allow_unsafe_interrupts';

/** What was found when the host was captured; null where nothing was. `warn`: they are not apart, and one backend takes that. */
function areApart({ checks }: HostFacts): boolean | null {
  const status = checks?.find(({ code }) => code === CHECK)?.status;
  if (status === 'pass') return true;
  return status === 'fail' || status === 'warn' ? false : null;
}

/** Who wants the device, and where the text names it. */
interface Asking {
  readonly words: AttachWords;
  readonly origin: Origin;
}

/** Where nothing is known of a host's interrupts, nothing is said: most hosts keep them apart. */
export function judgeInterrupts({ words, origin }: Asking, wanted: Wanted, { host }: HostIndex): Verdict {
  if (areApart(host.facts) !== false) return FINE;
  const module = wanted.backend === 'legacy' ? 'vfio_iommu_type1' : 'iommufd';
  const isAllowed = isParameterSet(host.facts, module, PARAMETER);
  if (isAllowed === true) return FINE;
  const mend = `interrupt remapping on, in the firmware and without intremap=off; or the risk taken: echo Y | sudo tee /sys/module/${module}/parameters/${PARAMETER}`;
  if (isAllowed === null) {
    const message = `the host's interrupts are not kept apart, and whether ${module} is told to take that (${PARAMETER}) is not known`;
    return unknown('kernel', { code: 'host.interrupts-unknown', message, mend, origin });
  }
  return failed('kernel', { code: 'host.interrupts', message: words.unsafe(wanted), mend, origin });
}
