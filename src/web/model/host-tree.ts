/** The bridges and functions of a host as a tree, as far as it is known what stands above each; what is not known is not guessed. */
import type { DeviceFacts } from '../../pure/facts/index.ts';
import { Bdf } from '../../pure/pci/bdf.ts';
import type { ConfigSpace } from '../../pure/pci/config-space.ts';
import { type FunctionKind, functionKind } from './function-line.ts';

/** A place in the tree. */
export interface TreeNode {
  /** Distinct in the tree, and the same for the same input. */
  readonly key: string;
  /** `root`: a root bus; `bridge`: one whose address is known and that is not among the devices; `unplaced`: holds what has no known parent. */
  readonly kind: 'root' | 'bridge' | 'function' | 'unplaced';
  /** `0000:00`, `0000:00:01.0`; of a function its name. */
  readonly name: string;
  /** Of the source's devices; null for all but functions. */
  readonly index: number | null;
  /** What a bridge is that is not among the devices; null where no byte of it is known. */
  readonly bridgeKind: FunctionKind | null;
  /** By address. */
  readonly children: readonly TreeNode[];
}

interface Draft {
  readonly key: string;
  readonly kind: TreeNode['kind'];
  readonly name: string;
  readonly index: number | null;
  readonly bridgeKind: FunctionKind | null;
  /** Orders the children of one parent. */
  readonly order: number;
  parent: Draft | null;
  readonly children: Draft[];
}

const LAST = Number.MAX_SAFE_INTEGER;

function parseBdf(text: string): Bdf | null {
  try {
    return Bdf.parse(text);
  } catch {
    return null;
  }
}

const busName = ({ text }: Bdf): string => text.slice(0, text.lastIndexOf(':'));

/** Finds the parent of each function, and makes the root buses and the bridges that are only named. */
class TreeBuilder {
  readonly #devices: readonly DeviceFacts[];
  readonly functions: readonly Draft[];
  readonly #byConfig = new Map<ConfigSpace, Draft>();
  readonly #byAddress = new Map<string, Draft>();
  readonly #roots = new Map<string, Draft>();
  readonly #bridges = new Map<string, Draft>();
  readonly unplaced: Draft = make({ key: 'unplaced', kind: 'unplaced', name: 'parent not known', order: LAST });

  constructor(devices: readonly DeviceFacts[]) {
    this.#devices = devices;
    this.functions = devices.map(({ bdf }, index) => {
      const name = bdf?.text ?? `device ${index + 1}`;
      return make({ key: `f${index}`, kind: 'function', name, index, order: bdf?.number ?? LAST });
    });
    for (const [i, draft] of this.functions.entries()) {
      const { config, bdf } = devices[i] ?? {};
      if (config !== undefined && !this.#byConfig.has(config)) this.#byConfig.set(config, draft);
      if (bdf != null && !this.#byAddress.has(bdf.text)) this.#byAddress.set(bdf.text, draft);
    }
  }

  /** Places all functions; gives the tops in the order of their addresses. */
  build(): Draft[] {
    for (const [i, draft] of this.functions.entries()) {
      const facts = this.#devices[i];
      if (facts !== undefined) draft.parent = this.#parentOf(facts, draft) ?? this.unplaced;
    }
    const all = [...this.functions, ...this.#bridges.values()];
    for (const draft of all) if (!leadsUp(draft, all.length)) draft.parent = this.unplaced;
    for (const draft of all) draft.parent?.children.push(draft);
    const tops = [...this.#roots.values()].sort((a, b) => a.order - b.order);
    return this.unplaced.children.length > 0 ? [...tops, this.unplaced] : tops;
  }

  #parentOf({ bdf, above, assignment }: DeviceFacts, own: Draft): Draft | null {
    const bridges = assignment?.bridges ?? null;
    if (bridges !== null) return this.#byNames(bridges, above, bdf);
    if (above === null || bdf === null) return null;
    const [nearest] = above;
    if (nearest === undefined) return this.#root(bdf);
    const parent = this.#byConfig.get(nearest);
    return parent === own ? null : (parent ?? null);
  }

  /** The nearest of the bridges that a capture names, which are made where they are not among the devices. */
  #byNames(bridges: readonly string[], above: DeviceFacts['above'], bdf: Bdf | null): Draft | null {
    if (bridges.length === 0) return bdf === null ? null : this.#root(bdf);
    let below: Draft | null = null;
    for (const [i, address] of bridges.entries()) {
      const device = this.#byAddress.get(address) ?? this.#bridges.get(address);
      const bridge = device ?? this.#bridge(address, above?.[i] ?? null);
      if (below !== null && below.parent === null && below.kind === 'bridge') below.parent = bridge;
      // What stands above a device is said with the device.
      if (device !== undefined) return i === 0 ? device : (this.#bridges.get(bridges[0] ?? '') ?? null);
      below = bridge;
    }
    const top = parseBdf(bridges.at(-1) ?? '');
    if (below !== null && below.parent === null) below.parent = top === null ? this.unplaced : this.#root(top);
    return this.#bridges.get(bridges[0] ?? '') ?? null;
  }

  #bridge(address: string, config: ConfigSpace | null): Draft {
    const bridgeKind = config === null ? null : functionKind(config);
    const order = parseBdf(address)?.number ?? LAST;
    const draft = make({ key: `b${address}`, kind: 'bridge', name: address, order, bridgeKind });
    this.#bridges.set(address, draft);
    return draft;
  }

  #root(bdf: Bdf): Draft {
    const name = busName(bdf);
    const found = this.#roots.get(name);
    if (found !== undefined) return found;
    const draft = make({ key: `r${name}`, kind: 'root', name, order: bdf.domain * 0x100 + bdf.bus });
    this.#roots.set(name, draft);
    return draft;
  }
}

function make(parts: Pick<Draft, 'key' | 'kind' | 'name' | 'order'> & Partial<Draft>): Draft {
  return { index: null, bridgeKind: null, parent: null, children: [], ...parts };
}

/** Whether the parents lead to a top; bridges of a capture may name each other. */
function leadsUp(draft: Draft, most: number): boolean {
  let at: Draft | null = draft.parent;
  for (let steps = 0; at !== null && at.kind !== 'root' && at.kind !== 'unplaced'; steps++) {
    if (steps > most || at === draft) return false;
    at = at.parent;
  }
  return at !== null;
}

/** Sorts all children; without recursion, since chains of bridges may be long. */
function settle(tops: readonly Draft[]): readonly TreeNode[] {
  const open = [...tops];
  for (let draft = open.pop(); draft !== undefined; draft = open.pop()) {
    draft.children.sort((a, b) => a.order - b.order || (a.index ?? -1) - (b.index ?? -1));
    open.push(...draft.children);
  }
  return tops;
}

/** The tree of a source's devices: root buses by address, then, where there are any, those whose parent is not known. */
export function hostTree(devices: readonly DeviceFacts[]): readonly TreeNode[] {
  return settle(new TreeBuilder(devices).build());
}
