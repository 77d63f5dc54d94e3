/** The NUMA node that the guest's firmware is told of a bus: that of the expander bus which it hangs below. */
import { findValue, type VmDefinition } from './definition.ts';

/** More bridges than a tree of 256 buses can have behind each other: the text goes in a circle. */
const MOST_BRIDGES = 256;

/** null where no bridge above is an expander bus that names a node. */
export function guestNumaNode({ devices }: VmDefinition, bus: string): number | null {
  let at = bus;
  for (let i = 0; i < MOST_BRIDGES; i++) {
    const bridge = devices.find(({ id }) => id === at);
    if (bridge === undefined) return null;
    const node = findValue(bridge.values, 'numa_node')?.value;
    if (bridge.driver.startsWith('pxb')) return node !== undefined && /^\d+$/.test(node) ? Number(node) : null;
    const above = findValue(bridge.values, 'bus')?.value;
    if (above === undefined) return null;
    at = above;
  }
  return null;
}
