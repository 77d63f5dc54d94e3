/** Where the boxes of a host's picture stand, the lines between them, and the outlines of IOMMU groups. All in CSS pixels. */
import type { FunctionLine } from './function-line.ts';
import type { RowNode } from './host-rows.ts';

export interface Box {
  readonly node: RowNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** From the right side of a parent to the left side of a child. */
export interface Line {
  readonly key: string;
  readonly fromX: number;
  readonly fromY: number;
  readonly toX: number;
  readonly toY: number;
}

/** A part of an IOMMU group whose members stand together; a group whose members do not has several. */
export interface Outline {
  readonly key: string;
  readonly group: number;
  /** `group 14`, `group 14, part 1 of 2`. */
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface HostLayout {
  readonly width: number;
  readonly height: number;
  /** By row. */
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  readonly outlines: readonly Outline[];
}

export const BOX_HEIGHT = 38;
/** From one row to the next, with room for the label of a group between them, and without. */
const [GROUPED_PITCH, PITCH] = [68, 48];
const TOP = 20;
const MARGIN = 8;
const GAP = 36;
/** Of an outline around its boxes, beside and below; above it holds its label. */
const PADDING = 6;
const LABEL = 15;

const WIDTHS: Readonly<Record<RowNode['kind'], number>> = { root: 96, unplaced: 136, bridge: 224, run: 300, function: 300 };
const BRIDGE_WIDTH = 224;

function widthOf({ kind, index }: RowNode, lines: readonly FunctionLine[]): number {
  const line = index === null ? undefined : lines[index];
  return line !== undefined && line.kind !== 'function' && line.kind !== 'header not known' ? BRIDGE_WIDTH : WIDTHS[kind];
}

/** The left sides of the columns. */
function columnsOf(nodes: readonly RowNode[], lines: readonly FunctionLine[]): readonly number[] {
  const widths: number[] = [];
  for (const node of nodes) widths[node.column] = Math.max(widths[node.column] ?? 0, widthOf(node, lines));
  let x = MARGIN;
  return widths.map(width => {
    const left = x;
    x += width + GAP;
    return left;
  });
}

/** The number of the group that all members of a node are in; null where there is no such one. */
function groupOf({ members }: RowNode, lines: readonly FunctionLine[]): number | null {
  let common: number | null = null;
  for (const index of members) {
    const group = lines[index]?.group ?? null;
    if (group === null || group === 'none' || (common !== null && common !== group.number)) return null;
    common = group.number;
  }
  return common;
}

interface Part {
  fromRow: number;
  toRow: number;
  fromColumn: number;
  toColumn: number;
  readonly boxes: Box[];
}

/** Whether a rectangle of rows and columns holds a box of another group, or of none. */
function holdsOther(part: Part, byRow: ReadonlyMap<number, readonly Box[]>, groups: ReadonlyMap<string, number>, group: number): boolean {
  for (let row = part.fromRow; row <= part.toRow; row++)
    for (const { node } of byRow.get(row) ?? [])
      if (node.column >= part.fromColumn && node.column <= part.toColumn && groups.get(node.key) !== group) return true;
  return false;
}

function grown(part: Part, box: Box): Part {
  const { row, column } = box.node;
  return {
    fromRow: Math.min(part.fromRow, row),
    toRow: Math.max(part.toRow, row),
    fromColumn: Math.min(part.fromColumn, column),
    toColumn: Math.max(part.toColumn, column),
    boxes: [...part.boxes, box],
  };
}

const partOf = (box: Box): Part => ({
  fromRow: box.node.row,
  toRow: box.node.row,
  fromColumn: box.node.column,
  toColumn: box.node.column,
  boxes: [box],
});

/** Each box of a group joins the part before it where nothing else stands between. */
function partsOf(
  boxes: readonly Box[],
  byRow: ReadonlyMap<number, readonly Box[]>,
  groups: ReadonlyMap<string, number>,
  group: number,
): Part[] {
  const parts: Part[] = [];
  for (const box of boxes) {
    const last = parts.at(-1);
    const joined = last === undefined || last.boxes.length > MOST_JOINED ? null : grown(last, box);
    if (joined !== null && !holdsOther(joined, byRow, groups, group)) parts[parts.length - 1] = joined;
    else parts.push(partOf(box));
  }
  return parts;
}

/** So many boxes at most in one part: a group may hold a whole host. */
const MOST_JOINED = 64;

function outlineOf(group: number, part: Part, place: number, count: number): Outline {
  const left = Math.min(...part.boxes.map(({ x }) => x));
  const right = Math.max(...part.boxes.map(({ x, width }) => x + width));
  const top = Math.min(...part.boxes.map(({ y }) => y));
  const bottom = Math.max(...part.boxes.map(({ y, height }) => y + height));
  return {
    key: `${group}.${place}`,
    group,
    label: count === 1 ? `group ${group}` : `group ${group}, part ${place} of ${count}`,
    x: left - PADDING,
    y: top - LABEL,
    width: right - left + 2 * PADDING,
    height: bottom - top + LABEL + PADDING,
  };
}

function outlinesOf(boxes: readonly Box[], lines: readonly FunctionLine[]): Outline[] {
  const groups = new Map<string, number>();
  const members = new Map<number, Box[]>();
  const byRow = new Map<number, Box[]>();
  for (const box of boxes) {
    const row = byRow.get(box.node.row);
    if (row === undefined) byRow.set(box.node.row, [box]);
    else row.push(box);
    const group = groupOf(box.node, lines);
    if (group === null) continue;
    groups.set(box.node.key, group);
    const own = members.get(group);
    if (own === undefined) members.set(group, [box]);
    else own.push(box);
  }
  return [...members].flatMap(([group, own]) => {
    const parts = partsOf(own, byRow, groups, group);
    return parts.map((part, i) => outlineOf(group, part, i + 1, parts.length));
  });
}

/** The same for the same rows: nothing is measured. */
export function hostLayout(nodes: readonly RowNode[], lines: readonly FunctionLine[]): HostLayout {
  const columns = columnsOf(nodes, lines);
  const pitch = nodes.some(node => groupOf(node, lines) !== null) ? GROUPED_PITCH : PITCH;
  const boxes = nodes.map((node): Box => {
    const y = TOP + node.row * pitch;
    return { node, x: columns[node.column] ?? MARGIN, y, width: widthOf(node, lines), height: BOX_HEIGHT };
  });
  const byKey = new Map(boxes.map(box => [box.node.key, box]));
  const between = boxes.flatMap((box): Line[] => {
    const parent = box.node.parent === null ? undefined : byKey.get(box.node.parent);
    if (parent === undefined) return [];
    const middle = BOX_HEIGHT / 2;
    return [{ key: box.node.key, fromX: parent.x + parent.width, fromY: parent.y + middle, toX: box.x, toY: box.y + middle }];
  });
  const width = boxes.reduce((right, box) => Math.max(right, box.x + box.width), 0) + 2 * MARGIN;
  const rows = nodes.reduce((most, { row }) => Math.max(most, row + 1), 0);
  return { width, height: TOP + rows * pitch, boxes, lines: between, outlines: outlinesOf(boxes, lines) };
}
