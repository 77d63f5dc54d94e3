/** The text of Latency Tolerance Reporting. */
import type { CapabilityFields } from '../../../pci/capability.ts';
import { ltr } from '../../../pci/extended/ltr.ts';
import { renderer } from '../renderer.ts';

type Latency = CapabilityFields<typeof ltr>['maxSnoop'];

/** At most 1023 times 32 to the power of 7, which a number holds exactly. */
function formatLatency({ value, scale }: Latency): string {
  return `${value * 32 ** scale}ns`;
}

export const ltrText = renderer(ltr, ({ maxSnoop, maxNoSnoop }) => ({
  title: 'Latency Tolerance Reporting',
  lines: [`Max snoop latency: ${formatLatency(maxSnoop)}`, `Max no snoop latency: ${formatLatency(maxNoSnoop)}`],
}));
