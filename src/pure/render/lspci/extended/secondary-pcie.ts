/** The text of Secondary PCI Express. */
import { MOST_LANES } from '../../../pci/extended/lanes.ts';
import { secondaryPcieFor } from '../../../pci/extended/secondary-pcie.ts';
import { renderer, sign } from '../renderer.ts';

function formatLanes(errors: number): string {
  const lanes = Array.from({ length: MOST_LANES }, (_, lane) => lane).filter(lane => ((errors >>> lane) & 1) === 1);
  return lanes.length === 0 ? '0' : `LaneErr at lane: ${lanes.join(' ')}`;
}

export const secondaryPcieText = renderer(secondaryPcieFor(0), ({ linkControl3, laneErrorStatus }) => ({
  title: 'Secondary PCI Express',
  lines: [
    `LnkCtl3: LnkEquIntrruptEn${sign(linkControl3.linkEqualizationRequestInterruptEnable)} PerformEqu${sign(linkControl3.performEqualization)}`,
    `LaneErrStat: ${formatLanes(laneErrorStatus)}`,
  ],
}));
