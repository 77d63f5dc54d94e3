/** An NVMe-like device: no ATS, as is usual for storage, so that the kernel reports it unsupported on any host. */
import { msix } from '../../src/pure/pci/capabilities/msi-x.ts';
import { powerManagement } from '../../src/pure/pci/capabilities/power-management.ts';
import { vitalProductData } from '../../src/pure/pci/capabilities/vital-product-data.ts';
import { deviceSerialNumber } from '../../src/pure/pci/extended/device-serial-number.ts';
import { doe } from '../../src/pure/pci/extended/doe.ts';
import { l1PmSubstates } from '../../src/pure/pci/extended/l1-pm-substates.ts';
import { ltr } from '../../src/pure/pci/extended/ltr.ts';
import { ptm } from '../../src/pure/pci/extended/ptm.ts';
import { buildConfigSpace, type ConfigSpace } from '../../src/pure/pci/index.ts';
import { DEVICE_IDS, KIB, serialNumber, VENDOR } from './identity.ts';
import { endpoint, errorReporting, physicalLayer } from './link.ts';
import { part } from './part.ts';

const LANES = 4;

/** Registers, doorbells, and both arrays of MSI-X behind them. */
export const NVME_BARS = [{ index: 0, size: 32 * KIB }];

/** Config space of the NVMe-like device. */
export function nvmeConfig(): ConfigSpace {
  const [secondary, gt16, margining, dataLink, gt32] = physicalLayer(LANES, {
    secondary: 0x158,
    gt16: 0x178,
    margining: 0x1a0,
    dataLink: 0x208,
    gt32: 0x228,
  });
  return buildConfigSpace({
    vendorId: VENDOR,
    deviceId: DEVICE_IDS.nvme,
    subsystemVendorId: VENDOR,
    subsystemId: DEVICE_IDS.nvme,
    // Non-Volatile memory controller, NVM Express.
    classCode: 0x01_08_02,
    revisionId: 1,
    command: 0x0502,
    // 64-bit, not prefetchable, so that it lies below 4 GB.
    bars: [0x9400_0004, 0],
    interruptPin: 1,
    standard: [
      part(powerManagement, 0x40, { capabilities: { version: 3 }, control: { noSoftReset: true } }),
      endpoint(0x70, LANES),
      part(msix, 0xb0, { control: { tableSize: 129 }, table: { bar: 0, offset: 0x4000 }, pendingBits: { bar: 0, offset: 0x6000 } }),
      part(vitalProductData, 0xd0, {}),
    ],
    extended: [
      errorReporting(),
      part(deviceSerialNumber, 0x148, { serialNumber: serialNumber(2) }),
      secondary,
      gt16,
      margining,
      part(ltr, 0x1c0, { maxSnoop: { value: 3, scale: 4 }, maxNoSnoop: { value: 3, scale: 4 } }),
      part(l1PmSubstates, 0x1c8, {
        capabilities: { pciPmL1_1: true, aspmL1_1: true, l1PmSubstates: true, portCommonModeRestoreTime: 10, portTPowerOnValue: 5 },
        control2: { tPowerOnValue: 5 },
      }),
      part(ptm, 0x1e0, { capability: { requesterCapable: true, localClockGranularity: 4 } }),
      dataLink,
      gt32,
      part(doe, 0x250, {}),
    ],
  });
}
