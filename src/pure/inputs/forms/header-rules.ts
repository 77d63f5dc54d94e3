/** What holds of the header of every function, so that bytes in a wrong order can be told from those in the right one (PCI 3.0 §6.1, PCIe 6.0 §7.5.1). */
import { hexDigits } from '../../bytes/hex.ts';
import type { ConfigSpace } from '../../pci/config-space.ts';
import {
  PCI_CAPABILITY_LIST,
  PCI_CLASS_DEVICE,
  PCI_COMMAND,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_STD_HEADER_SIZEOF,
} from '../../spec/pci-regs.ts';

interface Rule {
  readonly at: number;
  readonly count: number;
  readonly isBroken: (value: number, config: ConfigSpace) => boolean;
  readonly words: string;
}

/** Base classes that PCI-SIG has assigned (PCI Code and ID Assignment §1): 00h to 14h, 40h, FFh. */
const isClass = (base: number): boolean => base <= 0x14 || base === 0x40 || base === 0xff;
const hasList = (config: ConfigSpace): boolean => ((config.read(PCI_STATUS, 1) ?? 0) & PCI_STATUS_CAP_LIST) !== 0;
const isCardBus = (config: ConfigSpace): boolean =>
  ((config.read(PCI_HEADER_TYPE, 1) ?? 0) & PCI_HEADER_TYPE_MASK) === PCI_HEADER_TYPE_CARDBUS;

const RULES: readonly Rule[] = [
  { at: PCI_COMMAND, count: 2, isBroken: value => (value & 0xf800) !== 0, words: 'bits [15:11] of Command are reserved' },
  { at: PCI_STATUS, count: 2, isBroken: value => (value & 0x0006) !== 0, words: 'bits [2:1] of Status are reserved' },
  { at: PCI_CLASS_DEVICE + 1, count: 1, isBroken: value => !isClass(value), words: 'no base class has this number' },
  {
    at: PCI_HEADER_TYPE,
    count: 1,
    isBroken: value => (value & PCI_HEADER_TYPE_MASK) > PCI_HEADER_TYPE_CARDBUS,
    words: 'no header type has this number',
  },
  {
    at: PCI_CAPABILITY_LIST,
    count: 1,
    isBroken: (value, config) => hasList(config) && !isCardBus(config) && value < PCI_STD_HEADER_SIZEOF,
    words: 'Status says that there are capabilities, and none lies below 40',
  },
  {
    at: PCI_CAPABILITY_LIST,
    count: 1,
    isBroken: (value, config) => !isCardBus(config) && (value & 3) !== 0,
    words: 'bits [1:0] of the pointer are reserved',
  },
  {
    at: PCI_CAPABILITY_LIST + 1,
    count: 3,
    isBroken: (value, config) => !isCardBus(config) && value !== 0,
    words: 'these bytes are reserved',
  },
];

/** `its bytes at 35 are 000060, and these bytes are reserved`; null where nothing speaks against the order of the bytes. */
export function headerFault(config: ConfigSpace): string | null {
  for (const { at, count, isBroken, words } of RULES) {
    if (!config.isKnown(at, count)) continue;
    let value = 0;
    for (let i = count - 1; i >= 0; i--) value = (value << 8) | (config.read(at + i, 1) ?? 0);
    if (isBroken(value, config)) return `the value at ${hexDigits(at)} would be ${hexDigits(value, 2 * count)}, but ${words}`;
  }
  return null;
}
