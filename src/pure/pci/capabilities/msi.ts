/** Message Signalled Interrupts, ID 05h: four layouts, by 64-bit addressing and per-vector masking (PCIe 6.0 §7.7.1). */
import { bit } from '../../bytes/bits.ts';
import { type Peek, reg16, reserved, u16, u32, when } from '../../bytes/layout.ts';
import { standardCapability } from '../capability.ts';
import { powerOfTwo } from './power-of-two.ts';

const CONTROL = 0x02;

const has64 = (peek: Peek) => (peek.u16(CONTROL) & 0x080) !== 0;
const hasMasks = (peek: Peek) => (peek.u16(CONTROL) & 0x100) !== 0;
const hasExtendedData = (peek: Peek) => (peek.u16(CONTROL) & 0x200) !== 0;

/** Registers from Message Data on stand four bytes further down behind a 64-bit address. */
const afterAddress = (at: number) => (peek: Peek) => (has64(peek) ? at + 4 : at);

export const msi = standardCapability({
  id: 0x05,
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
