/** One device's view with its slot: the value from which the texts and the JSON of `view` are made. */
import type { View } from '../guest-view/index.ts';
import type { EffectiveProperties, EffectiveProperty } from '../qemu/index.ts';
import type { Slot } from '../slot/index.ts';

/** One device's view, and its slot. */
export interface ViewReport extends View {
  /** The slot that the guest finds it in, where it was asked for. */
  readonly slot?: Slot;
}

/** Properties that decide the guest's view; the others are told only where somebody set them. */
const DECISIVE = new Set(['ats', 'multifunction', 'x-vpasid-cap-offset']);

/** The properties worth telling: those that decide the view, and those that are not at their default. */
export function tellingProperties(properties: EffectiveProperties): EffectiveProperty[] {
  return [...properties.values()].filter(({ name, source }) => DECISIVE.has(name) || source.kind !== 'default');
}
