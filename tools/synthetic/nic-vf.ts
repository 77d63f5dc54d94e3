/** A NIC-like SR-IOV virtual function: what its own config space lacks, the physical function has (PCIe 6.0 §9.3.4). */
import { msix } from '../../src/pure/pci/capabilities/msi-x.ts';
import { acs } from '../../src/pure/pci/extended/acs.ts';
import { ari } from '../../src/pure/pci/extended/ari.ts';
import { ats } from '../../src/pure/pci/extended/ats.ts';
import { tph } from '../../src/pure/pci/extended/tph.ts';
import { buildConfigSpace, type ConfigSpace } from '../../src/pure/pci/index.ts';
import { DEVICE_IDS, KIB, VENDOR } from './identity.ts';
import { errorReporting, virtualEndpoint } from './link.ts';
import { part } from './part.ts';

const LANES = 16;

/** The registers read 0 in a virtual function: where its regions are and how large, the SR-IOV capability of the physical one says. */
export const NIC_VF_BARS = [
  { index: 0, size: 64 * KIB },
  { index: 3, size: 16 * KIB },
];

/** Who the function is, from the SR-IOV capability of the physical one. */
export const NIC_VF_IDENTITY = { vendorId: VENDOR, deviceId: DEVICE_IDS.nicVf };

/** Config space of the virtual function. `atsEnabled`: whether the host's IOMMU driver has switched ATS on. */
export function nicVfConfig(atsEnabled: boolean): ConfigSpace {
  return buildConfigSpace({
    // Hardwired in virtual functions (PCIe 6.0 §9.3.4.1.1).
    vendorId: 0xffff,
    deviceId: 0xffff,
    subsystemVendorId: VENDOR,
    subsystemId: DEVICE_IDS.nicVf,
    // Ethernet controller.
    classCode: 0x02_00_00,
    revisionId: 2,
    standard: [
      part(msix, 0x70, { control: { tableSize: 17 }, table: { bar: 3, offset: 0 }, pendingBits: { bar: 3, offset: 0x2000 } }),
      virtualEndpoint(0xa0, LANES),
    ],
    extended: [
      errorReporting(),
      part(ari, 0x148, {}),
      // The queue is the physical function's, so that a virtual one says 0, which otherwise means 32 (PCIe 6.0 §10.5.1).
      part(ats, 0x150, { capability: { pageAlignedRequest: true, invalidateQueueDepth: 32 }, control: { enable: atsEnabled } }),
      part(tph, 0x160, { capability: { noSteeringTagMode: true, tableSize: 1 } }),
      part(acs, 0x170, {}),
    ],
  });
}
