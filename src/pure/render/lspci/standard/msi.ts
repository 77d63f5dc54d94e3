/** The text of Message Signalled Interrupts. */
import { msi } from '../../../pci/capabilities/msi.ts';
import { formatFlags, renderer, sign } from '../renderer.ts';

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

export const msiText = renderer(msi, fields => {
  const { control, messageUpperAddress: upper, mask, pending } = fields;
  const address = (upper === undefined ? '' : hex(upper, 8)) + hex(fields.messageAddress, 8);
  const lines = [`Address: ${address}  Data: ${hex(fields.messageData, 4)}`];
  if (mask !== undefined && pending !== undefined) lines.push(`Masking: ${hex(mask, 8)}  Pending: ${hex(pending, 8)}`);
  const count = `Count=${control.multipleMessageEnable}/${control.multipleMessageCapable}`;
  const flags = formatFlags({ Maskable: control.perVectorMaskingCapable, '64bit': control.address64Capable });
  return { title: `MSI: Enable${sign(control.enable)} ${count} ${flags}`, lines };
});
