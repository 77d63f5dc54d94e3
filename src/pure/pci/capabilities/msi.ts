/** Message Signalled Interrupts, ID 05h: four layouts, by 64-bit addressing and per-vector masking (PCIe 6.0 §7.7.1). */
import { bit, flag, span } from '../../bytes/bits.ts';
import { type Peek, reg16, reserved, u16, u32, when } from '../../bytes/layout.ts';
import {
  PCI_CAP_ID_MSI,
  PCI_MSI_ADDRESS_HI,
  PCI_MSI_ADDRESS_LO,
  PCI_MSI_DATA_32,
  PCI_MSI_DATA_64,
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_64BIT,
  PCI_MSI_FLAGS_ENABLE,
  PCI_MSI_FLAGS_MASKBIT,
  PCI_MSI_FLAGS_QMASK,
  PCI_MSI_FLAGS_QSIZE,
  PCI_MSI_MASK_32,
  PCI_MSI_MASK_64,
  PCI_MSI_PENDING_32,
  PCI_MSI_PENDING_64,
} from '../../spec/pci-regs.ts';
import { type RegisterReader, standardCapability } from '../capability.ts';
import { powerOfTwo } from './power-of-two.ts';

const has64 = (peek: Peek) => (peek.u16(PCI_MSI_FLAGS) & PCI_MSI_FLAGS_64BIT) !== 0;
const hasMasks = (peek: Peek) => (peek.u16(PCI_MSI_FLAGS) & PCI_MSI_FLAGS_MASKBIT) !== 0;
const hasExtendedData = (peek: Peek) => (peek.u16(PCI_MSI_FLAGS) & 0x200) !== 0;

/** Registers from Message Data on stand further down behind a 64-bit address. */
const afterAddress = (short: number, long: number) => (peek: Peek) => (has64(peek) ? long : short);
const data = afterAddress(PCI_MSI_DATA_32, PCI_MSI_DATA_64);
const behindData = (peek: Peek) => data(peek) + 2;

/** 10 bytes, 4 more with a 64-bit address, 10 more with mask and pending bits. */
export function msiLength(registers: RegisterReader, at: number): number {
  const control = registers.bits(at + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT);
  return 10 + ((control & PCI_MSI_FLAGS_64BIT) === 0 ? 0 : 4) + ((control & PCI_MSI_FLAGS_MASKBIT) === 0 ? 0 : 10);
}

export const msi = standardCapability({
  id: PCI_CAP_ID_MSI,
  name: 'MSI',
  title: 'Message Signalled Interrupts',
  length: msiLength,
  privatePlaces: 'nothing',
  registers: {
    control: reg16(PCI_MSI_FLAGS, {
      enable: flag(PCI_MSI_FLAGS_ENABLE),
      // Vectors that the function asks for and that it was given; 64 and 128 are reserved.
      multipleMessageCapable: powerOfTwo(...span(PCI_MSI_FLAGS_QMASK)),
      multipleMessageEnable: powerOfTwo(...span(PCI_MSI_FLAGS_QSIZE)),
      address64Capable: flag(PCI_MSI_FLAGS_64BIT),
      perVectorMaskingCapable: flag(PCI_MSI_FLAGS_MASKBIT),
      extendedDataCapable: bit(9),
      extendedDataEnable: bit(10),
    }),
    messageAddress: u32(PCI_MSI_ADDRESS_LO),
    messageUpperAddress: when(has64, u32(PCI_MSI_ADDRESS_HI)),
    messageData: u16(data),
    extendedMessageData: when(hasExtendedData, u16(behindData)),
    reserved: when(peek => hasMasks(peek) && !hasExtendedData(peek), reserved(behindData, 2)),
    mask: when(hasMasks, u32(afterAddress(PCI_MSI_MASK_32, PCI_MSI_MASK_64))),
    pending: when(hasMasks, u32(afterAddress(PCI_MSI_PENDING_32, PCI_MSI_PENDING_64))),
  },
});
