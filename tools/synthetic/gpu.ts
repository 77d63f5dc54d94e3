/** A GPU-like device: everything that matters to address translation, and capabilities of each kind that a stage hides or changes. */
import { msi } from '../../src/pure/pci/capabilities/msi.ts';
import { msix } from '../../src/pure/pci/capabilities/msi-x.ts';
import { powerManagement } from '../../src/pure/pci/capabilities/power-management.ts';
import { ari } from '../../src/pure/pci/extended/ari.ts';
import { ats } from '../../src/pure/pci/extended/ats.ts';
import { deviceSerialNumber } from '../../src/pure/pci/extended/device-serial-number.ts';
import { doe } from '../../src/pure/pci/extended/doe.ts';
import { dvsec } from '../../src/pure/pci/extended/dvsec.ts';
import { l1PmSubstates } from '../../src/pure/pci/extended/l1-pm-substates.ts';
import { ltr } from '../../src/pure/pci/extended/ltr.ts';
import { pageRequest } from '../../src/pure/pci/extended/page-request.ts';
import { pasid } from '../../src/pure/pci/extended/pasid.ts';
import { powerBudgeting } from '../../src/pure/pci/extended/power-budgeting.ts';
import { ptm } from '../../src/pure/pci/extended/ptm.ts';
import { resizableBar } from '../../src/pure/pci/extended/resizable-bar.ts';
import { srIov } from '../../src/pure/pci/extended/sr-iov.ts';
import { vfResizableBar } from '../../src/pure/pci/extended/vf-resizable-bar.ts';
import { buildConfigSpace, type CapabilityPart, type ConfigSpace } from '../../src/pure/pci/index.ts';
import { DEVICE_IDS, GIB, MIB, serialNumber, VENDOR } from './identity.ts';
import { endpoint, errorReporting, physicalLayer } from './link.ts';
import { part } from './part.ts';

const LANES = 16;

/** Sizes of the regions at BAR 0, 1 and 3; the second is resizable. */
export const GPU_BARS = [
  { index: 0, size: 16 * MIB },
  { index: 1, size: 64 * GIB },
  { index: 3, size: 32 * MIB },
];

/** Bit n of Supported Sizes: 2^n MB. 256 MB to 128 GB. */
const SIZES = 0x3ff00;
/** The current size, 2^n MB. */
const SIZE_64_GB = 16;

/** 64-bit, prefetchable: the low bits of a memory BAR (PCIe 6.0 §7.5.1.2.1). */
const MEMORY64 = 0xc;

/** Header, and Header 1 of vendor 1234h, revision 0, 18h bytes. */
const DVSEC = '2300010034128001';

function standardParts(): CapabilityPart[] {
  return [
    part(powerManagement, 0x60, { capabilities: { version: 3, pmeD0: true, pmeD3hot: true }, control: { noSoftReset: true } }),
    // 64-bit addresses, a mask for each vector, 16 vectors.
    part(msi, 0x68, {}, { shape: '05008801' }),
    endpoint(0x80, LANES),
    part(msix, 0xc0, {
      control: { tableSize: 64 },
      table: { bar: 0, offset: 0xb90000 },
      pendingBits: { bar: 0, offset: 0xba0000 },
    }),
  ];
}

