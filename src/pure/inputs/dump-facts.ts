/** The facts of a device of a dump. */
import type { PortsAbove } from '../facts/bridges-above.ts';
import { type DeviceFacts, deviceFacts } from '../facts/device-facts.ts';
import type { ParsedDevice } from './lspci-dump.ts';

/** A device of a dump, below these bridges; null where they are not known. */
export function dumpFacts({ bdf, config, unread, contradictory, regions }: ParsedDevice, above: PortsAbove = null): DeviceFacts {
  return deviceFacts(config, { origin: 'lspci', bdf, unread, contradictory, regions, above });
}
