/** The slot of a view as a table: regions with their sizes and kinds, the ROM, the interrupt pin, the port above. */
import type { Slot, SlotBar } from '../slot/index.ts';
import { formatByteSize } from '../text/byte-size.ts';
import type { Painter } from './paint.ts';
import { rowsAt, titleRow } from './row.ts';

/** One row about the slot. */
export interface SlotRow {
  /** `BAR 0`, `ROM`, `INTx`. */
  readonly name: string;
  readonly value: string;
  /** Whether the value says that something is not known. */
  readonly isUnknown: boolean;
  /** Its kind, or why it is so. */
  readonly text: string;
}

const row = (name: string, value: string, text = ''): SlotRow => ({ name, value, isUnknown: false, text });
const unknown = (name: string, text: string, value = 'unknown'): SlotRow => ({ name, value, isUnknown: true, text });

const SIZE_UNKNOWN = 'size unknown';
const SILENT = 'none, or one without an address';

const sized = (name: string, size: bigint | null, text: string): SlotRow =>
  size === null ? unknown(name, text, SIZE_UNKNOWN) : row(name, formatByteSize(size), text);

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
function barRows(bars: readonly SlotBar[]): SlotRow[] {
  const rows = bars.filter(({ state }) => state === 'present').map(bar => sized(`BAR ${bar.index}`, bar.size, kindText(bar)));
  const silent = bars.filter(({ state }) => state === 'unknown').map(({ index }) => index);
  return silent.length === 0 ? rows : [...rows, unknown(`BAR ${formatNumbers(silent)}`, SILENT)];
}

function romRows({ state, by, size }: Slot['rom']): SlotRow[] {
  if (by === 'romfile') return [unknown('ROM', 'the file of the property romfile', SIZE_UNKNOWN)];
  if (by === 'property') return [row('ROM', 'none', 'rombar=0 takes it away')];
  if (state === 'unknown') return [unknown('ROM', SILENT)];
  return state === 'absent' ? [] : [sized('ROM', size, 'where the kernel can read it')];
}

function pinRow(pin: Slot['interruptPin']): SlotRow {
  if (pin === null) return unknown('INTx', 'the Interrupt Pin register is not known');
  return row('INTx', pin === 'none' ? 'none' : `pin ${pin}`);
}

function atomicsRows({ bits32, bits64, bits128, code, text }: Slot['port']['atomicCompletion']): SlotRow[] {
  if (code === 'atomics.host-has-none') return [];
  const name = 'AtomicOps completed';
  const sizes = Object.entries({ 32: bits32, 64: bits64, 128: bits128 });
  const held = sizes.filter(([, holds]) => holds).map(([bits]) => bits);
  if (held.length > 0) return [row(name, `${held.join(', ')} bits`, text)];
  return [sizes.some(([, holds]) => holds === null) ? unknown(name, text) : row(name, 'none', text)];
}

function prefixesRow({ guest, text }: Slot['port']['endEndPrefixes']): SlotRow {
  const name = 'End-End TLP prefixes';
  return guest === null ? unknown(name, text) : row(name, guest ? 'passed' : 'none', text);
}

/**
 * The slot of a device, row by row; no row of what it has not. `needsPrefixes` says that it has PASID, for which alone anybody asks
 * after End-End TLP Prefixes.
 */
export function slotRows({ bars, rom, interruptPin, port }: Slot, needsPrefixes: boolean): SlotRow[] {
  return [
    ...barRows(bars),
    ...romRows(rom),
    pinRow(interruptPin),
    ...atomicsRows(port.atomicCompletion),
    ...(needsPrefixes ? [prefixesRow(port.endEndPrefixes)] : []),
  ];
}

/** The slot as a table for a terminal; both columns stand nearer where it is narrow. */
export function formatSlot(slot: Slot, paint: Painter, needsPrefixes: boolean): string[] {
  const at = Math.min(31, paint.width - 14);
  const line = rowsAt([2, at, at + 14], paint);
  const rows = slotRows(slot, needsPrefixes);
  return [
    ...titleRow(line, 'SLOT', 'SIZE', 'KIND'),
    ...rows.flatMap(({ name, value, isUnknown, text }) => line(name, isUnknown ? ['warn', value] : value, text)),
  ];
}
