/** HyperTransport capabilities without links, ID 08h with a type of five bits (HyperTransport 3.10 §7.6 to §7.17). */
import { bit, bits, choice, mapped } from '../../../bytes/bits.ts';
import { type Peek, reg16, reg32, u8, u16, u32, when } from '../../../bytes/layout.ts';
import { standardCapability } from '../../capability.ts';
import { HYPER_TRANSPORT_FACTS } from './link.ts';

/** Types of the command register's bits 15:11; slave and host interfaces have three bits, 000 and 001, instead. */
export const HT_BLOCK_TYPES = {
  8: 'switch',
  16: 'interrupt-discovery',
  17: 'revision-id',
  18: 'unit-id-clumping',
  19: 'extended-configuration',
  20: 'address-mapping',
  21: 'msi-mapping',
  22: 'direct-route',
  23: 'vcset',
  24: 'retry-mode',
  25: 'x86-encoding',
  26: 'gen3',
  27: 'function-level-extension',
  28: 'power-management',
} as const;

const capabilityType = choice(11, 15, HT_BLOCK_TYPES);
const isFixed = (peek: Peek) => (peek.u8(0x02) & 2) !== 0;

/** MSI Mapping: MSI messages written to the address become HyperTransport interrupts (§7.12). */
export const hyperTransportMsiMapping = standardCapability({
  ...HYPER_TRANSPORT_FACTS,
  form: 'HyperTransport MSI Mapping',
  registers: {
    command: reg16(0x02, { enable: bit(0), fixed: bit(1), capabilityType }),
    // Where `fixed` is set the address is FEE0_0000h and has no register.
    addressLow: when(
      peek => !isFixed(peek),
      reg32(0x04, {
        address: mapped(
          20,
          31,
          raw => raw * 0x100000,
          address => address / 0x100000,
        ),
      }),
    ),
    addressHigh: when(peek => !isFixed(peek), u32(0x08)),
  },
});

/** Revision ID: of the specification, in a function without a link (§7.7). */
export const hyperTransportRevision = standardCapability({
  ...HYPER_TRANSPORT_FACTS,
  form: 'HyperTransport Revision ID',
  registers: { command: reg16(0x02, { minor: bits(0, 4), major: bits(5, 7), capabilityType }) },
});

/** Interrupt Discovery and Configuration: a window to interrupt definitions (§7.6). */
export const hyperTransportInterrupt = standardCapability({
  ...HYPER_TRANSPORT_FACTS,
  form: 'HyperTransport Interrupt Discovery and Configuration',
  registers: { command: reg16(0x02, { index: bits(0, 7), capabilityType }), data: u32(0x04) },
});

/** UnitID Clumping: bit n says that UnitID n belongs to the clump of n - 1 (§7.8). */
export const hyperTransportClumping = standardCapability({
  ...HYPER_TRANSPORT_FACTS,
  form: 'HyperTransport UnitID Clumping',
  registers: { command: reg16(0x02, { capabilityType }), supported: u32(0x04), enabled: u32(0x08) },
});

/** Retry Mode of the two links: control, status and the count of retries (§7.15). */
export const hyperTransportRetry = standardCapability({
  ...HYPER_TRANSPORT_FACTS,
  form: 'HyperTransport Retry Mode',
  registers: {
    command: reg16(0x02, { capabilityType }),
    control0: u8(0x04),
    status0: u8(0x05),
    control1: u8(0x06),
    status1: u8(0x07),
    retryCount0: u16(0x08),
    retryCount1: u16(0x0a),
  },
});

/** Any other type: its name and the raw low bits of the command register. */
export const hyperTransportBlock = standardCapability({
  ...HYPER_TRANSPORT_FACTS,
  registers: { command: reg16(0x02, { low: bits(0, 10), capabilityType }) },
});
