/** Whether a function has the capabilities that an IOMMU works with: ATS, PASID, PRI (PCIe 6.0 §10.5, §7.8.9). */
import { CONVENTIONAL_SIZE, type ConfigSpace } from '../../pure/pci/config-space.ts';
import { walkExtended } from '../../pure/pci/walk.ts';
import type { DmaCapabilities, Presence } from '../../pure/render/devices-report.ts';
import type { HostDevice } from '../sysfs/index.ts';

export const ATS = 0x0f;
export const PRI = 0x13;
export const PASID = 0x1b;

/** Why the extended capabilities of these bytes are not known; null where they are. */
export function whyCapabilitiesUnknown({ config, unreadable }: HostDevice, isRoot: boolean): string | null {
  const fault = unreadable.find(({ file }) => file === 'config');
  if (fault !== undefined) return `config cannot be read: ${fault.code}`;
  if (config.knownLength < CONVENTIONAL_SIZE) return isRoot ? `only ${config.knownLength} bytes of config` : 'not root';
  // Class and revision; the ids of a virtual function are all ones by the specification (PCIe 6.0 §9.3.4.1).
  return config.read(0x08, 4) === 0xffffffff ? 'the device does not answer' : null;
}

/** Offsets of the extended capabilities by ID; none in 256 bytes, which is all that such a function has. */
export function extendedIds(config: ConfigSpace): ReadonlySet<number> {
  return new Set(walkExtended(config).capabilities.map(({ id }) => id));
}

/** `physical` is the physical function of a virtual one, null for any other, or where it is not there. */
export function readDmaCapabilities(device: HostDevice, physical: HostDevice | null, isRoot: boolean): DmaCapabilities {
  const unknownBecause = whyCapabilitiesUnknown(device, isRoot);
  if (unknownBecause !== null) return { ats: 'unknown', pasid: 'unknown', pri: 'unknown', unknownBecause };
  const own = extendedIds(device.config);
  if (device.sriov.physicalFunction === null) {
    const presence = (id: number): Presence => (own.has(id) ? 'yes' : 'no');
    return { ats: presence(ATS), pasid: presence(PASID), pri: presence(PRI), unknownBecause: null };
  }
  // A virtual function shares PASID and the page request interface of its physical function, and has ATS of its own.
  const why = physical === null ? 'its physical function is not there' : whyCapabilitiesUnknown(physical, isRoot);
  const shared = physical === null ? new Set<number>() : extendedIds(physical.config);
  const presence = (id: number): Presence => (own.has(id) ? 'yes' : why !== null ? 'unknown' : shared.has(id) ? 'physical-function' : 'no');
  return { ats: own.has(ATS) ? 'yes' : 'no', pasid: presence(PASID), pri: presence(PRI), unknownBecause: why };
}
