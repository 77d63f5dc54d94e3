/** The tree of a host's bridges and functions as a picture, which arrow keys walk; only what is in sight is made. */
import { useMemo, useState } from 'preact/hooks';
import type { DeviceNames } from '../../pure/pci/pci-ids.ts';
import type { AtsAnswer } from '../model/ats-survey.ts';
import { BOX_HEIGHT, type Box, type HostLayout, hostLayout, type Line } from '../model/host-layout.ts';
import type { HostModel } from '../model/host-model.ts';
import { hostRows, type RowNode } from '../model/host-rows.ts';
import { toggledNodes, toggleNode } from '../model/host-view.ts';
import { goTo } from '../model/place.ts';
import { useKept } from '../parts/kept.ts';
import { Picture } from '../parts/picture.tsx';
import { type Sight, useSight } from '../parts/sight.ts';
import { FunctionBox } from './function-box.tsx';
import { nextOf } from './walk-tree.ts';

export interface HostPictureProps {
  readonly source: string;
  readonly model: HostModel;
  readonly answers: readonly AtsAnswer[];
  readonly names: DeviceNames;
  /** Indices of the functions that match; null where nothing is typed. */
  readonly matching: ReadonlySet<number> | null;
}

/** Hosts of at most so many functions are shown whole while one filters, what does not match dimmed. */
const MOST_DIMMED = 40;

/** The rows may be asked for again with the same words typed. */
function useRows({ source, model, matching }: HostPictureProps): readonly RowNode[] {
  const toggled = toggledNodes.value[source];
  const key = matching === null ? null : [...matching].join(' ');
  return useMemo(() => {
    const leavesOut = model.lines.length > MOST_DIMMED;
    return hostRows({ tree: model.tree, lines: model.lines, matching, leavesOut, toggled: new Set(toggled) });
  }, [model, key, toggled]);
}

const isSeen = (y: number, height: number, { from, to }: Sight): boolean => y + height >= from && y <= to;

function Between({ line }: { readonly line: Line }) {
  const { fromX, fromY, toX, toY } = line;
  const middle = toX - 18;
  return <path class="between" d={`M${fromX} ${fromY}H${middle}V${toY}H${toX}`} />;
}

function Lines({ layout, sight }: { readonly layout: HostLayout; readonly sight: Sight }) {
  return (
    <g>
      {layout.outlines
        .filter(({ y, height }) => isSeen(y, height, sight))
        .map(({ key, x, y, width, height, label }) => (
          <g key={key} class="group">
            <rect x={x} y={y} width={width} height={height} rx={6} />
            <text x={x + 6} y={y + 11}>
              {label}
            </text>
          </g>
        ))}
      {layout.lines
        .filter(({ fromY, toY }) => isSeen(fromY, toY - fromY, sight))
        .map(line => (
          <Between key={line.key} line={line} />
        ))}
    </g>
  );
}

/** Moves what scrolls so that a box is in sight. */
function reveal(element: HTMLElement | null, box: Box | undefined): void {
  if (element === null || box === undefined) return;
  const { scrollTop, scrollLeft, clientHeight, clientWidth } = element;
  const [margin, right, bottom] = [24, box.x + box.width, box.y + BOX_HEIGHT];
  if (box.y - margin < scrollTop) element.scrollTop = box.y - margin;
  else if (bottom + margin > scrollTop + clientHeight) element.scrollTop = bottom + margin - clientHeight;
  if (box.x - margin < scrollLeft || box.width + 2 * margin > clientWidth) element.scrollLeft = box.x - margin;
  else if (right + margin > scrollLeft + clientWidth) element.scrollLeft = right + margin - clientWidth;
}

export function HostPicture(props: HostPictureProps) {
  const { source, model, answers, names, matching } = props;
  const [scroller, sight, showAll] = useSight<HTMLDivElement>();
  const keep = useKept();
  const [chosen, setChosen] = useState<string | null>(null);
  const rows = useRows(props);
  const layout = useMemo(() => hostLayout(rows, model.lines), [rows, model]);
  const active = rows.find(({ key }) => key === chosen) ?? rows.find(({ index }) => index !== null) ?? rows[0];
  const idOf = (key: string): string => `tree-${source}-${key.replace(/[^\w.:-]/g, '-')}`;

  const open = (node: RowNode): void => {
    if (node.index !== null) goTo({ view: 'device', source, device: node.index });
    else if (node.isOpen !== null) toggleNode(source, node.key);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (active === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter' || event.key === ' ') open(active);
    else {
      const step = nextOf(event.key, active, rows);
      if (step === null) return;
      if (step.toggles) toggleNode(source, active.key);
      setChosen(step.key);
      reveal(
        scroller.current,
        layout.boxes.find(({ node }) => node.key === step.key),
      );
    }
    event.preventDefault();
  };

  const seen = layout.boxes.filter(box => isSeen(box.y, box.height, sight) || box.node.key === active?.key);
  const count = model.lines.length;
  const title = `Bridges and functions of the host, ${count} ${count === 1 ? 'function' : 'functions'}`;
  return (
    <div class="host-picture" ref={scroller}>
      <Picture
        name="host"
        title={title}
        width={layout.width}
        height={layout.height}
        whole={showAll}
        svg={{
          role: 'tree',
          tabindex: 0,
          'aria-activedescendant': active === undefined ? undefined : idOf(active.key),
          onKeyDown,
        }}
      >
        <Lines layout={layout} sight={sight} />
        {seen.map(box => {
          const { key, members, matching: hits } = box.node;
          const isActive = key === active?.key;
          const isLit = matching === null ? null : hits > 0;
          const own = members.map(index => answers[index]);
          return keep(key, [box, names, source, isActive, isLit, ...own], () => (
            <FunctionBox
              key={key}
              box={box}
              lines={model.lines}
              answers={answers}
              names={names}
              isActive={isActive}
              isLit={isLit}
              id={idOf(key)}
              onOpen={() => {
                setChosen(key);
                open(box.node);
              }}
              onToggle={() => {
                setChosen(key);
                toggleNode(source, key);
              }}
            />
          ));
        })}
      </Picture>
    </div>
  );
}
