/** The three lanes of one part of config space: blocks to scale, lists as chains, what is not known hatched. */
import { hexDigits } from '../../pure/bytes/hex.ts';
import { type Block, isChangedAt, type Lane } from '../model/lanes.ts';
import { type LaneName, openBlock } from '../model/selection.ts';
import { Picture } from '../parts/picture.tsx';
import { useWidth } from '../parts/use-width.ts';
import { moveAmongBlocks } from './block-keys.ts';
import { LANE_TITLES, MARKS } from './lane-words.ts';
import { keepApart, makeScale, type Run, runsWhere, type Scale } from './scale.ts';

/** Its blocks can be chosen. */
const GROUP = { role: 'group' } as const;
const TOP = 34;
/** Pixels; it is not laid out narrower. */
const LEAST_WIDTH = 240;
const AXIS = 34;
const LABEL_STEP = 15;
const CHAIN = 16;
/** Pixels of a character of a label, nearly. */
const CHARACTER = 6.6;

interface Drawing {
  readonly part: 'standard' | 'extended';
  readonly space: Run;
  readonly scale: Scale;
  readonly lanes: readonly Lane[];
  readonly laneWidth: number;
  readonly stripWidth: number;
}

const isIn = ({ from, to }: Run, at: number): boolean => at >= from && at < to;

/** Bytes that are not wholly known, over the block that they are in. */
function Unknown({ drawing, lane, x }: { readonly drawing: Drawing; readonly lane: Lane; readonly x: number }) {
  const { space, scale, stripWidth, part } = drawing;
  const runs = runsWhere({ from: space.from, to: Math.min(space.to, lane.end) }, at => lane.config.knownBits(at) !== 0xff);
  return (
    <g class="not-known">
      {runs.map(({ from, to }) => {
        const y = scale.yOf(from);
        return <rect key={from} x={x} y={y} width={stripWidth} height={Math.max(2, scale.yOf(to) - y)} fill={`url(#hatch-${part})`} />;
      })}
    </g>
  );
}

/** Bytes that no capability covers and that are not all 0, and those that read otherwise than in the lane before. */
function Bytes({
  drawing,
  lane,
  below,
  x,
}: {
  readonly drawing: Drawing;
  readonly lane: Lane;
  readonly below: Lane | undefined;
  readonly x: number;
}) {
  const { space, scale, stripWidth } = drawing;
  const own: Run = { from: space.from, to: Math.min(space.to, lane.end) };
  const { config } = lane;
  const held = new Uint8Array(4096);
  for (const { offset, length } of lane.blocks) held.fill(1, offset, offset + length);
  const loose = runsWhere(own, at => held[at] === 0 && config.readKnownBits(at) !== 0);
  const changed = below === undefined ? [] : runsWhere(own, at => isChangedAt(below.config, config, at));
  return (
    <>
      {loose.map(({ from, to }) => (
        <rect
          key={`l${from}`}
          class="loose"
          x={x}
          y={scale.yOf(from)}
          width={stripWidth}
          height={Math.max(1, scale.yOf(to) - scale.yOf(from))}
        />
      ))}
      {changed.map(({ from, to }) => (
        <rect
          key={`c${from}`}
          class="touched"
          x={x + stripWidth + 1}
          y={scale.yOf(from)}
          width={3}
          height={Math.max(1.5, scale.yOf(to) - scale.yOf(from))}
        />
      ))}
    </>
  );
}

/** Next pointers as arcs beside the strip; those that the lane before has not are marked. */
function Chain({
  drawing,
  lane,
  below,
  x,
}: {
  readonly drawing: Drawing;
  readonly lane: Lane;
  readonly below: Lane | undefined;
  readonly x: number;
}) {
  const { space, scale } = drawing;
  const had = new Set(below?.links.map(({ from, to }) => `${from} ${to}`));
  const own = lane.links.filter(({ from, to }) => isIn(space, from) && isIn(space, to));
  return (
    <g class="chain">
      {own.map(({ from, to }) => {
        const [a, b] = [scale.yOf(from) + 2, scale.yOf(to) + 2];
        const bend = Math.min(CHAIN - 3, 5 + Math.abs(b - a) / 12);
        const isNew = below !== undefined && !had.has(`${from} ${to}`);
        return (
          <g key={from} class={isNew ? 'relinked' : undefined}>
            <path d={`M${x} ${a}C${x - bend} ${a} ${x - bend} ${b} ${x - 4} ${b}`} />
            <path class="head" d={`M${x} ${b}l-5 -2.5v5z`} />
          </g>
        );
      })}
    </g>
  );
}

