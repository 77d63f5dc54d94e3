/** Words and marks of lanes and of what becomes of a block. */
import type { BlockTone } from '../model/lanes.ts';
import type { LaneName } from '../model/selection.ts';

export const LANE_TITLES: Readonly<Record<LaneName, string>> = {
  hardware: 'Hardware',
  kernel: 'After the kernel',
  guest: 'Guest',
};

/** In front of a name, so that colour alone says nothing. */
export const MARKS: Readonly<Record<BlockTone, string>> = {
  plain: '',
  shown: '',
  changed: '~ ',
  hidden: '− ',
  synthesised: '+ ',
  unknown: '? ',
};
