/** The lists as the guest walks them. */
import { relinkExtended, relinkStandard } from '../../relink.ts';
import type { DeviceRule } from '../../rule.ts';

export const relink: DeviceRule = {
  name: 'vmm.relink',
  stage: 'vmm',
  when: 'after',
  summary: 'both lists lead past what is hidden and through what is synthesised',
  holdsFor: 'QEMU 11.1',
  apply(work) {
    relinkStandard(work);
    relinkExtended(work);
  },
};
