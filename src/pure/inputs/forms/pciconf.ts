/** `pciconf -r` of FreeBSD: registers as numbers without offsets, below the command that names the function and its registers (pciconf(8)). */
import { Bdf } from '../../pci/bdf.ts';
import { type FormLine, type HexForm, READINGS } from './hex-form.ts';
import { DWORD, PAIR, rowReader, WORD } from './row-grammar.ts';

/** The selector has a domain or, on old releases, none; registers are numbers as C writes them. */
const COMMAND = /\bpciconf +-r *(?:-?[bh] +)?(?:\w+@)?pci(\d+(?::\d+){2,3}):? +(0x[0-9a-f]+|\d+)(?::(?:0x[0-9a-f]+|\d+))?\s*$/i;

/** A number as strtol reads it with base 0. */
const parseC = (digits: string): number =>
  /^0x/i.test(digits) ? Number.parseInt(digits, 16) : Number.parseInt(digits, digits.startsWith('0') ? 8 : 10);

const readRow = rowReader({ offset: null, behind: '', groups: [DWORD, WORD, PAIR], most: 16 });

function readLine(text: string): FormLine | null {
  const [, selector, from] = COMMAND.exec(text) ?? [];
  if (selector === undefined || from === undefined) return readRow(text);
  const numbers = selector.split(':').map(Number);
  const [domain = 0, bus = 0, device = 0, func = 0] = numbers.length === 4 ? numbers : [0, ...numbers];
  if (domain >= 2 ** 32 || bus > 255 || device > 31 || func > 7) return null;
  return { kind: 'device', bdf: new Bdf(domain, bus, device, func), at: parseC(from) };
}

export const PCICONF: HexForm = { readings: [READINGS.pciconf], isMarked: true, lineReader: () => readLine };
