/** What kernels tell devices apart by: of the device as the host has it, and of the one that the guest meets. */

import type { VirtualFunction } from '../facts/index.ts';
import type { PciIdentity } from '../iommu/index.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { overridesIdentity, type Settings } from './settings.ts';

/** A virtual function's own registers say FFFFh (PCIe 6.0 §9.3.4.1.1). */
const NO_ID = 0xffff;

const DEVICE_ID = 0x02;
const REVISION = 0x08;
const SUBSYSTEM_VENDOR = 0x2c;
const SUBSYSTEM = 0x2e;

/** The host's device. */
export function hostIdentity(config: ConfigSpace, virtualFunction: VirtualFunction | null): PciIdentity {
  const id = (at: number) => {
    const value = config.read(at, 2);
    return value === undefined || value === NO_ID ? null : value;
  };
  return {
    vendorId: virtualFunction?.vendorId ?? id(0),
    deviceId: virtualFunction?.deviceId ?? id(DEVICE_ID),
    revisionId: config.read(REVISION, 1) ?? null,
    subsystemVendorId: config.read(SUBSYSTEM_VENDOR, 2) ?? null,
    subsystemId: config.read(SUBSYSTEM, 2) ?? null,
  };
}

/** The same device as properties let the guest meet it. */
export function guestIdentity(host: PciIdentity, settings: Settings): PciIdentity {
  if (!overridesIdentity(settings)) return host;
  return {
    vendorId: settings.vendorId ?? host.vendorId,
    deviceId: settings.deviceId ?? host.deviceId,
    revisionId: host.revisionId,
    subsystemVendorId: settings.subsystemVendorId ?? host.subsystemVendorId,
    subsystemId: settings.subsystemId ?? host.subsystemId,
  };
}
