/** The line above a device's view: address, class, name, ids. */

import { hexDigits } from '../pure/bytes/hex.ts';
import type { DeviceFacts } from '../pure/facts/index.ts';
import { doesNotAnswer } from '../pure/pci/no-answer.ts';
import { formatClassName, formatDeviceName } from '../pure/render/lspci/names.ts';
import { PCI_CLASS_REVISION, PCI_VENDOR_ID } from '../pure/spec/pci-regs.ts';
import { wrapName } from '../pure/text/wrap.ts';
import { deviceNames } from './names.ts';
import { painter } from './output.ts';

/** `0000:3b:00.1 Ethernet controller [0200]: Intel Corporation … [8086:1521] (rev 01)`, as far as the bytes are known. */
function formatTitle({ bdf, config, virtualFunction }: DeviceFacts): string {
  const address = bdf === null ? '' : `${bdf} `;
  const ids = config.read(PCI_VENDOR_ID, 4);
  const revision = config.read(PCI_CLASS_REVISION, 4);
  if (ids === undefined || revision === undefined) return `${address}(header not known)`;
  if (doesNotAnswer(config)) return `${address}(no answer: all of the header reads as ones)`;
  const vendorId = virtualFunction?.vendorId ?? ids & 0xffff;
  const deviceId = virtualFunction?.deviceId ?? ids >>> 16;
  const names = deviceNames();
  const className = formatClassName(names, 'both', revision >>> 8);
  const title = `${address}${className}: ${formatDeviceName(names, 'both', vendorId, deviceId)}`;
  const rev = (revision & 0xff) === 0 ? '' : ` (rev ${hexDigits(revision & 0xff, 2)})`;
  return title + rev;
}

/** The title, and the description where there is one; not wrapped. */
export function headingLines(device: DeviceFacts): string[] {
  return [formatTitle(device), ...(device.description === null ? [] : [device.description])];
}

/** The heading, wrapped for the terminal. */
export function formatHeading(device: DeviceFacts): string[] {
  const { width } = painter();
  const [title, ...descriptions] = headingLines(device);
  const lines = descriptions.flatMap(text => wrapName(text, width - 2).map(line => `  ${line}`));
  return [...wrapName(title, width, '  '), ...lines];
}
