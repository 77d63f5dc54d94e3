/** HyperTransport slave or primary interface, ID 08h type 000b (HyperTransport 3.10 §7.5.1). */
import { bit, bits } from '../../../bytes/bits.ts';
import { reg8, reg16, u16, when } from '../../../bytes/layout.ts';
import { standardCapability } from '../../capability.ts';
import {
  errorHandling,
  FEATURES,
  frequencyCapability,
  HYPER_TRANSPORT_FACTS,
  isRevised,
  linkConfig,
  linkControl,
  linkFrequency,
  memoryUpper,
  revision,
} from './link.ts';

const REVISION = 0x0c;
const revised = isRevised(REVISION);

export const hyperTransportSlave = standardCapability({
  ...HYPER_TRANSPORT_FACTS,
  form: 'HyperTransport Slave or Primary Interface',
  registers: {
    command: reg16(0x02, {
      baseUnitId: bits(0, 4),
      unitCount: bits(5, 9),
      masterHost: bit(10),
      defaultDirection: bit(11),
      dropOnUninitializedLink: bit(12),
      capabilityType: bits(13, 15),
    }),
    linkControl0: linkControl(0x04),
    linkConfig0: linkConfig(0x06),
    linkControl1: linkControl(0x08),
    linkConfig1: linkConfig(0x0a),
    revision: revision(REVISION),
    linkFrequency0: when(revised, linkFrequency(0x0d)),
    frequencyCapability0: when(revised, frequencyCapability(0x0e)),
    features: when(revised, reg8(0x10, FEATURES)),
    linkFrequency1: when(revised, linkFrequency(0x11)),
    frequencyCapability1: when(revised, frequencyCapability(0x12)),
    enumerationScratchpad: when(revised, u16(0x14)),
    errorHandling: when(revised, errorHandling(0x16)),
    memoryUpper: when(revised, memoryUpper(0x18)),
  },
});
