/** RW-Everything's PCI report: a line that names the function, the numbers of the columns, and rows of bytes, words or registers. */
import { Bdf } from '../../pci/bdf.ts';
import { type FormLine, type HexForm, READINGS } from './hex-form.ts';
import { DWORD, PAIR, rowReader, WORD } from './row-grammar.ts';

const NUMBER = '(?:0x)?([0-9a-f]{1,2})';
const FUNCTION = new RegExp(`\\bBus ${NUMBER}, *Device ${NUMBER}, *Function ${NUMBER}\\b`, 'i');
/** `00 01 02 … 0F`, `0100 0302 …`, `03020100 …`: each column's own offsets, low byte last, which is how words are written below them. */
const COLUMNS = /^(?:00 +01 +02 +03\b|0100 +0302\b|03020100 +07060504\b)/;

const readRow = rowReader({
  offset: '[0-9a-f]{2,3}',
  before: '(?:0x)?',
  behind: ' *[:|]? +',
  groups: [PAIR, WORD, DWORD],
  most: 16,
  column: '(.*)',
});

function readLine(text: string): FormLine | null {
  const [, bus, device, func] = FUNCTION.exec(text)?.map(digits => Number.parseInt(digits, 16)) ?? [];
  if (bus !== undefined && device !== undefined && func !== undefined && device < 32 && func < 8)
    return { kind: 'device', bdf: new Bdf(0, bus, device, func), at: 0 };
  if (COLUMNS.test(text)) return { kind: 'furniture' };
  return readRow(text);
}

export const RW_EVERYTHING: HexForm = { readings: [READINGS.rwEverything], isMarked: true, lineReader: () => readLine };
