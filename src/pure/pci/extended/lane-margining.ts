/** Lane Margining at the Receiver, ID 0027h (PCIe 6.0 §7.7.10). */
import { bit, bits } from '../../bytes/bits.ts';
import { group, list, reg16 } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';
import { laneCapability } from './lanes.ts';

/** A margin command and the answer to it have the same form (PCIe 6.0 §4.2.18.1). */
const COMMAND = { receiverNumber: bits(0, 2), marginType: bits(3, 5), usageModel: bit(6), marginPayload: bits(8, 15) };

export const laneMarginingFor = laneCapability(lanes =>
  extendedCapability({
    id: 0x27,
    name: 'Lane Margining',
    title: 'Lane Margining at the Receiver',
    length: 'to-next',
    privatePlaces: 'nothing',
    registers: {
      portCapabilities: reg16(0x04, { usesDriverSoftware: bit(0) }),
      portStatus: reg16(0x06, { ready: bit(0), softwareReady: bit(1) }),
      lanes: list(0x08, 4, () => lanes, group({ control: reg16(0, COMMAND), status: reg16(2, COMMAND) })),
    },
  }),
);
