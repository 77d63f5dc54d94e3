/** Reads the text of Vendor Specific capabilities, virtio's among them. */
import { vendorSpecific } from '../../../pci/capabilities/vendor-specific.ts';
import { virtio } from '../../../pci/capabilities/virtio.ts';
import { named, number, reader } from '../reader.ts';

/** A part whose number has no name is `<unknown>`. */
const PARTS = { CommonCfg: 'common', Notify: 'notify', ISR: 'isr', DeviceCfg: 'device' };

export const virtioReader = reader(virtio, /^Vendor Specific Information: VirtIO: /, {
  title: [named('config', 'type', /VirtIO: (\w+)/, PARTS)],
  rest(lines, put) {
    const text = lines.join(' ');
    number('bar', /BAR=(\d+)/, 10)(text, put);
    number('offset', /offset=([0-9a-f]{8})\b/)(text, put);
    number('size', /size=([0-9a-f]{8})\b/)(text, put);
    if (/multiplier=/.test(text)) number('notifyOffsetMultiplier', /multiplier=([0-9a-f]{8})\b/)(text, put);
  },
});

export const vendorSpecificReader = reader(vendorSpecific, /^Vendor Specific Information: (?!VirtIO|ID=)/, {
  title: [number('length', /Len=([0-9a-f]{2})\b/)],
});
