/** The slot of a view. */
import { possibleArraysBar, type View } from '../guest-view/index.ts';
import { describeSlot, type Slot } from './slot.ts';

/** The place of MSI-X's arrays where a property moves them; a device that fails to realize has none. */
function arraysOf({ realized, settings }: View): Pick<Parameters<typeof describeSlot>[0], 'moved' | 'possibleArrays'> {
  if (settings.msixRelocation === 'off' || realized.outcome === 'failed') return {};
  return { moved: realized.movedArrays, possibleArrays: possibleArraysBar(realized, settings) };
}

/**
 * The slot that the guest finds the device of a view in. What is not known is said to be: null and `unknown`, never a size of 0 or a
 * region that is not there.
 */
export function viewSlot(view: View): Slot {
  const { config, virtualFunction, regions, above, reportedAtomicOps } = view.facts;
  const { profile, placement, properties } = view;
  const device = { config, virtualFunction, regions, above, reportedAtomicOps };
  return describeSlot({ ...device, profile, placement, properties, ...arraysOf(view) });
}
