/** The functions of a host as a table that sorts; only the rows in sight are made. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { DeviceNames } from '../../pure/pci/pci-ids.ts';
import type { AtsAnswer } from '../model/ats-survey.ts';
import { className, deviceTitle, type FunctionLine } from '../model/function-line.ts';
import { COLUMNS, type Column, order, sortBy } from '../model/host-view.ts';
import { goTo } from '../model/place.ts';
import { sortedLines } from '../model/sorted-lines.ts';
import { AtsChip, kernelWords } from '../parts/ats-chip.tsx';
import { foreign } from '../parts/foreign-text.ts';
import { useKept } from '../parts/kept.ts';
import { useSight } from '../parts/sight.ts';

const TITLES: Readonly<Record<Column, string>> = {
  address: 'Address',
  class: 'Class',
  name: 'Name',
  ids: 'IDs',
  driver: 'Driver',
  group: 'Group',
  numa: 'NUMA',
  iommu: 'IOMMU',
  ats: 'ATS',
};

/** CSS pixels of a row, side by side and folded for a narrow page; host.css has the same. */
const [ROW, FOLDED_ROW] = [32, 84];
const NARROW = '(max-width: 700px)';

function useIsNarrow(): boolean {
  const [isNarrow, set] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const look = (): void => set(query.matches);
    query.addEventListener('change', look);
    return () => query.removeEventListener('change', look);
  }, []);
  return isNarrow;
}

function Unknown({ words = '?' }: { readonly words?: string }) {
  return (
    <span class="soft" title="not known">
      {words}
    </span>
  );
}

function Text({ text }: { readonly text: string }) {
  const words = foreign(text);
  return (
    <span class="clip" title={words}>
      {words}
    </span>
  );
}

function DriverCell({ driver }: FunctionLine) {
  if (driver === null) return <Unknown />;
  return driver === 'none' ? <span class="soft">none</span> : <Text text={driver.name} />;
}

function GroupCell({ group }: FunctionLine) {
  if (group === null) return <Unknown />;
  if (group === 'none') return <span class="soft">none</span>;
  return <span title={foreign([group.type, ...(group.members ?? [])].filter(Boolean).join(' '))}>{group.number}</span>;
}

function NumaCell({ numaNode }: FunctionLine) {
  return numaNode === null ? <Unknown /> : <span class={numaNode === 'none' ? 'soft' : ''}>{numaNode}</span>;
}

function AtsCell({ answer }: { readonly answer: AtsAnswer | undefined }) {
  if (answer === undefined || answer.outcome === 'bridge') return <AtsChip answer={answer} />;
  return (
    <span class="ats" title={foreign(answer.words)}>
      <AtsChip answer={answer} /> {(answer.isAsked || answer.outcome !== 'absent') && <span class="soft small">{kernelWords(answer)}</span>}
    </span>
  );
}

interface RowProps {
  readonly line: FunctionLine;
  readonly answer: AtsAnswer | undefined;
  readonly names: DeviceNames;
  readonly source: string;
  readonly rowIndex: number;
}

function Row({ line, answer, names, source, rowIndex }: RowProps) {
  const device = line.index;
  const role = line.sriov === null ? null : line.sriov === 'physical function' ? 'PF' : 'VF';
  const title = deviceTitle(line, names);
  return (
    <tr aria-rowindex={rowIndex}>
      <th scope="row" class="address">
        <button type="button" class="link mono in-print" onClick={() => goTo({ view: 'device', source, device })}>
          {line.name}
        </button>
        {role !== null && (
          <span class="role" title={line.sriov ?? ''}>
            {' '}
            {role}
          </span>
        )}
      </th>
      <td class="class">
        <Text text={className(line, names)} />
      </td>
      <td class="title">{title === '' ? <span class="soft">–</span> : <Text text={title} />}</td>
      <td class="ids mono">{line.ids ?? <Unknown words="????:????" />}</td>
      <td class="driver">
        <DriverCell {...line} />
      </td>
      <td class="group-number" data-label="group">
        <GroupCell {...line} />
      </td>
      <td class="numa" data-label="node">
        <NumaCell {...line} />
      </td>
      <td class="iommu" data-label="IOMMU">
        {line.iommu === null ? <Unknown /> : <Text text={line.iommu} />}
      </td>
      <td class="ats-cell">
        <AtsCell answer={answer} />
      </td>
      <td class="do">
        <button
          type="button"
          class="link small"
          aria-label={`Compare ${line.name} with …`}
          onClick={() => goTo({ view: 'compare', a: { source, device, asked: null }, b: null })}
        >
          compare
        </button>
      </td>
    </tr>
  );
}

function Head() {
  const now = order.value;
  return (
    <thead>
      <tr aria-rowindex={1}>
        {COLUMNS.map(column => {
          const direction = now === column ? 'ascending' : now === `-${column}` ? 'descending' : undefined;
          return (
            <th key={column} scope="col" aria-sort={direction} class={`head-${column}`}>
              <button type="button" class="sort" onClick={() => sortBy(column)}>
                {TITLES[column]}
                <span aria-hidden="true">{direction === 'ascending' ? ' ↑' : direction === 'descending' ? ' ↓' : ''}</span>
              </button>
            </th>
          );
        })}
        <th scope="col" class="head-do">
          <span class="aside">Compare</span>
        </th>
      </tr>
    </thead>
  );
}

export interface FunctionTableProps {
  readonly source: string;
  /** Those that match. */
  readonly lines: readonly FunctionLine[];
  readonly answers: readonly AtsAnswer[];
  readonly names: DeviceNames;
}

export function FunctionTable({ source, lines, answers, names }: FunctionTableProps) {
  const [scroller, sight] = useSight<HTMLDivElement>();
  const keep = useKept();
  const pitch = useIsNarrow() ? FOLDED_ROW : ROW;
  const isByAnswer = order.value.endsWith('ats');
  // Answers come piece by piece; only one order is by them.
  const sorted = useMemo(
    () => sortedLines(lines, order.value, isByAnswer ? answers : [], names),
    [lines, order.value, names, isByAnswer ? answers : null],
  );
  const first = Math.max(0, Math.floor(sight.from / pitch) - 1);
  const last = Math.min(sorted.length, Math.ceil(sight.to / pitch) + 1);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="function-table" ref={scroller} tabIndex={0} aria-label="Functions, a table that scrolls">
      <table aria-label="Functions" aria-rowcount={sorted.length + 1}>
        <Head />
        <tbody>
          {first > 0 && <tr class="space" style={{ height: `${first * pitch}px` }} />}
          {sorted.slice(first, last).map((line, i) => {
            const [answer, rowIndex] = [answers[line.index], first + i + 2];
            return keep(line.index, [line, answer, names, source, rowIndex], () => (
              <Row key={line.index} line={line} answer={answer} names={names} source={source} rowIndex={rowIndex} />
            ));
          })}
          {last < sorted.length && <tr class="space" style={{ height: `${(sorted.length - last) * pitch}px` }} />}
        </tbody>
      </table>
    </section>
  );
}
