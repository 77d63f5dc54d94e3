/** The text of Resizable BAR. */
import type { CapabilityFields } from '../../../pci/capability.ts';
import { resizableBar } from '../../../pci/extended/resizable-bar.ts';
import { LARGEST_REBAR } from '../../../spec/pcie.ts';
import { renderer } from '../renderer.ts';

type Entry = CapabilityFields<typeof resizableBar>['bars'][number];

const UNITS = ['MB', 'GB', 'TB', 'PB', 'EB'];

/** `16MB` for 4: 2 to the power of it, in MB. */
function formatSize(exponent: number): string {
  if (exponent > LARGEST_REBAR) return '<unknown>';
  return `${1 << (exponent % 10)}${UNITS[Math.floor(exponent / 10)]}`;
}

function barLine({ capability, control }: Entry): string {
  const sizes: string[] = [];
  for (let i = 0; i < 28; i++) if (((capability.supportedSizes >>> i) & 1) === 1) sizes.push(formatSize(i));
  for (let i = 0; i < 16; i++) if (((control.supportedLargeSizes >>> i) & 1) === 1) sizes.push(formatSize(28 + i));
  const supported = sizes.length > 0 ? `, supported: ${sizes.join(' ')}` : '';
  return `BAR ${control.barIndex}: current size: ${formatSize(control.size)}${supported}`;
}

/** The lines of Resizable BAR and, with other BARs, of VF Resizable BAR. */
export function resizableBarLines(bars: readonly Entry[]): string[] {
  const count = bars[0]?.control.barCount ?? 0;
  if (count < 1 || count > 6) return [`<error in resizable BAR: num_bars=${count} is out of specification>`];
  return bars.map(barLine);
}

export const resizableBarText = renderer(resizableBar, ({ bars }) => ({ title: 'Physical Resizable BAR', lines: resizableBarLines(bars) }));
