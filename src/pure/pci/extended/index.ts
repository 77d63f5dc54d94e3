/** Every extended capability that is decoded, one line each, by ID (PCI Code and ID Assignment §3). */
import type { CapabilityType } from '../capability.ts';
import type { ConfigSpace } from '../config-space.ts';
import type { CapabilityRef } from '../walk.ts';
import { acs } from './acs.ts';
import { aer } from './aer.ts';
import { alternateProtocol } from './alternate-protocol.ts';
import { ari } from './ari.ts';
import { ats } from './ats.ts';
import { dataLinkFeature } from './data-link-feature.ts';
import { device3 } from './device-3.ts';
import { deviceSerialNumber } from './device-serial-number.ts';
import { doe } from './doe.ts';
import { dpc } from './dpc.ts';
import { dvsec } from './dvsec.ts';
import { dynamicPowerAllocation } from './dynamic-power-allocation.ts';
import { eventCollectorAssociation } from './event-collector-association.ts';
import { frsQueueing } from './frs-queueing.ts';
import { hierarchyId } from './hierarchy-id.ts';
import { ide } from './ide.ts';
import { l1PmSubstates } from './l1-pm-substates.ts';
import { laneMarginingFor } from './lane-margining.ts';
import { type ForLanes, linkLanes } from './lanes.ts';
import { lnRequester } from './ln-requester.ts';
import { ltr } from './ltr.ts';
import { mPcie } from './m-pcie.ts';
import { multicast } from './multicast.ts';
import { NAME_ONLY } from './name-only.ts';
import { npem } from './npem.ts';
import { pageRequest } from './page-request.ts';
import { pasid } from './pasid.ts';
import { physicalLayer16For } from './physical-layer-16gt.ts';
import { physicalLayer32For } from './physical-layer-32gt.ts';
import { physicalLayer64For } from './physical-layer-64gt.ts';
import { pmux } from './pmux.ts';
import { powerBudgeting } from './power-budgeting.ts';
import { ptm } from './ptm.ts';
import { rcrbHeader } from './rcrb-header.ts';
import { readinessTime } from './readiness-time.ts';
import { resizableBar } from './resizable-bar.ts';
import { rootComplexInternalLink } from './root-complex-internal-link.ts';
import { rootComplexLink } from './root-complex-link.ts';
import { secondaryPcieFor } from './secondary-pcie.ts';
import { shadowFunctions } from './shadow-functions.ts';
import { srIov } from './sr-iov.ts';
import { systemFirmwareIntermediary } from './system-firmware-intermediary.ts';
import { tph } from './tph.ts';
import { configurationAccessCorrelation, multiRootIov, reservedForAmd } from './undocumented.ts';
import { vendorSpecificExtended } from './vendor-specific.ts';
import { vfResizableBar } from './vf-resizable-bar.ts';
import { multiFunctionVirtualChannel, virtualChannel, virtualChannelBesideMfvc } from './virtual-channel.ts';

/** Every extended capability whose registers are decoded, by ID; of one with several forms, all of them. */
export const EXTENDED_CAPABILITIES: readonly CapabilityType[] = [
  aer,
  virtualChannel,
  deviceSerialNumber,
  powerBudgeting,
  rootComplexLink,
  rootComplexInternalLink,
  eventCollectorAssociation,
  multiFunctionVirtualChannel,
  virtualChannelBesideMfvc,
  rcrbHeader,
  vendorSpecificExtended,
  configurationAccessCorrelation,
  acs,
  ari,
  ats,
  srIov,
  multiRootIov,
  multicast,
  pageRequest,
  reservedForAmd,
  resizableBar,
  dynamicPowerAllocation,
  tph,
  ltr,
  secondaryPcieFor(0),
  pmux,
  pasid,
  lnRequester,
  dpc,
  l1PmSubstates,
  ptm,
  mPcie,
  frsQueueing,
  readinessTime,
  dvsec,
  vfResizableBar,
  dataLinkFeature,
  physicalLayer16For(0),
  laneMarginingFor(0),
  hierarchyId,
  npem,
  physicalLayer32For(0),
  alternateProtocol,
  systemFirmwareIntermediary,
  shadowFunctions,
  doe,
  device3,
  ide,
  physicalLayer64For(0),
  ...NAME_ONLY,
];

const BY_ID = new Map(EXTENDED_CAPABILITIES.map(type => [type.id, type]));

const LANE_CAPABILITIES: readonly ForLanes[] = [
  secondaryPcieFor,
  physicalLayer16For,
  laneMarginingFor,
  physicalLayer32For,
  physicalLayer64For,
];
const FOR_LANES = new Map(LANE_CAPABILITIES.map(forLanes => [forLanes(0).id, forLanes]));

/**
 * The type of the extended capability `ref` of this function, or null for an ID without one. Where the capability has an entry for each
 * lane, the type has as many as the function's link (in the list above: none), since the capability itself does not say.
 */
export function extendedCapabilityFor(config: ConfigSpace, ref: CapabilityRef): CapabilityType | null {
  if (ref.kind !== 'extended') return null;
  const forLanes = FOR_LANES.get(ref.id);
  return forLanes === undefined ? (BY_ID.get(ref.id) ?? null) : forLanes(linkLanes(config));
}
