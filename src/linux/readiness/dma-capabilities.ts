/** Whether a function has the capabilities that an IOMMU works with: ATS, PASID, PRI (PCIe 6.0 §10.5, §7.8.9). */
import { hexDigits } from '../../pure/bytes/hex.ts';
import { CONVENTIONAL_SIZE, type ConfigSpace, EXTENDED_SIZE } from '../../pure/pci/config-space.ts';
import { doesNotAnswer } from '../../pure/pci/no-answer.ts';
import { listEnds } from '../../pure/pci/unknown-places.ts';
import { walkExtended } from '../../pure/pci/walk.ts';
import type { DmaCapabilities, Presence } from '../../pure/reports/devices-report.ts';
import { PCI_EXT_CAP_ID_ATS, PCI_EXT_CAP_ID_PASID, PCI_EXT_CAP_ID_PRI } from '../../pure/spec/pci-regs.ts';
import type { HostDevice } from '../sysfs/index.ts';

/** In a few words. */
const NO_ANSWER_WORDS = 'the device does not answer';

/** Why the extended capabilities of these bytes are not known; null where they are. */
export function whyCapabilitiesUnknown({ config, unreadable }: HostDevice, isRoot: boolean): string | null {
  const fault = unreadable.find(({ file }) => file === 'config');
  if (fault !== undefined) return fault.code === 'ENOENT' ? 'its file config is not there' : `config cannot be read: ${fault.code}`;
  if (doesNotAnswer(config)) return NO_ANSWER_WORDS;
  const few = isRoot ? `only ${config.knownLength} bytes of config` : 'not root';
  if (config.knownLength < CONVENTIONAL_SIZE) return few;
  const { extended } = listEnds(config);
  if (extended === null) return null;
  return config.knownLength < EXTENDED_SIZE ? few : `not known from ${hexDigits(extended)} on`;
}

/** The IDs of the extended capabilities, as far as they are known. */
export function extendedIds(config: ConfigSpace): ReadonlySet<number> {
  return new Set(walkExtended(config).capabilities.map(({ id }) => id));
}

/** `physical` is the physical function of a virtual one, null for any other, or where it is not there. */
export function readDmaCapabilities(device: HostDevice, physical: HostDevice | null, isRoot: boolean): DmaCapabilities {
  const unknownBecause = whyCapabilitiesUnknown(device, isRoot);
  const own = extendedIds(device.config);
  const ownPresence = (id: number): Presence => (own.has(id) ? 'yes' : unknownBecause !== null ? 'unknown' : 'no');
  if (device.sriov.physicalFunction === null || unknownBecause !== null) {
    return {
      ats: ownPresence(PCI_EXT_CAP_ID_ATS),
      pasid: ownPresence(PCI_EXT_CAP_ID_PASID),
      pri: ownPresence(PCI_EXT_CAP_ID_PRI),
      unknownBecause,
    };
  }
  // A virtual function shares PASID and the page request interface of its physical function, and has ATS of its own.
  const why = physical === null ? 'its physical function is not there' : whyCapabilitiesUnknown(physical, isRoot);
  const shared = physical === null ? new Set<number>() : extendedIds(physical.config);
  const presence = (id: number): Presence => (own.has(id) ? 'yes' : why !== null ? 'unknown' : shared.has(id) ? 'physical-function' : 'no');
  return {
    ats: ownPresence(PCI_EXT_CAP_ID_ATS),
    pasid: presence(PCI_EXT_CAP_ID_PASID),
    pri: presence(PCI_EXT_CAP_ID_PRI),
    unknownBecause: why,
  };
}
