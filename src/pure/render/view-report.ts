/** One device's view with all that is told of it: the value that the texts and the JSON of `view` are made of. */
import type { ProfileName, Realized } from '../guest-view/index.ts';
import type { HostIommuDevice } from '../iommu/index.ts';
import type { Bdf } from '../pci/bdf.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import type { EffectiveProperties, EffectiveProperty } from '../qemu/index.ts';
import type { Slot } from '../slot/index.ts';

/** One device's view, and all that it was made of. */
export interface ViewReport {
  /** null for bytes that came without an address. */
  readonly bdf: Bdf | null;
  readonly config: ConfigSpace;
  readonly realized: Realized;
  readonly profile: ProfileName;
  readonly properties: EffectiveProperties;
  readonly hostIommu: HostIommuDevice;
  /** Why there is no report, as far as that is known: `in use by nvme`. */
  readonly notAsked?: string | null;
  /** The slot that the guest finds it in, where that was asked. */
  readonly slot?: Slot;
}

/** Properties that decide the guest's view; the others are told only where somebody set them. */
const DECISIVE = new Set(['ats', 'multifunction', 'x-vpasid-cap-offset']);

/** The properties worth telling: those that decide the view, and those that are not at their default. */
export function tellingProperties(properties: EffectiveProperties): EffectiveProperty[] {
  return [...properties.values()].filter(({ name, source }) => DECISIVE.has(name) || source.kind !== 'default');
}
