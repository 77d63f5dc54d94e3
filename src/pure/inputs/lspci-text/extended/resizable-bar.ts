/** Reads the texts of Resizable BAR, and of that for the BARs of virtual functions. */
import { resizableBar } from '../../../pci/extended/resizable-bar.ts';
import { vfResizableBar } from '../../../pci/extended/vf-resizable-bar.ts';
import type { FieldWriter } from '../field-writer.ts';
import { reader } from '../reader.ts';

const UNITS = ['MB', 'GB', 'TB', 'PB', 'EB'];
/** The capability register has the sizes from 1 MB on, the control register those from here on. */
const FIRST_LARGE = 28;
/** 8 EB. */
const LARGEST = 43;
const MOST_BARS = 6;

/** The power of two, in MB; -1 for what is none. */
function exponentOf(size: string): number {
  const [, count, unit = ''] = /^(\d{1,3})(MB|GB|TB|PB|EB)$/.exec(size) ?? [];
  const power = Math.log2(Number(count));
  return Number.isInteger(power) ? power + 10 * UNITS.indexOf(unit) : -1;
}

function readEntry(line: string, entry: number, put: FieldWriter): boolean {
  const [, bar, current = '', sizes] = /^BAR ([0-7]): current size: (\S+?)(?:, supported: (.*))?$/.exec(line) ?? [];
  if (bar === undefined) return false;
  const control = `bars.${entry}.control`;
  put.set(control, 'barIndex', Number(bar));
  const size = exponentOf(current);
  if (size >= 0) put.set(control, 'size', size);
  const exponents = (sizes ?? '')
    .split(/\s+/)
    .filter(text => text !== '')
    .map(exponentOf);
  if (exponents.some(exponent => exponent < 0 || exponent > LARGEST)) return true;
  const bits = (from: number, count: number) =>
    exponents.reduce((sum, exponent) => (exponent >= from && exponent < from + count ? sum + 2 ** (exponent - from) : sum), 0);
  put.set(`bars.${entry}.capability`, 'supportedSizes', bits(0, FIRST_LARGE));
  put.set(control, 'supportedLargeSizes', bits(FIRST_LARGE, LARGEST + 1 - FIRST_LARGE));
  return true;
}

/** The number of entries stands in the first. */
function readEntries(lines: readonly string[], put: FieldWriter): void {
  let count = 0;
  for (const line of lines.slice(0, MOST_BARS)) if (readEntry(line, count, put)) count++;
  if (count > 0 && count === lines.length) put.set('bars.0.control', 'barCount', count);
}

export const resizableBarReader = reader(resizableBar, /^(?:Physical )?Resizable BAR/, { rest: readEntries });
export const vfResizableBarReader = reader(vfResizableBar, /^(?:Virtual|VF) Resizable BAR/, { rest: readEntries });
