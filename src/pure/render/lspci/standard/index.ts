/** The text of every standard capability. */
import { STANDARD_CAPABILITIES } from '../../../pci/capabilities/index.ts';
import { type CapabilityRenderer, withTitles } from '../renderer.ts';
import { advancedFeaturesText } from './advanced-features.ts';
import { agpText } from './agp.ts';
import { debugPortText } from './debug-port.ts';
import { enhancedAllocationBridgeText, enhancedAllocationText } from './enhanced-allocation.ts';
import { pciExpressText } from './express/index.ts';
import { HYPER_TRANSPORT_BLOCK_TEXTS } from './hypertransport/blocks.ts';
import { hyperTransportHostText } from './hypertransport/host.ts';
import { hyperTransportSlaveText } from './hypertransport/slave.ts';
import { msiText } from './msi.ts';
import { msixText } from './msi-x.ts';
import { pcixBridgeText, pcixText } from './pci-x.ts';
import { powerManagementText } from './power-management.ts';
import { sataText } from './sata.ts';
import { slotIdentificationText } from './slot-identification.ts';
import { subsystemIdsText } from './subsystem-ids.ts';
import { UNDECODED_TEXTS } from './undecoded.ts';
import { vendorSpecificText, virtioText } from './vendor-specific.ts';

const TEXTS: readonly CapabilityRenderer[] = [
  powerManagementText,
  agpText,
  slotIdentificationText,
  msiText,
  pcixText,
  pcixBridgeText,
  hyperTransportSlaveText,
  hyperTransportHostText,
  ...HYPER_TRANSPORT_BLOCK_TEXTS,
  vendorSpecificText,
  virtioText,
  debugPortText,
  subsystemIdsText,
  pciExpressText,
  msixText,
  sataText,
  advancedFeaturesText,
  enhancedAllocationText,
  enhancedAllocationBridgeText,
  ...UNDECODED_TEXTS,
];

/** One text for each standard capability type. */
export const STANDARD_TEXTS = withTitles(TEXTS, STANDARD_CAPABILITIES);
