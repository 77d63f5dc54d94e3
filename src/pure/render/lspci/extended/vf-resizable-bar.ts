/** The text of VF Resizable BAR. */
import { vfResizableBar } from '../../../pci/extended/vf-resizable-bar.ts';
import { renderer } from '../renderer.ts';
import { resizableBarLines } from './resizable-bar.ts';

export const vfResizableBarText = renderer(vfResizableBar, ({ bars }) => ({
  title: 'Virtual Resizable BAR',
  lines: resizableBarLines(bars),
}));
