/** The text of Device Serial Number. */
import { hexDigits } from '../../../bytes/hex.ts';
import { deviceSerialNumber } from '../../../pci/extended/device-serial-number.ts';
import { renderer } from '../renderer.ts';

export const deviceSerialNumberText = renderer(deviceSerialNumber, ({ serialNumber }) => ({
  title: `Device Serial Number ${hexDigits(serialNumber, 16).match(/../g)?.join('-')}`,
  lines: [],
}));
