/** One side of a comparison: its bytes and its two capability lists, as far as they are known. */
import { CONVENTIONAL_SIZE, ConfigSpace } from '../pci/config-space.ts';
import { hasExtendedSpace } from '../pci/extended-space.ts';
import { type UnknownPlace, unknownPlaces } from '../pci/unknown-places.ts';
import { type CapabilityKind, type CapabilityRef, walkExtended, walkStandard } from '../pci/walk.ts';

/** What is compared. */
export interface ComparedSpace {
  readonly config: ConfigSpace;
  /** Whether the guest's bus carries no extended space: then the guest has none, whatever the device has. */
  readonly isConventional?: boolean;
}

/** Both lists of a side, and whether each is known to its end. */
export interface KnownLists {
  readonly capabilities: readonly CapabilityRef[];
  readonly isKnown: Readonly<Record<CapabilityKind, boolean>>;
}

/**
 * The lists of one side. A function without PCI Express and PCI-X has no extended list, which is certain only where its standard list
 * is known to the end.
 */
export function knownLists({ config, isConventional = false }: ComparedSpace): KnownLists {
  const standard = walkStandard(config);
  const whole = standard.unknownAt === null;
  if (isConventional || !hasExtendedSpace(config)) {
    return { capabilities: standard.capabilities, isKnown: { standard: whole, extended: isConventional || whole } };
  }
  const extended = walkExtended(config);
  return {
    capabilities: [...standard.capabilities, ...extended.capabilities],
    isKnown: { standard: whole, extended: extended.unknownAt === null },
  };
}

/** The unknown bytes of one side; empty where all are known. */
export function unknownOf({ config, isConventional = false }: ComparedSpace): readonly UnknownPlace[] {
  const places = unknownPlaces(config);
  return isConventional ? places.filter(({ from }) => from < CONVENTIONAL_SIZE) : places;
}

/** Both sides, each reduced to the bytes that both know, so that every difference between them lies in known bytes. */
export function commonKnowledge(a: ConfigSpace, b: ConfigSpace): readonly [a: ConfigSpace, b: ConfigSpace] {
  const length = Math.min(a.bytes.length, b.bytes.length);
  const known = new Uint8Array(length);
  for (let at = 0; at < length; at++) if (a.isKnown(at) && b.isKnown(at)) known[at] = 1;
  return [new ConfigSpace(a.bytes.slice(0, length), known), new ConfigSpace(b.bytes.slice(0, length), known)];
}
