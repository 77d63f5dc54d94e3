/** Extended capabilities of which lspci prints no more than a title, in its words. */

import { dataLinkFeature } from '../../../pci/extended/data-link-feature.ts';
import { dynamicPowerAllocation } from '../../../pci/extended/dynamic-power-allocation.ts';
import { frsQueueing } from '../../../pci/extended/frs-queueing.ts';
import { hierarchyId } from '../../../pci/extended/hierarchy-id.ts';
import { lnRequester } from '../../../pci/extended/ln-requester.ts';
import { mPcie } from '../../../pci/extended/m-pcie.ts';
import { npem } from '../../../pci/extended/npem.ts';
import { physicalLayer16For } from '../../../pci/extended/physical-layer-16gt.ts';
import { physicalLayer32For } from '../../../pci/extended/physical-layer-32gt.ts';
import { pmux } from '../../../pci/extended/pmux.ts';
import { powerBudgeting } from '../../../pci/extended/power-budgeting.ts';
import { rcrbHeader } from '../../../pci/extended/rcrb-header.ts';
import { readinessTime } from '../../../pci/extended/readiness-time.ts';
import { rootComplexInternalLink } from '../../../pci/extended/root-complex-internal-link.ts';
import { multiRootIov } from '../../../pci/extended/undocumented.ts';
import { multiFunctionVirtualChannel } from '../../../pci/extended/virtual-channel.ts';
import { type CapabilityRenderer, titleOnly } from '../renderer.ts';

export const TITLE_ONLY_TEXTS: readonly CapabilityRenderer[] = [
  titleOnly(powerBudgeting, 'Power Budgeting <?>'),
  titleOnly(rootComplexInternalLink, 'Root Complex Internal Link <?>'),
  titleOnly(multiFunctionVirtualChannel, 'Multi-Function Virtual Channel <?>'),
  titleOnly(rcrbHeader, 'Root Complex Register Block <?>'),
  titleOnly(multiRootIov, 'Multi-Root I/O Virtualization <?>'),
  titleOnly(dynamicPowerAllocation, 'Dynamic Power Allocation <?>'),
  titleOnly(pmux, 'Protocol Multiplexing <?>'),
  titleOnly(lnRequester, 'LN Requester <?>'),
  titleOnly(mPcie, 'PCI Express over M_PHY <?>'),
  titleOnly(frsQueueing, 'FRS Queueing <?>'),
  titleOnly(readinessTime, 'Readiness Time Reporting <?>'),
  titleOnly(dataLinkFeature, 'Data Link Feature <?>'),
  titleOnly(physicalLayer16For(0), 'Physical Layer 16.0 GT/s <?>'),
  titleOnly(hierarchyId, 'Hierarchy ID <?>'),
  titleOnly(npem, 'Native PCIe Enclosure Management <?>'),
  titleOnly(physicalLayer32For(0), 'Physical Layer 32.0 GT/s <?>'),
];
