/** Which capability a title is of, in the words of all versions of lspci; a title that is not here names none. */
import { agp3 } from '../../pci/capabilities/agp3.ts';
import { compactPciHotSwap } from '../../pci/capabilities/compact-pci-hot-swap.ts';
import { compactPciResourceControl } from '../../pci/capabilities/compact-pci-resource-control.ts';
import { enhancedAllocation } from '../../pci/capabilities/enhanced-allocation.ts';
import { flatteningPortalBridge } from '../../pci/capabilities/flattening-portal-bridge.ts';
import { hotPlug } from '../../pci/capabilities/hot-plug.ts';
import { nullCapability } from '../../pci/capabilities/null.ts';
import { secureDevice } from '../../pci/capabilities/secure-device.ts';
import { vitalProductData } from '../../pci/capabilities/vital-product-data.ts';
import type { CapabilityType } from '../../pci/capability.ts';
import { dataLinkFeature } from '../../pci/extended/data-link-feature.ts';
import { dynamicPowerAllocation } from '../../pci/extended/dynamic-power-allocation.ts';
import { frsQueueing } from '../../pci/extended/frs-queueing.ts';
import { hierarchyId } from '../../pci/extended/hierarchy-id.ts';
import { ide } from '../../pci/extended/ide.ts';
import { lnRequester } from '../../pci/extended/ln-requester.ts';
import { mPcie } from '../../pci/extended/m-pcie.ts';
import { npem } from '../../pci/extended/npem.ts';
import { physicalLayer16For } from '../../pci/extended/physical-layer-16gt.ts';
import { physicalLayer32For } from '../../pci/extended/physical-layer-32gt.ts';
import { pmux } from '../../pci/extended/pmux.ts';
import { powerBudgeting } from '../../pci/extended/power-budgeting.ts';
import { rcrbHeader } from '../../pci/extended/rcrb-header.ts';
import { readinessTime } from '../../pci/extended/readiness-time.ts';
import { rootComplexInternalLink } from '../../pci/extended/root-complex-internal-link.ts';
import { multiRootIov } from '../../pci/extended/undocumented.ts';
import { multiFunctionVirtualChannel, virtualChannelBesideMfvc } from '../../pci/extended/virtual-channel.ts';
import type { CapabilityKind } from '../../pci/walk.ts';
import { PCI_CAP_ID_HT } from '../../spec/pci-regs.ts';
import { aerReader } from './extended/aer.ts';
import { dpcReader } from './extended/dpc.ts';
import { dvsecReader } from './extended/dvsec.ts';
import { l1PmSubstatesReader } from './extended/l1-pm-substates.ts';
import { eventCollectorAssociationReader, rootComplexLinkReader, secondaryPcieReader } from './extended/links.ts';
import { ltrReader } from './extended/ltr.ts';
import { multicastReader } from './extended/multicast.ts';
import {
  acsReader,
  ariReader,
  atsReader,
  deviceSerialNumberReader,
  doeReader,
  laneMarginingReader,
  pageRequestReader,
  pasidReader,
  ptmReader,
  vendorSpecificExtendedReader,
} from './extended/one-register.ts';
import { resizableBarReader, vfResizableBarReader } from './extended/resizable-bar.ts';
import { srIovReader } from './extended/sr-iov.ts';
import { tphReader } from './extended/tph.ts';
import { virtualChannelReader } from './extended/virtual-channel.ts';
import { type CapabilityReader, reader } from './reader.ts';
import { agpReader } from './standard/agp.ts';
import { pciExpressReader } from './standard/express.ts';
import { msiReader, msixReader } from './standard/msi.ts';
import { advancedFeaturesReader, debugPortReader, sataReader, slotIdentificationReader, subsystemIdsReader } from './standard/others.ts';
import { pcixBridgeReader, pcixReader } from './standard/pci-x.ts';
import { powerManagementReader } from './standard/power-management.ts';
import { vendorSpecificReader, virtioReader } from './standard/vendor-specific.ts';

const titleOnly = (type: CapabilityType, title: RegExp): CapabilityReader => reader(type, title);

