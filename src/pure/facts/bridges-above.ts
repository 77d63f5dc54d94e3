/** Finds the bridges above each function of a dump by their bus numbers (PCI-to-PCI Bridge 1.2 §3.2.5.3). */
import type { Bdf } from '../pci/bdf.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { expressFacts } from '../pci/express-facts.ts';
import { headerLayout } from '../pci/header-layout.ts';
import { PCI_EXP_TYPE_ROOT_PORT, PCI_HEADER_TYPE_BRIDGE, PCI_SECONDARY_BUS } from '../spec/pci-regs.ts';

/** The bridges above a function, the nearest first, up to the root port; empty on the root bus; null where that is not known. */
export type PortsAbove = readonly ConfigSpace[] | null;

interface Bridge {
  readonly bdf: Bdf;
  readonly config: ConfigSpace;
}

/** The most bridges that are kept, so that an endless dump takes bounded memory. */
const MOST = 8192;

const busKey = (domain: number, bus: number): number => domain * 0x100 + bus;

function isRootPort(config: ConfigSpace): boolean {
  const facts = expressFacts(config);
  return typeof facts === 'object' && facts.type === PCI_EXP_TYPE_ROOT_PORT;
}

/** Sees the functions of a host in the order of their addresses, as lspci lists them: a bridge comes before what is behind it. */
export class BridgesAbove {
  /** By domain and secondary bus. */
  readonly #bridges = new Map<number, Bridge>();
  #last = -1;

  /** Notes a function; gives the bridges above it. An address that is not higher than the last begins another host. */
  see(bdf: Bdf, config: ConfigSpace): PortsAbove {
    if (bdf.number <= this.#last || this.#bridges.size > MOST) this.#bridges.clear();
    this.#last = bdf.number;
    const above = this.#above(bdf);
    const secondary = headerLayout(config) === PCI_HEADER_TYPE_BRIDGE ? config.read(PCI_SECONDARY_BUS, 1) : undefined;
    // A secondary bus of 0 means that nobody has set the bridge up.
    if (secondary !== undefined && secondary > bdf.bus) this.#bridges.set(busKey(bdf.domain, secondary), { bdf, config });
    return above;
  }

  /** A whole chain ends at a root port or on bus 0, a root bus; one that ends elsewhere is known in part. */
  #above({ domain, bus: own }: Bdf): PortsAbove {
    const above: ConfigSpace[] = [];
    for (let bus = own; ; ) {
      const bridge = this.#bridges.get(busKey(domain, bus));
      if (bridge === undefined) return bus === 0 ? above : null;
      above.push(bridge.config);
      if (isRootPort(bridge.config)) return above;
      // The bus number falls with each bridge, so the loop ends.
      bus = bridge.bdf.bus;
    }
  }
}
