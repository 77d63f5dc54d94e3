/** Which functions a guest does not find: it looks at slot 0 alone behind a link, and at other functions only where function 0 is. */
import { formatAddress } from './occupy.ts';
import type { Occupant } from './pci-tree.ts';
import type { Complaint } from './refusal.ts';

function complain(code: Complaint['code'], message: string, devfn: number | null, occupant: Occupant): Complaint {
  const mend: Complaint['mend'] = devfn === null ? null : { kind: 'address', bus: occupant.bus.name, devfn };
  return { code, message, mend, origin: null };
}

function judge(occupant: Occupant, unseen: ReadonlyMap<Occupant, Complaint>): Complaint | null {
  const { bus, devfn } = occupant;
  const { bridge, isLink } = bus.traits;
  if (bridge !== null && unseen.has(bridge)) {
    return complain(
      'place.slot-not-seen',
      `the guest does not find it, since it does not find ${bridge.id ?? bridge.driver} above it`,
      null,
      occupant,
    );
  }
  if (devfn === null || occupant.isVirtual) return null;
  if (isLink && devfn > 7) {
    const message = `the guest does not find it at ${formatAddress(devfn)}, since below a port it looks at slot 0 alone`;
    return complain('place.slot-not-seen', message, bus.functions.has(0) ? null : 0, occupant);
  }
  if ((devfn & 7) === 0 || bus.functions.has(devfn & ~7)) return null;
  const message = `the guest does not find it at ${formatAddress(devfn)}, since it looks at other functions only where there is a function 0`;
  return complain('place.function-not-seen', message, devfn & ~7, occupant);
}

/** The functions that a guest does not find, each with the reason. */
export function unseenFunctions(occupants: readonly Occupant[]): ReadonlyMap<Occupant, Complaint> {
  const unseen = new Map<Occupant, Complaint>();
  // A bridge stands before all that is below it.
  for (const occupant of occupants) {
    const complaint = judge(occupant, unseen);
    if (complaint) unseen.set(occupant, complaint);
  }
  return unseen;
}
