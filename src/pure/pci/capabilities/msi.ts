/** Message Signalled Interrupts, ID 05h: four layouts, by 64-bit addressing and per-vector masking (PCIe 6.0 §7.7.1). */
import { bit } from '../../bytes/bits.ts';
import { type Peek, reg16, reserved, u16, u32, when } from '../../bytes/layout.ts';
import { PCI_CAP_ID_MSI, PCI_MSI_FLAGS_64BIT, PCI_MSI_FLAGS_MASKBIT } from '../../spec/pci-regs.ts';
import { type RegisterReader, standardCapability } from '../capability.ts';
import { powerOfTwo } from './power-of-two.ts';

const CONTROL = 0x02;

const has64 = (peek: Peek) => (peek.u16(CONTROL) & 0x080) !== 0;
const hasMasks = (peek: Peek) => (peek.u16(CONTROL) & 0x100) !== 0;
const hasExtendedData = (peek: Peek) => (peek.u16(CONTROL) & 0x200) !== 0;

/** Registers from Message Data on stand four bytes further down behind a 64-bit address. */
const afterAddress = (at: number) => (peek: Peek) => (has64(peek) ? at + 4 : at);

/** 10 bytes, 4 more with a 64-bit address, 10 more with mask and pending bits. */
export function msiLength(registers: RegisterReader, at: number): number {
  const control = registers.u16(at + CONTROL);
  return 10 + ((control & PCI_MSI_FLAGS_64BIT) === 0 ? 0 : 4) + ((control & PCI_MSI_FLAGS_MASKBIT) === 0 ? 0 : 10);
}

export const msi = standardCapability({
  id: PCI_CAP_ID_MSI,
  name: 'MSI',
  title: 'Message Signalled Interrupts',
  length: msiLength,
  privatePlaces: 'nothing',
  registers: {
    control: reg16(CONTROL, {
      enable: bit(0),
      // Vectors that the function asks for and that it was given; 64 and 128 are reserved.
      multipleMessageCapable: powerOfTwo(1, 3),
      multipleMessageEnable: powerOfTwo(4, 6),
      address64Capable: bit(7),
      perVectorMaskingCapable: bit(8),
      extendedDataCapable: bit(9),
      extendedDataEnable: bit(10),
    }),
    messageAddress: u32(0x04),
    messageUpperAddress: when(has64, u32(0x08)),
    messageData: u16(afterAddress(0x08)),
    extendedMessageData: when(hasExtendedData, u16(afterAddress(0x0a))),
    reserved: when(peek => hasMasks(peek) && !hasExtendedData(peek), reserved(afterAddress(0x0a), 2)),
    mask: when(hasMasks, u32(afterAddress(0x0c))),
    pending: when(hasMasks, u32(afterAddress(0x10))),
  },
});
