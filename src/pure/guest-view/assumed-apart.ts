/** The assumption behind a view of a lost list: no unknown capability shares bytes with a known one. */

import { formatHex } from '../bytes/hex.ts';
import type { CapabilityKind } from '../pci/walk.ts';
import type { Work } from '../rules/work.ts';

const KINDS: readonly CapabilityKind[] = ['standard', 'extended'];

/** Tells the user on what condition the view holds, where a list is lost behind known capabilities. */
export function tellAssumedApart(work: Work): void {
  for (const kind of KINDS) {
    const lost = work.unknownAt[kind];
    if (lost === null || !work.capabilities.some(other => other.kind === kind)) continue;
    if (kind === 'extended' && work.endsEarly) continue;
    const text = `the ${kind} list goes on at ${formatHex(lost)}, which is not known: the view holds if nothing there shares bytes with a capability that is known`;
    work.tell('note', 'list.assumed-apart', text, 'airlock');
  }
}