function labelOf({ name, offset, tone, kind }: Block, room: number): string {
  const mark = MARKS[tone];
  const place = kind === 'header' ? '' : hexDigits(offset, 2);
  const whole = `${mark}${name}`;
  const most = Math.max(3, Math.floor(room / CHARACTER));
  if (kind !== 'header' && whole.length + place.length + 2 <= most) return `${whole} ${place}`;
  return whole.length > most ? `${whole.slice(0, most - 1)}…` : whole;
}

interface LaneProps {
  readonly drawing: Drawing;
  readonly lane: Lane;
  readonly below: Lane | undefined;
  readonly x: number;
  readonly names: readonly LaneName[];
}

function Blocks({ drawing, lane, x, names }: Omit<LaneProps, 'below'>) {
  const { space, scale, laneWidth, stripWidth } = drawing;
  const blocks = lane.blocks.filter(({ offset }) => isIn(space, offset));
  const heights = blocks.map(({ offset, length }) => Math.max(4, scale.yOf(Math.min(space.to, offset + length)) - scale.yOf(offset)));
  const places = keepApart(
    blocks.map(({ offset }, i) => scale.yOf(offset) + Math.min(heights[i] ?? 0, LABEL_STEP) / 2),
    LABEL_STEP,
  );
  const labelX = x + stripWidth + 14;
  const open = openBlock.value;
  const hasOpen = lane.blocks.some(({ key }) => key === open);
  return (
    <g role="listbox" aria-label={`${LANE_TITLES[lane.name]}, ${drawing.part} config space`} data-lane={lane.name}>
      {blocks.map((block, i) => {
        const { key, offset, length, tone, title } = block;
        const [y, middle] = [scale.yOf(offset), places[i] ?? 0];
        const isOpen = key === open;
        const label = labelOf(block, laneWidth - CHAIN - stripWidth - 16);
        const isEntry = isOpen || (!hasOpen && lane.blocks[0] === block);
        return (
          <g
            key={key}
            role="option"
            class={`block ${tone}${isOpen ? ' open' : ''}`}
            aria-selected={isOpen}
            aria-label={`${label}, ${title}, ${tone === 'plain' ? 'as the hardware has it' : tone}, ${hexDigits(offset, 2)} to ${hexDigits(offset + length - 1, 2)}`}
            tabIndex={isEntry ? 0 : -1}
            data-block={key}
            data-at={offset}
            onClick={() => (openBlock.value = key)}
            onFocus={() => (openBlock.value = key)}
            onKeyDown={event => moveAmongBlocks(event, names, lane.name, { key, at: offset })}
          >
            <rect class="hit" x={x} y={middle - LABEL_STEP / 2} width={laneWidth - CHAIN - 4} height={LABEL_STEP} />
            <rect class="body" x={x} y={y} width={stripWidth} height={heights[i]} rx={2} />
            <path class="leader" d={`M${x + stripWidth + 5} ${y + Math.min(heights[i] ?? 0, LABEL_STEP) / 2}L${labelX - 3} ${middle}`} />
            <text x={labelX} y={middle + 4}>
              {label}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function LaneColumn({ drawing, lane, below, x, names }: LaneProps) {
  const { scale, stripWidth, space } = drawing;
  const end = scale.yOf(Math.min(space.to, lane.end));
  return (
    <>
      {lane.end > space.from && <rect class="strip" x={x} y={0} width={stripWidth} height={end} />}
      <Bytes drawing={drawing} lane={lane} below={below} x={x} />
      <Chain drawing={drawing} lane={lane} below={below} x={x} />
      <Blocks drawing={drawing} lane={lane} x={x} names={names} />
      <Unknown drawing={drawing} lane={lane} x={x} />
    </>
  );
}

interface AxisProps {
  readonly drawing: Drawing;
  readonly lanes: readonly Lane[];
  readonly width: number;
}

/** Runs that are not drawn, over all lanes, with what stands in them. */
function Folds({ drawing: { scale }, lanes, width }: AxisProps) {
  return (
    <g class="axis">
      {scale.segments
        .filter(({ isFolded }) => isFolded)
        .map(({ from, to, y, height }) => (
          <g key={`f${from}`}>
            <rect class="fold" x={AXIS} y={y + height / 2 - 10} width={width - AXIS} height={20} />
            <text x={AXIS + 6} y={y + height / 2 + 4}>
              {`${hexDigits(from, 2)} to ${hexDigits(to - 1, 2)}: ${saySpace(lanes[0], { from, to })}`}
            </text>
          </g>
        ))}
    </g>
  );
}

/** Offsets beside the first lane, where blocks begin. */
function Axis({ drawing, lanes }: Pick<AxisProps, 'drawing' | 'lanes'>) {
  const { scale, space } = drawing;
  const starts = [...new Set(lanes.flatMap(({ blocks }) => blocks.map(({ offset }) => offset)))].filter(at => isIn(space, at));
  let last = -99;
  const shown = starts
    .sort((a, b) => a - b)
    .filter(at => {
      const y = scale.yOf(at);
      if (y - last < 12) return false;
      last = y;
      return true;
    });
  return (
    <g class="axis">
      {shown.map(at => (
        <text key={at} x={AXIS - 6} y={scale.yOf(at) + 9} text-anchor="end">
          {hexDigits(at, 2)}
        </text>
      ))}
    </g>
  );
}

/** What a run without a capability holds in the hardware. */
function saySpace(lane: Lane | undefined, { from, to }: Run): string {
  if (lane === undefined || from >= lane.end) return 'not there';
  let [unknown, set] = [0, 0];
  for (let at = from; at < to; at++) {
    if (lane.config.knownBits(at) !== 0xff) unknown++;
    else if (lane.config.readKnownBits(at) !== 0) set++;
  }
  if (unknown === to - from) return 'not known';
  if (set === 0) return unknown === 0 ? 'all 0' : 'partly not known, else 0';
  return unknown === 0 ? 'no capability' : 'no capability, partly not known';
}

const SPACES = { standard: { from: 0, to: 0x100 }, extended: { from: 0x100, to: 0x1000 } } as const;

/** One part of config space in all lanes. */
export function LanePicture({ part, lanes }: { readonly part: 'standard' | 'extended'; readonly lanes: readonly Lane[] }) {
  const [element, room] = useWidth<HTMLDivElement>(560);
  const width = Math.max(LEAST_WIDTH, room);
  const space = SPACES[part];
  const used = lanes.flatMap(({ blocks }) =>
    blocks.filter(({ offset }) => isIn(space, offset)).map(({ offset, length }) => ({ from: offset, to: offset + length })),
  );
  const scale = makeScale(space, used, { wanted: 560, least: 0.3, most: 2.2, folds: part === 'extended' });
  const laneWidth = Math.floor((width - AXIS) / 3);
  const drawing: Drawing = { part, space, scale, lanes, laneWidth, stripWidth: Math.max(16, Math.min(64, Math.floor(laneWidth * 0.24))) };
  const most = Math.max(...lanes.map(({ blocks }) => blocks.filter(({ offset }) => isIn(space, offset)).length), 0);
  const height = TOP + Math.max(scale.height, (most + 1) * LABEL_STEP) + 12;
  const names = lanes.map(({ name }) => name);
  const title = part === 'standard' ? 'The standard 256 bytes of config space, in three lanes' : 'Extended config space, in three lanes';
  return (
    <div ref={element} class="lane-picture">
      <Picture name={`config-space-${part}`} title={title} width={width} height={Math.ceil(height)} svg={GROUP}>
        <defs>
          <pattern id={`hatch-${part}`} class="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect class="hatch-ground" width="6" height="6" />
            <rect class="hatch-line" width="1.5" height="6" />
          </pattern>
        </defs>
        <g class="lanes">
          {(['hardware', 'kernel', 'guest'] as const).map((name, i) => (
            <text key={name} class="lane-title" x={AXIS + i * laneWidth + CHAIN} y={14}>
              {width < 480 ? LANE_TITLES[name].replace('After the kernel', 'Kernel') : LANE_TITLES[name]}
            </text>
          ))}
          <g transform={`translate(0 ${TOP - 8})`}>
            <Axis drawing={drawing} lanes={lanes} />
            {lanes.map((lane, i) => (
              <LaneColumn
                key={lane.name}
                drawing={drawing}
                lane={lane}
                below={lanes[i - 1]}
                x={AXIS + i * laneWidth + CHAIN}
                names={names}
              />
            ))}
            {lanes.length === 1 && (
              <text class="no-guest" x={AXIS + laneWidth + CHAIN} y={14}>
                realize fails: there is no guest
              </text>
            )}
            <Folds drawing={drawing} lanes={lanes} width={width} />
          </g>
        </g>
      </Picture>
    </div>
  );
}
