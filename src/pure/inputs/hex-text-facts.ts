/** The facts of the devices of a hex dump. */
import { BridgesAbove } from '../facts/bridges-above.ts';
import { formatContradictory } from '../facts/contradictory-rows.ts';
import { type DeviceFacts, deviceFacts } from '../facts/device-facts.ts';
import { formatUnread } from '../facts/unread-rows.ts';
import type { Choice } from './forms/index.ts';

/** The devices, with the bridges above those that have an address, and what is in doubt of the text, one sentence each. */
export function hexTextFacts({ result: { devices, unread } }: Choice): {
  readonly devices: readonly DeviceFacts[];
  readonly doubts: readonly string[];
} {
  const bridges = new BridgesAbove();
  const doubts = devices.flatMap(({ contradictory }) => (contradictory === null ? [] : formatContradictory(contradictory)));
  if (unread !== null) doubts.push(`line ${unread.line}: ${formatUnread(unread)}`);
  return {
    devices: devices.map(({ bdf, config, unread: own, contradictory }) =>
      deviceFacts(config, { bdf, above: bdf === null ? null : bridges.see(bdf, config), unread: own, contradictory }),
    ),
    doubts,
  };
}
