/** The functions of a host in the order of a column of its table. */
import type { DeviceNames } from '../../pure/pci/pci-ids.ts';
import type { AtsAnswer } from './ats-survey.ts';
import { className, deviceTitle, type FunctionLine } from './function-line.ts';
import type { Column, Order } from './host-view.ts';

type Key = number | string | null;

/** Behind all numbers: what is known not to be there. */
const NONE = Number.MAX_SAFE_INTEGER;

const numberOr = (value: number | 'none' | null): Key => (value === 'none' ? NONE : value);

function keyOf(column: Column, line: FunctionLine, answer: AtsAnswer | undefined, names: DeviceNames): Key {
  switch (column) {
    case 'address':
      return line.name;
    case 'class':
      return className(line, names);
    case 'name':
      return deviceTitle(line, names) || null;
    case 'ids':
      return line.ids;
    case 'driver':
      return line.driver === null ? null : line.driver === 'none' ? '' : line.driver.name;
    case 'group':
      return line.group === null ? null : line.group === 'none' ? NONE : line.group.number;
    case 'numa':
      return numberOr(line.numaNode);
    case 'iommu':
      return line.iommu;
    case 'ats':
      return answer === undefined ? null : `${answer.outcome} ${answer.kernel}`;
  }
}

function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return a === b ? 0 : String(a) < String(b) ? -1 : 1;
}

/** Sorts; what is not known stands last in both directions, and what is equal keeps the order of the input. */
export function sortedLines(
  lines: readonly FunctionLine[],
  order: Order,
  answers: readonly AtsAnswer[],
  names: DeviceNames,
): readonly FunctionLine[] {
  const column = order.replace(/^-/, '') as Column;
  const sign = order.startsWith('-') ? -1 : 1;
  const keyed = lines.map(line => ({ line, key: keyOf(column, line, answers[line.index], names) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return a.key === b.key ? 0 : a.key === null ? 1 : -1;
    return sign * compareKeys(a.key, b.key);
  });
  return keyed.map(({ line }) => line);
}
