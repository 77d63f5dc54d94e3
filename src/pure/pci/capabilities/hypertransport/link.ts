/** Registers that the HyperTransport capabilities with links have in common (HyperTransport 3.10 §7.5). */
import { bit, bits, choice } from '../../../bytes/bits.ts';
import { type Peek, type Place, reg8, reg16, reg32 } from '../../../bytes/layout.ts';
import { PCI_CAP_ID_HT } from '../../../spec/pci-regs.ts';

/** What all types of the ID have. */
export const HYPER_TRANSPORT_FACTS = { id: PCI_CAP_ID_HT, name: 'HyperTransport', length: 'to-next', privatePlaces: 'nothing' } as const;

/** The upper byte of the command register, where the type stands. */
export const HT_COMMAND_HIGH = 0x03;

export const HT_WIDTHS = { 0: '8bit', 1: '16bit', 3: '32bit', 4: '2bit', 5: '4bit', 7: 'not connected' } as const;

export const HT_FREQUENCIES = {
  0: '200MHz',
  1: '300MHz',
  2: '400MHz',
  3: '500MHz',
  4: '600MHz',
  5: '800MHz',
  6: '1.0GHz',
  7: '1.2GHz',
  8: '1.4GHz',
  9: '1.6GHz',
  10: '1.8GHz',
  11: '2.0GHz',
  12: '2.2GHz',
  13: '2.4GHz',
  14: '2.6GHz',
  15: 'vendor',
} as const;

/** Whether the registers of revision 1.02 and later are there; `at` is where the revision stands. */
export const isRevised = (at: number) => (peek: Peek) => peek.u8(at) >= 0x22;

export const revision = (at: number) => reg8(at, { minor: bits(0, 4), major: bits(5, 7) });

export const linkControl = (at: number) =>
  reg16(at, {
    crcFloodEnable: bit(1),
    crcStartTest: bit(2),
    crcForceError: bit(3),
    linkFailure: bit(4),
    initializationComplete: bit(5),
    endOfChain: bit(6),
    transmitterOff: bit(7),
    crcError: bits(8, 11),
    isochronousEnable: bit(12),
    ldtStopTristateEnable: bit(13),
    extendedCtlTime: bit(14),
    addressing64Enable: bit(15),
  });

export const linkConfig = (at: number) =>
  reg16(at, {
    maxWidthIn: choice(0, 2, HT_WIDTHS),
    doublewordFlowControlIn: bit(3),
    maxWidthOut: choice(4, 6, HT_WIDTHS),
    doublewordFlowControlOut: bit(7),
    widthIn: choice(8, 10, HT_WIDTHS),
    doublewordFlowControlInEnable: bit(11),
    widthOut: choice(12, 14, HT_WIDTHS),
    doublewordFlowControlOutEnable: bit(15),
  });

export const linkFrequency = (at: number) =>
  reg8(at, {
    frequency: choice(0, 3, HT_FREQUENCIES),
    protocolError: bit(4),
    overflowError: bit(5),
    endOfChainError: bit(6),
    ctlTimeout: bit(7),
  });

/** Bit n: the frequency of code n in HT_FREQUENCIES. */
export const frequencyCapability = (at: number) => reg16(at, { frequencies: bits(0, 15) });

export const FEATURES = {
  isochronousFlowControl: bit(0),
  ldtStop: bit(1),
  crcTestMode: bit(2),
  extendedCtlTimeRequired: bit(3),
  addressing64: bit(4),
  unitIdReorderDisable: bit(5),
  sourceIdentificationExtension: bit(6),
} as const;

/** Which errors lead to a flood, a fatal or a non-fatal interrupt. */
export const errorHandling = (at: Place) =>
  reg16(at, {
    protocolFlood: bit(0),
    overflowFlood: bit(1),
    protocolFatal: bit(2),
    overflowFatal: bit(3),
    endOfChainFatal: bit(4),
    responseFatal: bit(5),
    crcFatal: bit(6),
    systemFatal: bit(7),
    chainFail: bit(8),
    responseError: bit(9),
    protocolNonFatal: bit(10),
    overflowNonFatal: bit(11),
    endOfChainNonFatal: bit(12),
    responseNonFatal: bit(13),
    crcNonFatal: bit(14),
    systemNonFatal: bit(15),
  });

/** Bits 39:32 of the prefetchable memory range behind a HyperTransport bridge, and its bus number. */
export const memoryUpper = (at: number) => reg32(at, { base: bits(0, 7), limit: bits(8, 15), busNumber: bits(16, 23) });
