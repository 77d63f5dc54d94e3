/** The text of Message Signalled Interrupts. */
import { hexDigits } from '../../../bytes/hex.ts';
import { msi } from '../../../pci/capabilities/msi.ts';
import { formatFlags, renderer, sign } from '../renderer.ts';

export const msiText = renderer(msi, fields => {
  const { control, messageUpperAddress: upper, mask, pending } = fields;
  const address = (upper === undefined ? '' : hexDigits(upper, 8)) + hexDigits(fields.messageAddress, 8);
  const lines = [`Address: ${address}  Data: ${hexDigits(fields.messageData, 4)}`];
  if (mask !== undefined && pending !== undefined) lines.push(`Masking: ${hexDigits(mask, 8)}  Pending: ${hexDigits(pending, 8)}`);
  const count = `Count=${control.multipleMessageEnable}/${control.multipleMessageCapable}`;
  const flags = formatFlags({ Maskable: control.perVectorMaskingCapable, '64bit': control.address64Capable });
  return { title: `MSI: Enable${sign(control.enable)} ${count} ${flags}`, lines };
});
