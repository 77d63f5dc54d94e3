/** Every standard capability that is decoded, by ID, and the choice between the forms of one ID (PCI Code and ID Assignment §2). */

import { PCI_VENDOR_ID_REDHAT_QUMRANET } from '../../spec/pci-ids.ts';
import {
  PCI_CAP_FLAGS,
  PCI_CAP_ID_HT,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_NORMAL,
  PCI_VENDOR_ID,
} from '../../spec/pci-regs.ts';
import type { CapabilityType } from '../capability.ts';
import type { ConfigSpace } from '../config-space.ts';
import { headerLayout } from '../header-layout.ts';
import type { CapabilityRef } from '../walk.ts';
import { advancedFeatures } from './advanced-features.ts';
import { agp } from './agp.ts';
import { agp3 } from './agp3.ts';
import { compactPciHotSwap } from './compact-pci-hot-swap.ts';
import { compactPciResourceControl } from './compact-pci-resource-control.ts';
import { debugPort } from './debug-port.ts';
import { enhancedAllocation, enhancedAllocationBridge } from './enhanced-allocation.ts';
import { pciExpress } from './express/index.ts';
import { flatteningPortalBridge } from './flattening-portal-bridge.ts';
import { hotPlug } from './hot-plug.ts';
import { HYPER_TRANSPORT, hyperTransportFor } from './hypertransport/index.ts';
import { msi } from './msi.ts';
import { msix } from './msi-x.ts';
import { nullCapability } from './null.ts';
import { pcix, pcixBridge } from './pci-x.ts';
import { powerManagement } from './power-management.ts';
import { sata } from './sata.ts';
import { secureDevice } from './secure-device.ts';
import { slotIdentification } from './slot-identification.ts';
import { subsystemIds } from './subsystem-ids.ts';
import { vendorSpecific } from './vendor-specific.ts';
import { VIRTIO_CAPABILITY_SIZE, virtio } from './virtio.ts';
import { vitalProductData } from './vital-product-data.ts';

/** Types that are the only one of their ID. */
const SINGLE: readonly CapabilityType[] = [
  nullCapability,
  powerManagement,
  agp,
  vitalProductData,
  slotIdentification,
  msi,
  compactPciHotSwap,
  debugPort,
  compactPciResourceControl,
  hotPlug,
  subsystemIds,
  agp3,
  secureDevice,
  pciExpress,
  msix,
  sata,
  advancedFeatures,
  flatteningPortalBridge,
];

/** Every type; where several have one ID, `standardCapabilityFor` chooses. */
export const STANDARD_CAPABILITIES: readonly CapabilityType[] = [
  ...SINGLE,
  pcix,
  pcixBridge,
  ...HYPER_TRANSPORT,
  vendorSpecific,
  virtio,
  enhancedAllocation,
  enhancedAllocationBridge,
];

const BY_ID: ReadonlyMap<number, CapabilityType> = new Map(SINGLE.map(type => [type.id, type]));

const VIRTIO_VENDOR_DATA = 9;

/** Device IDs 1000h to 107Fh of the virtio vendor are virtio devices (Virtio 1.3 §4.1.2). */
function vendorSpecificFor(config: ConfigSpace, offset: number): CapabilityType {
  const device = config.read(PCI_DEVICE_ID, 2) ?? 0;
  const length = config.read(offset + PCI_CAP_FLAGS, 1) ?? 0;
  if (config.read(PCI_VENDOR_ID, 2) !== PCI_VENDOR_ID_REDHAT_QUMRANET || device < 0x1000 || device > 0x107f) return vendorSpecific;
  if (length < VIRTIO_CAPABILITY_SIZE || !config.isKnown(offset, length)) return vendorSpecific;
  // Its bytes behind the type are the vendor's own (Virtio 1.3 §4.1.4.10).
  return config.read(offset + 3, 1) === VIRTIO_VENDOR_DATA ? vendorSpecific : virtio;
}

/**
 * The type of the standard capability that `ref` points at, chosen by its own bytes and by the header where one ID has several forms.
 * Null for an ID without a decoder, and for PCI-X in a function that is neither of Type 0 nor of Type 1.
 */
export function standardCapabilityFor(config: ConfigSpace, ref: CapabilityRef): CapabilityType | null {
  const headerType = headerLayout(config) ?? PCI_HEADER_TYPE_NORMAL;
  switch (ref.id) {
    case pcix.id:
      return headerType === PCI_HEADER_TYPE_NORMAL ? pcix : headerType === PCI_HEADER_TYPE_BRIDGE ? pcixBridge : null;
    case vendorSpecific.id:
      return vendorSpecificFor(config, ref.offset);
    case PCI_CAP_ID_HT:
      return hyperTransportFor(config, ref.offset);
    case enhancedAllocation.id:
      return headerType === PCI_HEADER_TYPE_BRIDGE ? enhancedAllocationBridge : enhancedAllocation;
    default:
      return BY_ID.get(ref.id) ?? null;
  }
}
