/** The facts of a device of a dump. */
import type { PortsAbove } from '../facts/bridges-above.ts';
import type { DeviceFacts } from '../facts/device-facts.ts';
import type { ParsedDevice } from './lspci-dump.ts';

/** A device of a dump, below these bridges; null where they are not known. */
export function dumpFacts(
  { bdf, config, unread, contradictory, regions, assignment, text }: ParsedDevice,
  above: PortsAbove = null,
): DeviceFacts {
  // Written out, since a dump may hold many thousands.
  return {
    origin: 'lspci',
    bdf,
    config,
    vfio: null,
    hostIommu: null,
    hostArchitecture: null,
    hostPageSize: null,
    notAsked: null,
    virtualFunction: null,
    regions,
    above,
    reportedAtomicOps: null,
    description: null,
    assignment,
    text,
    unread,
    contradictory,
  };
}