const STANDARD: readonly CapabilityReader[] = [
  powerManagementReader,
  agpReader,
  titleOnly(vitalProductData, /^Vital Product Data/),
  slotIdentificationReader,
  msiReader,
  titleOnly(compactPciHotSwap, /^CompactPCI hot-swap/),
  pcixReader,
  pcixBridgeReader,
  virtioReader,
  vendorSpecificReader,
  debugPortReader,
  titleOnly(compactPciResourceControl, /^CompactPCI central resource control/),
  titleOnly(hotPlug, /^Hot-plug capable/),
  subsystemIdsReader,
  titleOnly(agp3, /^AGP3\b/),
  titleOnly(secureDevice, /^Secure device/),
  pciExpressReader,
  msixReader,
  sataReader,
  advancedFeaturesReader,
  titleOnly(enhancedAllocation, /^Enhanced Allocation/),
  titleOnly(flatteningPortalBridge, /^Flattening Portal Bridge/),
  titleOnly(nullCapability, /^Null$/),
];

const EXTENDED: readonly CapabilityReader[] = [
  aerReader,
  virtualChannelReader,
  deviceSerialNumberReader,
  titleOnly(powerBudgeting, /^Power Budgeting/),
  rootComplexLinkReader,
  titleOnly(rootComplexInternalLink, /^Root Complex Internal Link/),
  eventCollectorAssociationReader,
  titleOnly(multiFunctionVirtualChannel, /^Multi-Function Virtual Channel/),
  titleOnly(rcrbHeader, /^Root Complex Register Block/),
  vendorSpecificExtendedReader,
  acsReader,
  ariReader,
  atsReader,
  srIovReader,
  titleOnly(multiRootIov, /^Multi-Root I\/O Virtualization/),
  multicastReader,
  pageRequestReader,
  resizableBarReader,
  vfResizableBarReader,
  titleOnly(dynamicPowerAllocation, /^Dynamic Power Allocation/),
  tphReader,
  ltrReader,
  secondaryPcieReader,
  titleOnly(pmux, /^Protocol Multiplexing/),
  pasidReader,
  titleOnly(lnRequester, /^LN Requester/),
  dpcReader,
  l1PmSubstatesReader,
  ptmReader,
  titleOnly(mPcie, /^PCI Express over M_PHY/),
  titleOnly(frsQueueing, /^FRS Queueing/),
  titleOnly(readinessTime, /^Readiness Time Reporting/),
  dvsecReader,
  titleOnly(dataLinkFeature, /^Data Link Feature/),
  titleOnly(physicalLayer16For(0), /^Physical Layer 16\.0 GT\/s/),
  titleOnly(physicalLayer32For(0), /^Physical Layer 32\.0 GT\/s/),
  laneMarginingReader,
  titleOnly(hierarchyId, /^Hierarchy ID/),
  titleOnly(npem, /^Native PCIe Enclosure Management/),
  doeReader,
  titleOnly(ide, /^Integrity & Data Encryption/),
];

/** Whether one of `titles`, those of an extended list, is that of an MFVC. */
export function namesMfvc(titles: readonly string[]): boolean {
  return titles.some(title => readTitle('extended', title).ids.includes(multiFunctionVirtualChannel.id));
}

/** `Capability ID 0x2a [0000]`, `#0f [0000]`; `Extended Capability ID 0x2f`, `#1f`. */
const NUMBERS = { standard: /^(?:Capability ID 0x|#)([0-9a-f]{2})(?: \[|$)/, extended: /^(?:Extended Capability ID 0x|#)([0-9a-f]{2,4})$/ };

/** What a title says of the ID. */
export interface ReadTitle {
  readonly reader: CapabilityReader | null;
  /** The IDs that the title may stand for: one, two where two capabilities are printed alike, none where it is not known. */
  readonly ids: readonly number[];
}

/**
 * What capability of a list a title names. `besideMfvc`: whether function 0 of the device has an MFVC, which tells the two IDs of Virtual
 * Channel apart (PCIe 6.0 §7.9.1); null where that is not known.
 */
export function readTitle(kind: CapabilityKind, title: string, besideMfvc: boolean | null = null): ReadTitle {
  const found = (kind === 'standard' ? STANDARD : EXTENDED).find(candidate => candidate.title.test(title));
  if (found === virtualChannelReader) {
    const ids = [found.type.id, virtualChannelBesideMfvc.id];
    return { reader: found, ids: besideMfvc === null ? ids : ids.slice(Number(besideMfvc), Number(besideMfvc) + 1) };
  }
  if (found !== undefined) return { reader: found, ids: [found.type.id] };
  if (kind === 'standard' && title.startsWith('HyperTransport: ')) return { reader: null, ids: [PCI_CAP_ID_HT] };
  if (kind === 'extended' && title === 'Null') return { reader: null, ids: [0] };
  const digits = NUMBERS[kind].exec(title)?.[1];
  return { reader: null, ids: digits === undefined ? [] : [Number.parseInt(digits, 16)] };
}
