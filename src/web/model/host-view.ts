/** What a host's view was asked: the words of its filter, the column that it sorts by, what was opened. */
import { signal } from '@preact/signals';
import { linkText } from './linked.ts';

/** The columns of the table. */
export const COLUMNS = ['address', 'class', 'name', 'ids', 'driver', 'group', 'numa', 'iommu', 'ats'] as const;
export type Column = (typeof COLUMNS)[number];

/** A column, with a minus before it for the other direction. */
export type Order = Column | `-${Column}`;

export const filterText = signal('');
export const order = signal<Order>('address');
/** Keys of nodes of the tree that were opened or closed by hand, by source. */
export const toggledNodes = signal<Readonly<Record<string, readonly string[]>>>({});

const isOrder = (text: string): text is Order => (COLUMNS as readonly string[]).includes(text.replace(/^-/, ''));

linkText('filter', filterText);
linkText('order', order, isOrder);

/** Opens what is closed, closes what is open. */
export function toggleNode(source: string, key: string): void {
  const own = toggledNodes.value[source] ?? [];
  const next = own.includes(key) ? own.filter(other => other !== key) : [...own, key];
  toggledNodes.value = { ...toggledNodes.value, [source]: next };
}

/** Sorts by a column; once more for the other direction. */
export function sortBy(column: Column): void {
  order.value = order.value === column ? `-${column}` : column;
}
