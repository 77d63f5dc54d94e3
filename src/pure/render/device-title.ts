/** The title of a device, as a person names it: address, class, name, ids. */
import { hexDigits } from '../bytes/hex.ts';
import type { DeviceFacts } from '../facts/index.ts';
import { doesNotAnswer } from '../pci/no-answer.ts';
import type { DeviceNames } from '../pci/pci-ids.ts';
import { PCI_CLASS_REVISION, PCI_VENDOR_ID } from '../spec/pci-regs.ts';
import { formatClassName, formatDeviceName } from './lspci/names.ts';

/** `0000:3b:00.1 Ethernet controller [0200]: Intel Corporation … [8086:1521] (rev 01)`, as far as the bytes are known. */
export function formatDeviceTitle({ bdf, config, virtualFunction }: DeviceFacts, names: DeviceNames): string {
  const address = bdf === null ? '' : `${bdf} `;
  const ids = config.read(PCI_VENDOR_ID, 4);
  const revision = config.read(PCI_CLASS_REVISION, 4);
  if (ids === undefined || revision === undefined) return `${address}(header not known)`;
  if (doesNotAnswer(config)) return `${address}(no answer: all of the header reads as ones)`;
  const vendorId = virtualFunction?.vendorId ?? ids & 0xffff;
  const deviceId = virtualFunction?.deviceId ?? ids >>> 16;
  const className = formatClassName(names, 'both', revision >>> 8);
  const title = `${address}${className}: ${formatDeviceName(names, 'both', vendorId, deviceId)}`;
  const rev = (revision & 0xff) === 0 ? '' : ` (rev ${hexDigits(revision & 0xff, 2)})`;
  return title + rev;
}
