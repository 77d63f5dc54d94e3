/** The text of Vendor Specific capabilities, virtio's among them. */
import { hexDigits } from '../../../bytes/hex.ts';
import { vendorSpecific } from '../../../pci/capabilities/vendor-specific.ts';
import { virtio } from '../../../pci/capabilities/virtio.ts';
import { renderer } from '../renderer.ts';

export const vendorSpecificText = renderer(vendorSpecific, ({ length }) => ({
  title: `Vendor Specific Information: Len=${hexDigits(length, 2)} <?>`,
  lines: [],
}));

const VIRTIO_NAMES: Readonly<Record<string, string>> = { common: 'CommonCfg', notify: 'Notify', isr: 'ISR', device: 'DeviceCfg' };

export const virtioText = renderer(virtio, ({ config, bar, offset, size, notifyOffsetMultiplier: multiplier }) => ({
  title: `Vendor Specific Information: VirtIO: ${VIRTIO_NAMES[config.type] ?? '<unknown>'}`,
  lines: [
    `BAR=${bar} offset=${hexDigits(offset, 8)} size=${hexDigits(size, 8)}${multiplier === undefined ? '' : ` multiplier=${hexDigits(multiplier, 8)}`}`,
  ],
}));
