/** Dynamic Power Allocation, ID 0016h (PCIe 6.0 §7.9.12). */
import { bit, bits, span } from '../../bytes/bits.ts';
import { list, reg16, reg32, u8, u32 } from '../../bytes/layout.ts';
import { PCI_DPA_BASE_SIZEOF, PCI_DPA_CAP, PCI_DPA_CAP_SUBSTATE_MASK, PCI_EXT_CAP_ID_DPA } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

export const dynamicPowerAllocation = extendedCapability({
  id: PCI_EXT_CAP_ID_DPA,
  name: 'DPA',
  title: 'Dynamic Power Allocation',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    capability: reg32(PCI_DPA_CAP, {
      // Number of the last substate.
      substateMax: bits(...span(PCI_DPA_CAP_SUBSTATE_MASK)),
      // 0 is 1 ms, 1 is 10 ms, 2 is 100 ms.
      transitionLatencyUnit: bits(8, 9),
      // Watts times 10, 1, 0.1 or 0.01.
      powerAllocationScale: bits(12, 13),
      transitionLatencyValue0: bits(16, 23),
      transitionLatencyValue1: bits(24, 31),
    }),
    // Bit n: which of the two latency values holds for substate n.
    latencyIndicator: u32(0x08),
    status: reg16(0x0c, { substate: bits(0, 4), substateControlEnabled: bit(8) }),
    control: reg16(0x0e, { substate: bits(0, 4) }),
    substatePower: list(PCI_DPA_BASE_SIZEOF, 1, peek => (peek.u8(PCI_DPA_CAP) & PCI_DPA_CAP_SUBSTATE_MASK) + 1, u8(0)),
  },
});
