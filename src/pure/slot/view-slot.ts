/** The slot of a view. */
import { possibleArraysBar, type View } from '../guest-view/index.ts';
import { describeSlot, type Slot } from './slot.ts';

/**
 * The slot that the guest finds the device of a view in. What is not known is said to be: null and `unknown`, never a size of 0 or a
 * region that is not there. A device that fails to realize is described as the host has it.
 */
export function viewSlot({ facts, realized, settings, profile, placement, properties }: View): Slot {
  const { config, virtualFunction, regions, above, reportedAtomicOps } = facts;
  const isMoved = realized.outcome !== 'failed' && realized.movedArrays !== null;
  const isAsked = realized.outcome !== 'failed' && settings.msixRelocation !== 'off';
  return describeSlot({
    config,
    virtualFunction,
    regions,
    above,
    reportedAtomicOps,
    profile,
    placement,
    properties,
    moved: isMoved ? realized.movedArrays : null,
    possibleArrays: isAsked ? possibleArraysBar(realized, settings) : null,
  });
}
