/** The DVSECs of the CXL consortium, vendor ID 1E98h: which there are and what is in each (CXL 3.1 §8.1). */
import { bits, choice } from '../../bytes/bits.ts';
import { group, list, type Peek, reg16, reg32, reserved, u16, u32, when } from '../../bytes/layout.ts';
import { PCI_VENDOR_ID_CXL } from '../../spec/pci-ids.ts';
import { PCI_DVSEC_CXL_DEVICE, PCI_DVSEC_HEADER1, PCI_DVSEC_HEADER2 } from '../../spec/pci-regs.ts';
import type { AddressPlace } from '../private-place.ts';
import { cxlDevice, cxlDeviceEnd, cxlDevicePlaces } from './cxl-device.ts';
import { cxlPortExtensions, cxlPortPlaces, flexBusPort, flexBusPortEnd } from './cxl-port.ts';

/** The DVSEC IDs that are assigned, by the names of their fields. */
export const CXL_DVSEC = {
  device: PCI_DVSEC_CXL_DEVICE,
  nonCxlFunctionMap: 2,
  portExtensions: 3,
  gpfPort: 4,
  gpfDevice: 5,
  flexBusPort: 7,
  registerLocator: 8,
  mld: 9,
  test: 10,
} as const;

/** What of the DVSEC at an offset is an address of the host, by its ID. */
export const CXL_PLACES: ReadonlyMap<number, (at: number) => AddressPlace[]> = new Map([
  [CXL_DVSEC.device, cxlDevicePlaces],
  [CXL_DVSEC.portExtensions, cxlPortPlaces],
]);

const REGISTER_BLOCK = 8;
const FIRST_REGISTER_BLOCK = 0x0c;

/** Unit and tens of a time of the global persistent flush: the base times 1 µs, 10 µs … 10 s. */
const GPF_TIME = {
  base: bits(0, 3),
  scale: choice(8, 11, { 0: '1us', 1: '10us', 2: '100us', 3: '1ms', 4: '10ms', 5: '100ms', 6: '1s', 7: '10s' }),
};

const revision = (peek: Peek) => peek.u8(PCI_DVSEC_HEADER1 + 2) & 15;
const length = (peek: Peek) => peek.u16(PCI_DVSEC_HEADER1 + 2) >> 4;
const isCxl = (peek: Peek) => peek.u16(PCI_DVSEC_HEADER1) === PCI_VENDOR_ID_CXL;

function fixed(end: number) {
  return (_revision: number, length: number) => (length >= end ? end : 0);
}

/** Where the registers of each DVSEC end by its revision and length; 0 for one too short to hold them. */
const ENDS = new Map<number, (revision: number, length: number) => number>([
  [CXL_DVSEC.device, cxlDeviceEnd],
  [CXL_DVSEC.nonCxlFunctionMap, fixed(0x2c)],
  [CXL_DVSEC.portExtensions, fixed(0x28)],
  [CXL_DVSEC.gpfPort, fixed(0x10)],
  [CXL_DVSEC.gpfDevice, fixed(0x10)],
  [CXL_DVSEC.flexBusPort, flexBusPortEnd],
  [
    CXL_DVSEC.registerLocator,
    (_revision, length) => (length < FIRST_REGISTER_BLOCK ? 0 : FIRST_REGISTER_BLOCK + REGISTER_BLOCK * registerBlocks(length)),
  ],
  [CXL_DVSEC.mld, fixed(0x10)],
]);

function registerBlocks(length: number): number {
  return Math.max(Math.floor((length - FIRST_REGISTER_BLOCK) / REGISTER_BLOCK), 0);
}

/** Where the registers that have names end, in bytes from the DVSEC's start; 0 for a DVSEC of which only the header has. */
export function cxlEnd(peek: Peek): number {
  return (isCxl(peek) && ENDS.get(peek.u16(PCI_DVSEC_HEADER2))?.(revision(peek), length(peek))) || 0;
}

const is = (id: number) => (peek: Peek) => peek.u16(PCI_DVSEC_HEADER2) === id && cxlEnd(peek) !== 0;

const gpfPort = group({ reserved0a: reserved(0x0a, 2), phase1Timeout: reg16(0x0c, GPF_TIME), phase2Timeout: reg16(0x0e, GPF_TIME) });

// Power in milliwatts.
const gpfDevice = group({ phase2Duration: reg16(0x0a, GPF_TIME), phase2Power: u32(0x0c) });

const registerLocator = group({
  reserved0a: reserved(0x0a, 2),
  blocks: list(
    FIRST_REGISTER_BLOCK,
    REGISTER_BLOCK,
    peek => registerBlocks(length(peek)),
    group({
      low: reg32(0, {
        barIndex: bits(0, 2),
        identifier: choice(8, 15, {
          0: 'empty',
          1: 'component registers',
          2: 'BAR virtualization',
          3: 'CXL device registers',
          4: 'CPMU registers',
          255: 'vendor-specific',
        }),
        // Bits [31:16] of the offset in the BAR.
        offsetLow: bits(16, 31),
      }),
      offsetHigh: u32(4),
    }),
  ),
});

/** The pieces of a DVSEC behind its header: of all these, at most one is there. */
export const CXL_PIECES = {
  cxlDevice: when(
    is(CXL_DVSEC.device),
    cxlDevice(peek => cxlEnd(peek) > 0x38),
  ),
  // Bit d of word f: function f of device d runs no CXL protocol; with ARI, bit n of word w: function 32 w + n.
  cxlNonCxlFunctionMap: when(
    is(CXL_DVSEC.nonCxlFunctionMap),
    group({ reserved0a: reserved(0x0a, 2), words: list(0x0c, 4, () => 8, u32(0)) }),
  ),
  cxlPortExtensions: when(is(CXL_DVSEC.portExtensions), cxlPortExtensions),
  cxlGpfPort: when(is(CXL_DVSEC.gpfPort), gpfPort),
  cxlGpfDevice: when(is(CXL_DVSEC.gpfDevice), gpfDevice),
  cxlFlexBusPort: when(is(CXL_DVSEC.flexBusPort), flexBusPort(cxlEnd)),
  cxlRegisterLocator: when(is(CXL_DVSEC.registerLocator), registerLocator),
  cxlMld: when(
    is(CXL_DVSEC.mld),
    group({ logicalDevices: u16(0x0a), logicalDeviceHotResetVector: u16(0x0c), reserved0e: reserved(0x0e, 2) }),
  ),
};
