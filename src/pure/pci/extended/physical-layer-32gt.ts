/** Physical Layer 32.0 GT/s, ID 002Ah (PCIe 6.0 §7.7.6). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg32 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_PL_32GT } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';
import { EQUALIZATION_STATUS, lanePresets } from './equalization.ts';
import { laneCapability } from './lanes.ts';

// Usage mode 0: PCI Express, 1: training set messages, 2: alternate protocol.
const MODIFIED_TS_1 = { usageMode: bits(0, 2), information1: bits(3, 15), vendorId: bits(16, 31) };
const MODIFIED_TS_2 = { information2: bits(0, 23), alternateProtocolNegotiationStatus: bits(24, 25) };

export const physicalLayer32For = laneCapability(lanes =>
  extendedCapability({
    id: PCI_EXT_CAP_ID_PL_32GT,
    name: 'Physical Layer 32GT',
    title: 'Physical Layer 32.0 GT/s',
    length: 'to-next',
    privatePlaces: 'nothing',
    registers: {
      capabilities: reg32(0x04, {
        equalizationBypassToHighestRateSupported: bit(0),
        noEqualizationNeededSupported: bit(1),
        modifiedTsUsageMode0Supported: bit(8),
        modifiedTsUsageMode1Supported: bit(9),
        modifiedTsUsageMode2Supported: bit(10),
        modifiedTsReservedUsageModes: bits(11, 15),
      }),
      control: reg32(0x08, {
        equalizationBypassToHighestRateDisable: bit(0),
        noEqualizationNeededDisable: bit(1),
        modifiedTsUsageModeSelected: bits(8, 10),
      }),
      status: reg32(0x0c, {
        ...EQUALIZATION_STATUS,
        modifiedTsReceived: bit(5),
        receivedEnhancedLinkBehaviorControl: bits(6, 7),
        transmitterPrecodingOn: bit(8),
        transmitterPrecodeRequest: bit(9),
        noEqualizationNeededReceived: bit(10),
      }),
      receivedModifiedTsData1: reg32(0x10, MODIFIED_TS_1),
      receivedModifiedTsData2: reg32(0x14, MODIFIED_TS_2),
      transmittedModifiedTsData1: reg32(0x18, MODIFIED_TS_1),
      transmittedModifiedTsData2: reg32(0x1c, MODIFIED_TS_2),
      lanes: lanePresets(0x20, lanes),
    },
  }),
);
