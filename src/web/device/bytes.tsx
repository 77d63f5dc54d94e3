/** Config space as bytes: hexadecimal rows in the colours of their blocks; a byte lights its field, and a field its bytes. */
import { useSignal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { hexDigits } from '../../pure/bytes/hex.ts';
import type { View } from '../../pure/guest-view/index.ts';
import { isChangedAt, type Lane } from '../model/lanes.ts';
import { blockAt, fieldAt, registersOf } from '../model/registers.ts';
import { bytesLane, LANE_NAMES, lit, openBlock } from '../model/selection.ts';
import { LANE_TITLES } from './lane-words.ts';

const PER_ROW = 16;
const NUMBERS = new Intl.NumberFormat();
/** Pixels; as in device.css. */
const ROW_HEIGHT = 22;
const SEEN_ROWS = 24;

/** A row of bytes, or several rows alike in one. */
interface HexRow {
  readonly at: number;
  /** Of a fold, how many rows. */
  readonly folded: number;
  readonly text: string;
}

function isFolded(config: Lane['config'], at: number, holds: (bits: number, value: number) => boolean): boolean {
  for (let i = at; i < at + PER_ROW; i++) if (!holds(config.knownBits(i), config.readKnownBits(i))) return false;
  return true;
}

const isZero = (bits: number, value: number): boolean => bits === 0xff && value === 0;
const isUnknown = (bits: number): boolean => bits === 0;

/** Rows of a space; more than two of zeros, or of unknown bytes, are one. */
function rowsOf({ config, end }: Lane): HexRow[] {
  const rows: HexRow[] = [];
  for (let at = 0; at < end; at += PER_ROW) {
    const kind = isFolded(config, at, isZero) ? 'all 0' : isFolded(config, at, isUnknown) ? 'not known' : '';
    const last = rows.at(-1);
    if (kind !== '' && last !== undefined && last.text === kind) rows[rows.length - 1] = { ...last, folded: last.folded + 1 };
    else rows.push({ at, folded: 1, text: kind });
  }
  return rows.flatMap(row =>
    row.text !== '' && row.folded > 2
      ? [row]
      : Array.from({ length: row.folded }, (_, i) => ({ at: row.at + i * PER_ROW, folded: 1, text: '' })),
  );
}

function byteText({ config }: Lane, at: number): string {
  const bits = config.knownBits(at);
  if (bits === 0xff) return hexDigits(config.readKnownBits(at), 2);
  if (bits === 0) return '??';
  const digit = (shift: number): string => (((bits >> shift) & 15) === 15 ? hexDigits((config.readKnownBits(at) >> shift) & 15, 1) : '?');
  return digit(4) + digit(0);
}

function byteClass(lane: Lane, hardware: Lane, at: number): string {
  const { config } = lane;
  if (config.knownBits(at) !== 0xff) return 'byte unknown';
  const tone = blockAt(lane.blocks, at)?.tone ?? (config.readKnownBits(at) === 0 ? 'zero' : 'loose');
  return `byte ${tone}${isChangedAt(hardware.config, config, at) ? ' touched' : ''}`;
}

interface RowProps {
  readonly row: HexRow;
  readonly lane: Lane;
  readonly hardware: Lane;
  readonly cursor: number;
}

function Row({ row, lane, hardware, cursor }: RowProps) {
  const { at, folded, text } = row;
  const range = lit.value;
  const open = openBlock.value;
  if (text !== '') {
    return (
      <tr class="fold">
        <th scope="row">{hexDigits(at, 3)}</th>
        <td class="soft" colSpan={PER_ROW}>{`${NUMBERS.format(folded * PER_ROW)} bytes, ${text}`}</td>
      </tr>
    );
  }
  return (
    <tr>
      <th scope="row">{hexDigits(at, 3)}</th>
      {Array.from({ length: PER_ROW }, (_, i) => {
        const place = at + i;
        const isLit = range !== null && place >= range.from && place <= range.to;
        const isOpen = blockAt(lane.blocks, place)?.key === open;
        return (
          <td
            key={place}
            id={`byte-${place}`}
            data-byte={place}
            class={`${byteClass(lane, hardware, place)}${isLit ? ' lit' : ''}${isOpen ? ' in-open' : ''}${place === cursor ? ' cursor' : ''}`}
          >
            {byteText(lane, place)}
          </td>
        );
      })}
    </tr>
  );
}

/** Rows that are not looked at. */
function Spacer({ rows }: { readonly rows: number }) {
  if (rows <= 0) return null;
  return (
    <tr>
      <td colSpan={PER_ROW + 1} style={{ height: `${rows * ROW_HEIGHT}px` }} />
    </tr>
  );
}

/** Says what a byte is: its block, its field, what hardware and guest have. */
function describeByte(view: View, lanes: readonly Lane[], lane: Lane, at: number): string {
  const block = blockAt(lane.blocks, at);
  const place = `${hexDigits(at, 3)}: `;
  if (block === undefined) return `${place}in no capability`;
  const field = fieldAt(registersOf(view, lanes, block), at);
  if (field === undefined) return `${place}${block.name}`;
  const guest = field.guest === null || !field.differs ? '' : `, the guest has ${field.guest.value || field.guest.bits}`;
  return `${place}${block.name}, ${field.name} ${field.place} ${field.hardware.value || field.hardware.bits}${guest}${field.why === '' ? '' : ` (${field.why})`}`;
}

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -PER_ROW, ArrowDown: PER_ROW };

