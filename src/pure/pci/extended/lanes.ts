/** Capabilities with one entry for each lane of the link: how many lanes there are, and a layout for each number (PCIe 6.0 §7.7.3). */
import type { Pieces } from '../../bytes/layout.ts';
import { PCI_CAP_ID_EXP, PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_MLW } from '../../spec/pci-regs.ts';
import type { CapabilityType } from '../capability.ts';
import type { ConfigSpace } from '../config-space.ts';
import { findCapability } from '../find-capability.ts';
import { walkStandard } from '../walk.ts';

/** The widest link there is (PCIe 6.0 §7.5.3.6). */
export const MOST_LANES = 32;

/**
 * Maximum Link Width of the function's PCI Express capability (PCIe 6.0 §7.5.3.6): 1 to 32, or 0 where the function has no such
 * capability, its bytes are unknown, or the width is a reserved one.
 */
export function linkLanes(config: ConfigSpace): number {
  const express = findCapability(walkStandard(config).capabilities, 'standard', PCI_CAP_ID_EXP);
  if (express === undefined) return 0;
  const width = ((config.read(express.offset + PCI_EXP_LNKCAP, 4) ?? 0) & PCI_EXP_LNKCAP_MLW) >>> 4;
  return width <= MOST_LANES ? width : 0;
}

/** Makes the capability type for a number of lanes, 0 to 32. The same number always gives the same type. */
export type ForLanes<P extends Pieces = Pieces> = (lanes: number) => CapabilityType<P>;

/** Keeps what `declare` makes for each number of lanes. The function throws RangeError for a number that is not 0 to 32. */
export function laneCapability<P extends Pieces>(declare: (lanes: number) => CapabilityType<P>): ForLanes<P> {
  const types = new Map<number, CapabilityType<P>>();
  return lanes => {
    if (!Number.isInteger(lanes) || lanes < 0 || lanes > MOST_LANES) throw new RangeError(`${lanes} lanes: wanted 0 to ${MOST_LANES}`);
    const type = types.get(lanes) ?? declare(lanes);
    types.set(lanes, type);
    return type;
  };
}
