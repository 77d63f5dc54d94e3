/** The text of Vendor Specific capabilities, virtio's among them. */
import { vendorSpecific } from '../../../pci/capabilities/vendor-specific.ts';
import { virtio } from '../../../pci/capabilities/virtio.ts';
import { renderer } from '../renderer.ts';

export const vendorSpecificText = renderer(vendorSpecific, ({ length }) => ({
  title: `Vendor Specific Information: Len=${length.toString(16).padStart(2, '0')} <?>`,
  lines: [],
}));

const VIRTIO_NAMES: Readonly<Record<string, string>> = { common: 'CommonCfg', notify: 'Notify', isr: 'ISR', device: 'DeviceCfg' };

const hex8 = (value: number) => value.toString(16).padStart(8, '0');

export const virtioText = renderer(virtio, ({ config, bar, offset, size, notifyOffsetMultiplier: multiplier }) => ({
  title: `Vendor Specific Information: VirtIO: ${VIRTIO_NAMES[config.type] ?? '<unknown>'}`,
  lines: [`BAR=${bar} offset=${hex8(offset)} size=${hex8(size)}${multiplier === undefined ? '' : ` multiplier=${hex8(multiplier)}`}`],
}));
