/** HyperTransport host or secondary interface, ID 08h type 001b (HyperTransport 3.10 §7.5.2). */
import { bit, bits } from '../../../bytes/bits.ts';
import { type Peek, reg16, reserved, u16, when } from '../../../bytes/layout.ts';
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

const REVISION = 0x08;
const FEATURE = 0x0c;
const revised = isRevised(REVISION);
const isExtended = (peek: Peek) => revised(peek) && (peek.u16(FEATURE) & 0x100) !== 0;

export const hyperTransportHost = standardCapability({
  ...HYPER_TRANSPORT_FACTS,
  form: 'HyperTransport Host or Secondary Interface',
  registers: {
    command: reg16(0x02, {
      warmReset: bit(0),
      doubleEnded: bit(1),
      deviceNumber: bits(2, 6),
      chainSide: bit(7),
      hostHide: bit(8),
      actAsSlave: bit(10),
      hostInboundEndOfChainError: bit(11),
      dropOnUninitializedLink: bit(12),
      capabilityType: bits(13, 15),
    }),
    linkControl: linkControl(0x04),
    linkConfig: linkConfig(0x06),
    revision: revision(REVISION),
    linkFrequency: when(revised, linkFrequency(0x09)),
    frequencyCapability: when(revised, frequencyCapability(0x0a)),
    features: when(revised, reg16(FEATURE, { ...FEATURES, extendedRegisterSet: bit(8), upstreamConfigurationEnable: bit(9) })),
    reserved: when(isExtended, reserved(0x0e, 2)),
    enumerationScratchpad: when(isExtended, u16(0x10)),
    errorHandling: when(isExtended, errorHandling(0x12)),
    memoryUpper: when(isExtended, memoryUpper(0x14)),
  },
});
