/** What places are called, in titles and in the way to them. */
import type { Place } from '../model/place.ts';
import { deviceName, findDevice, sources } from '../model/workspace.ts';

/** A step on the way to a place; the last is the place itself. */
export interface Step {
  readonly name: string;
  readonly place: Place;
}

const sourceName = (id: string): string => sources.value.find(source => source.id === id)?.name ?? 'an input that is not here';

/** The way to a place, from its host on. Empty for the start. */
export function stepsTo(place: Place): readonly Step[] {
  switch (place.view) {
    case 'start':
      return [];
    case 'host':
      return [{ name: sourceName(place.source), place }];
    case 'device': {
      const { source, device } = place;
      const choice = findDevice(source, device);
      return [...stepsTo({ view: 'host', source }), { name: choice === null ? `device ${device + 1}` : deviceName(choice), place }];
    }
    case 'compare':
      return [{ name: 'Compare', place }];
    case 'plan':
      return [{ name: 'Plan', place }];
  }
}

/** Of the document: what is nearest stands first. */
export function titleOf(place: Place): string {
  const names = stepsTo(place).map(({ name }) => name);
  return names.length === 0 ? 'Airlock: what the guest sees' : [...names.reverse(), 'Airlock'].join(' · ');
}
