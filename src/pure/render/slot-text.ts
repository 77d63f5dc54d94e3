/** The slot of a view as a table: regions with their sizes and kinds, the ROM, the interrupt pin, the port above. */
import type { Slot, SlotBar } from '../slot/index.ts';
import { formatByteSize } from '../text/byte-size.ts';
import type { Painter } from './paint.ts';
import { type Cell, type Rows, rowsAt, titleRow } from './row.ts';

/** Both columns stand nearer where the terminal is narrow. */
function slotRows(paint: Painter): Rows {
  const at = Math.min(31, paint.width - 14);
  return rowsAt([2, at, at + 14], paint);
}

const UNKNOWN: Cell = ['warn', 'size unknown'];

const sizeCell = (size: bigint | null): Cell => (size === null ? UNKNOWN : formatByteSize(size));

function kindText({ kind, width, prefetchable }: SlotBar): string {
  if (kind === null) return 'kind unknown';
  return kind === 'io' ? 'I/O ports' : `memory, ${width}-bit${prefetchable ? ', prefetchable' : ''}`;
}

/** `1`, `1, 3 to 5`. */
function formatNumbers(numbers: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const number of numbers) {
    const run = runs[runs.length - 1];
    if (run !== undefined && run[1] === number - 1) run[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}${last === first + 1 ? ',' : ' to'} ${last}`)).join(', ');
}

/** Registers that say nothing share one row. */
function formatBars(bars: readonly SlotBar[], row: Rows): string[] {
  const lines = bars.filter(({ state }) => state === 'present').flatMap(bar => row(`BAR ${bar.index}`, sizeCell(bar.size), kindText(bar)));
  const silent = bars.filter(({ state }) => state === 'unknown').map(({ index }) => index);
  if (silent.length > 0) lines.push(...row(`BAR ${formatNumbers(silent)}`, ['warn', 'unknown'], 'none, or one without an address'));
  return lines;
}

function formatRom({ state, by, size }: Slot['rom'], row: Rows): string[] {
  if (by === 'romfile') return row('ROM', UNKNOWN, 'the file of the property romfile');
  if (by === 'property') return row('ROM', 'none', 'rombar=0 takes it away');
  if (state === 'unknown') return row('ROM', ['warn', 'unknown'], 'none, or one without an address');
  return state === 'absent' ? [] : row('ROM', sizeCell(size), 'where the kernel can read it');
}

function formatPin(pin: Slot['interruptPin'], row: Rows): string[] {
  if (pin === null) return row('INTx', ['warn', 'unknown'], 'the Interrupt Pin register is not known');
  return row('INTx', pin === 'none' ? 'none' : `pin ${pin}`);
}

function formatAtomics({ bits32, bits64, bits128, code, text }: Slot['port']['atomicCompletion'], row: Rows): string[] {
  if (code === 'atomics.host-has-none') return [];
  const sizes = Object.entries({ 32: bits32, 64: bits64, 128: bits128 });
  const held = sizes.filter(([, holds]) => holds).map(([bits]) => bits);
  const value: Cell =
    held.length > 0 ? `${held.join(', ')} bits` : sizes.some(([, holds]) => holds === null) ? ['warn', 'unknown'] : 'none';
  return row('AtomicOps completed', value, text);
}

function formatPrefixes({ guest, text }: Slot['port']['endEndPrefixes'], row: Rows): string[] {
  const value: Cell = guest === null ? ['warn', 'unknown'] : guest ? 'passed' : 'none';
  return row('End-End TLP prefixes', value, text);
}

/**
 * The slot of a device; no row of what it has not. `needsPrefixes` says that it has PASID, for which alone anybody asks after
 * End-End TLP Prefixes.
 */
export function formatSlot({ bars, rom, interruptPin, port }: Slot, paint: Painter, needsPrefixes: boolean): string[] {
  const row = slotRows(paint);
  return [
    ...titleRow(row, 'SLOT', 'SIZE', 'KIND'),
    ...formatBars(bars, row),
    ...formatRom(rom, row),
    ...formatPin(interruptPin, row),
    ...formatAtomics(port.atomicCompletion, row),
    ...(needsPrefixes ? formatPrefixes(port.endEndPrefixes, row) : []),
  ];
}
