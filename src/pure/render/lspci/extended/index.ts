/** The text of every extended capability. */
import { EXTENDED_CAPABILITIES } from '../../../pci/extended/index.ts';
import { type CapabilityRenderer, withTitles } from '../renderer.ts';
import { acsText } from './acs.ts';
import { aerText } from './aer.ts';
import { ariText } from './ari.ts';
import { atsText } from './ats.ts';
import { deviceSerialNumberText } from './device-serial-number.ts';
import { doeText } from './doe.ts';
import { dpcText } from './dpc.ts';
import { dvsecText } from './dvsec.ts';
import { eventCollectorAssociationText } from './event-collector-association.ts';
import { ideText } from './ide.ts';
import { l1PmSubstatesText } from './l1-pm-substates.ts';
import { laneMarginingText } from './lane-margining.ts';
import { ltrText } from './ltr.ts';
import { multicastText } from './multicast.ts';
import { pageRequestText } from './page-request.ts';
import { pasidText } from './pasid.ts';
import { ptmText } from './ptm.ts';
import { resizableBarText } from './resizable-bar.ts';
import { rootComplexLinkText } from './root-complex-link.ts';
import { secondaryPcieText } from './secondary-pcie.ts';
import { srIovText } from './sr-iov.ts';
import { TITLE_ONLY_TEXTS } from './title-only.ts';
import { tphText } from './tph.ts';
import { vendorSpecificExtendedText } from './vendor-specific.ts';
import { vfResizableBarText } from './vf-resizable-bar.ts';
import { virtualChannelBesideMfvcText, virtualChannelText } from './virtual-channel.ts';

const TEXTS: readonly CapabilityRenderer[] = [
  aerText,
  virtualChannelText,
  deviceSerialNumberText,
  rootComplexLinkText,
  eventCollectorAssociationText,
  virtualChannelBesideMfvcText,
  vendorSpecificExtendedText,
  acsText,
  ariText,
  atsText,
  srIovText,
  multicastText,
  pageRequestText,
  resizableBarText,
  tphText,
  ltrText,
  secondaryPcieText,
  pasidText,
  dpcText,
  l1PmSubstatesText,
  ptmText,
  dvsecText,
  vfResizableBarText,
  laneMarginingText,
  doeText,
  ideText,
  ...TITLE_ONLY_TEXTS,
];

/** One text for each extended capability type. */
export const EXTENDED_TEXTS = withTitles(TEXTS, EXTENDED_CAPABILITIES);
