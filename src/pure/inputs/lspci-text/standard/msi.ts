/** Reads the texts of MSI and MSI-X. */
import { msi } from '../../../pci/capabilities/msi.ts';
import { msix } from '../../../pci/capabilities/msi-x.ts';
import { decimal, flags, number, reader, type Take } from '../reader.ts';

/** A 64-bit address has sixteen digits. */
const address: Take = (text, put) => {
  const digits = /Address: ([0-9a-f]{8}|[0-9a-f]{16})\b/.exec(text)?.[1];
  if (digits === undefined) return;
  put.number('messageAddress', BigInt(`0x${digits.slice(-8)}`));
  if (digits.length === 16) put.number('messageUpperAddress', BigInt(`0x${digits.slice(0, 8)}`));
};

/** Behind a 64-bit address the data stands further down, so the title, which says so, is read first. */
export const msiReader = reader(msi, /^(?:MSI|Message Signalled Interrupts): /, {
  title: [
    flags('control', {
      Enable: 'enable',
      Maskable: 'perVectorMaskingCapable',
      Mask: 'perVectorMaskingCapable',
      '64bit': 'address64Capable',
    }),
    decimal('control', 'multipleMessageEnable', /Count=(\d+)\/\d+/),
    decimal('control', 'multipleMessageCapable', /Count=\d+\/(\d+)/),
  ],
  labels: {
    Address: [(text, put) => address(`Address: ${text}`, put), (text, put) => number('messageData', /Data: ([0-9a-f]{4})\b/)(text, put)],
    Masking: [number('mask', /^([0-9a-f]{8})\b/), number('pending', /Pending: ([0-9a-f]{8})\b/)],
  },
});

export const msixReader = reader(msix, /^MSI-X: /, {
  title: [
    flags('control', { Enable: 'enable', Masked: 'functionMask', Mask: 'functionMask' }),
    decimal('control', 'tableSize', /(?:Count|TabSize)=(\d+)/),
  ],
  labels: {
    'Vector table': [decimal('table', 'bar', /BAR=(\d)/), (text, put) => offset('table', text, put)],
    PBA: [decimal('pendingBits', 'bar', /BAR=(\d)/), (text, put) => offset('pendingBits', text, put)],
  },
});

function offset(register: string, text: string, put: Parameters<Take>[1]): void {
  const digits = /offset=([0-9a-f]{8})\b/.exec(text)?.[1];
  if (digits !== undefined) put.set(register, 'offset', Number.parseInt(digits, 16));
}
