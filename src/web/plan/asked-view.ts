/** The question of a planned device in the words of the device's own view, so that it can be looked at there. */
import type { View } from '../../pure/guest-view/index.ts';
import { isProfileName, type ProfileName } from '../../pure/profiles/index.ts';
import { NOTHING_CHANGED, type WhatIf } from '../model/what-if.ts';

const knownName = ({ name }: { readonly name: string }): ProfileName | null => (isProfileName(name) ? name : null);

/** The what-if question that gives the same view; what globals set is said of the device itself. */
export function whatIfOf({ profile, properties, placement, guestIommu, assumed }: View): WhatIf {
  const set = [...properties.values()].filter(({ source }) => source.kind === 'device' || source.kind === 'global');
  const ats = set.find(({ name }) => name === 'ats')?.text;
  const known = (['on', 'off', 'auto'] as const).find(value => value === ats) ?? null;
  return {
    ...NOTHING_CHANGED,
    profile: knownName(profile),
    machine: properties.machine?.name ?? null,
    backend: assumed.backend ?? null,
    placement,
    viommuPasid: guestIommu.pasid,
    ats: known,
    properties: set.filter(({ name }) => known === null || name !== 'ats').map(({ name, text }) => ({ name, value: text })),
  };
}