function virtualization(): CapabilityPart[] {
  return [
    part(ari, 0x168, {}),
    part(srIov, 0x220, {
      capabilities: { ariCapableHierarchyPreserved: true, vf10BitTagRequesterSupported: true },
      control: { ariCapableHierarchy: true },
      initialVfs: 16,
      totalVfs: 16,
      firstVfOffset: 4,
      vfStride: 1,
      vfDeviceId: DEVICE_IDS.gpuVf,
      // 4 KB to 4 MB as the specification demands them: 4K, 8K, 64K, 256K, 1M, 4M.
      supportedPageSizes: 0x553,
      systemPageSize: 1,
      vfBars: [0x9200_0000, MEMORY64, 0x4420, MEMORY64, 0x4430, 0],
    }),
    // Two more BARs to resize: those of the virtual functions, up to 8 GB.
    part(vfResizableBar, 0x260, {
      bars: [{ capability: { supportedSizes: 0x3f00 }, control: { barIndex: 1, barCount: 1, size: 12, supportedLargeSizes: 0 } }],
    }),
    part(resizableBar, 0x2a0, {
      bars: [{ capability: { supportedSizes: SIZES }, control: { barIndex: 1, barCount: 1, size: SIZE_64_GB, supportedLargeSizes: 0 } }],
    }),
  ];
}

/** `atsEnabled`: whether the host's IOMMU driver has switched ATS on. */
function translation(atsEnabled: boolean): CapabilityPart[] {
  return [
    // Linux enables ATS only where requests are page aligned.
    part(ats, 0x270, { capability: { pageAlignedRequest: true, invalidateQueueDepth: 32 }, control: { enable: atsEnabled } }),
    part(pageRequest, 0x280, { status: { stopped: true, responsePasidRequired: true }, outstandingCapacity: 256 }),
    part(pasid, 0x290, {
      capability: { privilegedModeSupported: true, maxPasidWidth: 20 },
      control: { enable: true, privilegedModeEnable: true },
    }),
  ];
}

function timeAndPower(): CapabilityPart[] {
  const substates = { pciPmL1_2: true, pciPmL1_1: true, aspmL1_2: true, aspmL1_1: true };
  return [
    part(powerBudgeting, 0x158, { data: { basePower: 75, type: 7 } }),
    part(ltr, 0x2b0, { maxSnoop: { value: 3, scale: 4 }, maxNoSnoop: { value: 3, scale: 4 } }),
    part(l1PmSubstates, 0x2b8, {
      capabilities: { ...substates, l1PmSubstates: true, portCommonModeRestoreTime: 30, portTPowerOnValue: 5 },
      control1: { ltrL1_2ThresholdValue: 55, ltrL1_2ThresholdScale: 2 },
      control2: { tPowerOnValue: 5 },
    }),
    part(ptm, 0x2c8, { capability: { requesterCapable: true, localClockGranularity: 1 } }),
  ];
}

function others(): CapabilityPart[] {
  return [
    part(deviceSerialNumber, 0x148, { serialNumber: serialNumber(1) }),
    part(doe, 0x320, { capabilities: { interruptSupport: true } }),
    part(dvsec, 0x340, { dvsecId: 1, body: '0100a0050000000000000000000f' }, { shape: DVSEC }),
  ];
}

/** The list is in the order of the offsets, as devices have it. */
function byOffset(parts: readonly CapabilityPart[]): CapabilityPart[] {
  return [...parts].sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0));
}

/** Config space of the GPU-like device. `atsEnabled`: whether the host's IOMMU driver has switched ATS on. */
export function gpuConfig(atsEnabled: boolean): ConfigSpace {
  const links = physicalLayer(LANES, { secondary: 0x178, gt16: 0x1a8, margining: 0x1d8, dataLink: 0x2d8, gt32: 0x2e8 });
  return buildConfigSpace({
    vendorId: VENDOR,
    deviceId: DEVICE_IDS.gpu,
    subsystemVendorId: VENDOR,
    subsystemId: DEVICE_IDS.gpu,
    // 3D controller.
    classCode: 0x03_02_00,
    revisionId: 0xa1,
    // Memory, SERR# and no INTx; vfio-pci has taken bus mastering away.
    command: 0x0502,
    bars: [0x9000_0000, MEMORY64, 0x4400, MEMORY64, 0x4410],
    interruptPin: 1,
    standard: standardParts(),
    extended: byOffset([errorReporting(), ...links, ...virtualization(), ...translation(atsEnabled), ...timeAndPower(), ...others()]),
  });
}
