/** What is known of a capability by its ID alone: looked up in the two indexes. */
import { STANDARD_CAPABILITIES } from './capabilities/index.ts';
import { nullCapability } from './capabilities/null.ts';
import type { CapabilityFacts, CapabilityType } from './capability.ts';
import { EXTENDED_CAPABILITIES } from './extended/index.ts';
import type { CapabilityKind } from './walk.ts';

function byId(types: readonly CapabilityType[]): readonly (CapabilityFacts | undefined)[] {
  const table: (CapabilityFacts | undefined)[] = [];
  for (const { id, facts } of types) table[id] = facts;
  return table;
}

const FACTS = {
  standard: byId(STANDARD_CAPABILITIES),
  // An empty header is called so in either list.
  extended: byId([nullCapability, ...EXTENDED_CAPABILITIES]),
};

/** The facts of an ID; undefined where no public document assigns it. */
export function capabilityFacts(kind: CapabilityKind, id: number): CapabilityFacts | undefined {
  return FACTS[kind][id];
}