export function Bytes({ view, lanes }: { readonly view: View; readonly lanes: readonly Lane[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const first = useSignal(0);
  const cursor = useSignal(0);
  const told = useSignal('');
  const [hardware] = lanes;
  const lane = lanes.find(({ name }) => name === bytesLane.value) ?? hardware;
  const rows = useMemo(() => (lane === undefined ? [] : rowsOf(lane)), [lane]);
  if (lane === undefined || hardware === undefined) return null;
  const from = Math.max(0, Math.min(first.value, rows.length - SEEN_ROWS));
  const seen = rows.slice(from, from + SEEN_ROWS + 2);
  const pointAt = (at: number): void => {
    const block = blockAt(lane.blocks, at);
    const field = block === undefined ? undefined : fieldAt(registersOf(view, lanes, block), at);
    lit.value =
      field === undefined ? { from: at, to: at, field: null } : { from: field.from, to: field.to, field: field.path, low: field.low };
    told.value = describeByte(view, lanes, lane, at);
  };
  const byteOf = (target: EventTarget | null): number | null => {
    const text = target instanceof HTMLElement ? target.dataset.byte : undefined;
    return text === undefined ? null : Number(text);
  };
  const moveTo = (at: number): void => {
    const index = rows.findIndex(row => at < row.at + row.folded * PER_ROW);
    cursor.value = at;
    pointAt(at);
    const { current } = scroller;
    if (current === null) return;
    const top = index * ROW_HEIGHT;
    if (top < current.scrollTop) current.scrollTop = top;
    else if (top + ROW_HEIGHT > current.scrollTop + current.clientHeight) current.scrollTop = top + ROW_HEIGHT - current.clientHeight;
    first.value = Math.floor(current.scrollTop / ROW_HEIGHT);
  };
  /** Over a fold in one step. */
  const step = (by: number): void => {
    let at = cursor.value + by;
    const fold = rows.find(row => row.text !== '' && at >= row.at && at < row.at + row.folded * PER_ROW);
    if (fold !== undefined) at = by > 0 ? fold.at + fold.folded * PER_ROW : fold.at - 1;
    if (at >= 0 && at < lane.end) moveTo(at);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = STEPS[event.key];
    if (by !== undefined) step(by);
    else if (event.key === 'Enter') openBlock.value = blockAt(lane.blocks, cursor.value)?.key ?? openBlock.value;
    else return;
    event.preventDefault();
  };
  return (
    <section class="bytes stack" aria-labelledby="bytes-title">
      <div class="bar">
        <h2 id="bytes-title">Bytes</h2>
        <fieldset class="bar lane-choice" aria-label="Whose bytes">
          {LANE_NAMES.filter(name => lanes.some(other => other.name === name)).map(name => (
            <button key={name} type="button" aria-pressed={lane.name === name} onClick={() => (bytesLane.value = name)}>
              {LANE_TITLES[name]}
            </button>
          ))}
        </fieldset>
      </div>
      <div ref={scroller} class="hex mono" onScroll={event => (first.value = Math.floor(event.currentTarget.scrollTop / ROW_HEIGHT))}>
        <table
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: arrow keys move among its cells
          role="grid"
          aria-label={`Bytes, ${LANE_TITLES[lane.name]}`}
          aria-rowcount={rows.length}
          aria-activedescendant={`byte-${cursor.value}`}
          tabIndex={0}
          onKeyDown={onKeyDown}
          onFocus={() => pointAt(cursor.value)}
          onBlur={() => (lit.value = null)}
          onMouseOver={event => {
            const at = byteOf(event.target);
            if (at !== null) pointAt(at);
          }}
          onMouseLeave={() => (lit.value = null)}
          onClick={event => {
            const at = byteOf(event.target);
            if (at === null) return;
            cursor.value = at;
            openBlock.value = blockAt(lane.blocks, at)?.key ?? openBlock.value;
          }}
        >
          <tbody>
            <Spacer rows={from} />
            {seen.map(row => (
              <Row key={row.at} row={row} lane={lane} hardware={hardware} cursor={cursor.value} />
            ))}
            <Spacer rows={rows.length - from - seen.length} />
          </tbody>
        </table>
      </div>
      <p class="small" aria-live="polite" data-told>
        {told.value === '' ? 'Point at a byte, or move with the arrow keys, to see what it is.' : told.value}
      </p>
    </section>
  );
}
