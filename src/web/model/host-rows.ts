/** The tree of a host as it is drawn: which nodes are in sight, those that are alike gathered in runs, each with its row and column. */
import type { FunctionLine } from './function-line.ts';
import type { TreeNode } from './host-tree.ts';

/** A node of the picture. */
export interface RowNode {
  readonly key: string;
  readonly kind: TreeNode['kind'] | 'run';
  readonly name: string;
  /** Of a function; null for all others. */
  readonly index: number | null;
  /** What a bridge is that is not among the devices. */
  readonly bridgeKind: TreeNode['bridgeKind'];
  /** Of a run, those that are gathered in it; of a function itself. */
  readonly members: readonly number[];
  /** Of the members how many match; all where nothing is typed. */
  readonly matching: number;
  /** Whether its children are in sight; null where it has none. */
  readonly isOpen: boolean | null;
  /** Steps from the top, and its place among its siblings, from 1, with their count. */
  readonly level: number;
  readonly place: number;
  readonly siblings: number;
  /** Both from 0. The first child stands in its parent's row. */
  readonly row: number;
  readonly column: number;
  readonly parent: string | null;
}

/** What decides on the rows. */
export interface RowsAsked {
  readonly tree: readonly TreeNode[];
  readonly lines: readonly FunctionLine[];
  /** Indices of the functions that match; null where nothing is typed. */
  readonly matching: ReadonlySet<number> | null;
  /** Whether functions that do not match are left out, rather than dimmed. */
  readonly leavesOut: boolean;
  /** Keys of nodes that were opened or closed by hand, against what they are at first. */
  readonly toggled: ReadonlySet<string>;
}

/** Fewer alike are not gathered. */
const LEAST_RUN = 4;
/** From this size on functions of one device are gathered, and runs are closed at first. */
const LARGE = 48;
/** Deeper nodes stand below each other in the last column. */
const MOST_COLUMN = 31;

interface Item {
  readonly key: string;
  readonly kind: RowNode['kind'];
  readonly name: string;
  readonly node: TreeNode | null;
  readonly members: readonly number[];
  readonly children: readonly TreeNode[];
}

const deviceOf = (name: string): string => name.slice(0, name.lastIndexOf('.'));

/** What functions must have in common to be gathered; null for one that stands alone. */
function runKey(node: TreeNode, lines: readonly FunctionLine[], isLarge: boolean): string | null {
  const line = node.index === null ? undefined : lines[node.index];
  if (line === undefined || node.children.length > 0) return null;
  if (line.sriov === 'virtual function') return `virtual functions of ${line.physicalFunction ?? deviceOf(node.name)}`;
  return isLarge && node.name.includes('.') ? `functions of ${deviceOf(node.name)}` : null;
}

function single(node: TreeNode): Item {
  const members = node.index === null ? [] : [node.index];
  return { key: node.key, kind: node.kind, name: node.name, node, members, children: node.children };
}

function gathered(run: readonly TreeNode[], key: string): Item[] {
  const [first, last] = [run[0], run.at(-1)];
  if (run.length < LEAST_RUN || first === undefined || last === undefined) return run.map(single);
  const members = run.flatMap(({ index }) => (index === null ? [] : [index]));
  return [{ key: `run ${first.key}`, kind: 'run', name: `${run.length} ${key}`, node: null, members, children: run }];
}

/** The children of a node, neighbours that are alike gathered. */
function itemsOf(nodes: readonly TreeNode[], lines: readonly FunctionLine[]): Item[] {
  const items: Item[] = [];
  let run: TreeNode[] = [];
  let key: string | null = null;
  const flush = (): void => {
    items.push(...(key === null ? run.map(single) : gathered(run, key)));
    run = [];
  };
  for (const node of nodes) {
    const own = runKey(node, lines, lines.length > LARGE);
    if (own !== key || own === null) flush();
    key = own;
    run.push(node);
  }
  flush();
  return items;
}

/** How many functions below each node match. */
function matchesBelow(tree: readonly TreeNode[], matching: ReadonlySet<number>): ReadonlyMap<TreeNode, number> {
  const order: TreeNode[] = [];
  const open = [...tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    order.push(node);
    open.push(...node.children);
  }
  const counts = new Map<TreeNode, number>();
  for (const node of order.reverse()) {
    const own = node.index !== null && matching.has(node.index) ? 1 : 0;
    counts.set(
      node,
      node.children.reduce((sum, child) => sum + (counts.get(child) ?? 0), own),
    );
  }
  return counts;
}

interface Pending {
  readonly item: Item;
  readonly level: number;
  readonly place: number;
  readonly siblings: number;
  readonly parent: string | null;
}

/** All nodes that are in sight, in the order in which they are read: parents before children. */
export function hostRows({ tree, lines, matching, leavesOut, toggled }: RowsAsked): readonly RowNode[] {
  const counts = matching !== null && leavesOut ? matchesBelow(tree, matching) : null;
  const inSight = (nodes: readonly TreeNode[]): readonly TreeNode[] =>
    counts === null ? nodes : nodes.filter(node => (counts.get(node) ?? 0) > 0);
  const pendingOf = (nodes: readonly TreeNode[], level: number, parent: string | null): Pending[] => {
    const isRun = parent?.startsWith('run ') === true;
    const items = isRun ? inSight(nodes).map(single) : itemsOf(inSight(nodes), lines);
    return items.map((item, i) => ({ item, level, place: i + 1, siblings: items.length, parent }));
  };
  const rows: RowNode[] = [];
  const open = pendingOf(tree, 0, null).reverse();
  let row = -1;
  let isFirstChild = false;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { item, level, place, siblings, parent } = next;
    const { key, kind, name, node, members } = item;
    const isDeep = level > MOST_COLUMN;
    if (!isFirstChild || isDeep) row++;
    const isOpenAtFirst = kind !== 'run' || lines.length <= LARGE;
    const isOpen = item.children.length === 0 ? null : isOpenAtFirst !== toggled.has(key);
    const column = Math.min(level, MOST_COLUMN);
    const hits = matching === null ? members.length : members.filter(index => matching.has(index)).length;
    const [index, bridgeKind] = [node?.index ?? null, node?.bridgeKind ?? null];
    rows.push({ key, kind, name, index, bridgeKind, members, matching: hits, isOpen, level, place, siblings, row, column, parent });
    const children = isOpen === true ? pendingOf(item.children, level + 1, key) : [];
    isFirstChild = children.length > 0;
    open.push(...children.reverse());
  }
  return rows;
}
