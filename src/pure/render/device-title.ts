/** The title of a device, as a person names it: address, class, name, ids. */
import { hexDigits } from '../bytes/hex.ts';
import type { DeviceFacts } from '../facts/index.ts';
import { doesNotAnswer } from '../pci/no-answer.ts';
import type { DeviceNames } from '../pci/pci-ids.ts';
import { PCI_CLASS_DEVICE, PCI_REVISION_ID, PCI_VENDOR_ID } from '../spec/pci-regs.ts';
import { formatClassName, formatDeviceName } from './lspci/names.ts';

/** `0000:3b:00.1 Ethernet controller [0200]: Intel Corporation … [8086:1521] (rev 01)`, as far as the bytes are known. */
export function formatDeviceTitle({ bdf, config, virtualFunction }: DeviceFacts, names: DeviceNames): string {
  const address = bdf === null ? '' : `${bdf} `;
  const ids = config.read(PCI_VENDOR_ID, 4);
  const classCode = config.read(PCI_CLASS_DEVICE, 2);
  if (classCode === undefined) return `${address}(header not known)`;
  if (doesNotAnswer(config)) return `${address}(no answer: all of the header reads as ones)`;
  const className = formatClassName(names, 'both', classCode << 8);
  const own = ids === undefined ? null : { vendorId: ids & 0xffff, deviceId: ids >>> 16 };
  const known = virtualFunction ?? own;
  const name = known === null ? 'ids not known' : formatDeviceName(names, 'both', known.vendorId, known.deviceId);
  const revision = config.read(PCI_REVISION_ID, 1) ?? 0;
  const rev = revision === 0 ? '' : ` (rev ${hexDigits(revision, 2)})`;
  return `${address}${className}: ${name}${rev}`;
}
