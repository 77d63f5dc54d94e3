/** The registers by which kernels identify a device: as the host has it, and as the guest meets it. */

import type { VirtualFunction } from '../facts/index.ts';
import type { PciIdentity } from '../iommu/index.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { PCI_DEVICE_ID, PCI_REVISION_ID, PCI_SUBSYSTEM_ID, PCI_SUBSYSTEM_VENDOR_ID, PCI_VENDOR_ID } from '../spec/pci-regs.ts';
import { NO_ID } from '../spec/pcie.ts';
import { overridesIdentity, type Settings } from './settings.ts';

function idAt(config: ConfigSpace, at: number): number | null {
  const value = config.read(at, 2);
  return value === undefined || value === NO_ID ? null : value;
}

/** The host's device. */
export function hostIdentity(config: ConfigSpace, virtualFunction: VirtualFunction | null): PciIdentity {
  return {
    vendorId: virtualFunction?.vendorId ?? idAt(config, PCI_VENDOR_ID),
    deviceId: virtualFunction?.deviceId ?? idAt(config, PCI_DEVICE_ID),
    revisionId: config.read(PCI_REVISION_ID, 1) ?? null,
    subsystemVendorId: config.read(PCI_SUBSYSTEM_VENDOR_ID, 2) ?? null,
    subsystemId: config.read(PCI_SUBSYSTEM_ID, 2) ?? null,
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
