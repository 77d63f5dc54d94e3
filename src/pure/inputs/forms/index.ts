/** Hex dumps of other programs than lspci: a table of forms, and what reads a text in the one that it is in. */
import { InputSyntaxError } from '../input-syntax-error.ts';
import { ARRAY } from './array.ts';
import { type Choice, chooseReading } from './choose-reading.ts';
import { DWORDS } from './dwords.ts';
import type { HexForm } from './hex-form.ts';
import { HEXDUMP_CANONICAL } from './hexdump-canonical.ts';
import { OD_BYTES, OD_BYTES_HEX } from './od-bytes.ts';
import { LOOSE_WORDS, PAIRS } from './pairs.ts';
import { PCICONF } from './pciconf.ts';
import { PCIDUMP } from './pcidump.ts';
import { PLAIN } from './plain.ts';
import { type FormResult, readForm } from './read-form.ts';
import { ROWS } from './rows.ts';
import { RW_EVERYTHING } from './rw-everything.ts';
import { readLines, splitLines } from './text-lines.ts';
import { UEFI_PCI } from './uefi-pci.ts';
import { WORDS, WORDS_HEX } from './words.ts';
import { XXD } from './xxd.ts';

export { AmbiguousInputError, type Choice } from './choose-reading.ts';
export { READING_NAMES, type Reading } from './hex-form.ts';
export type { FormDevice, FormResult } from './read-form.ts';

/** Where rows fit several, the first gives the words for it. */
const FORMS: readonly HexForm[] = [
  UEFI_PCI,
  PCIDUMP,
  PCICONF,
  RW_EVERYTHING,
  HEXDUMP_CANONICAL,
  XXD,
  ROWS,
  WORDS,
  WORDS_HEX,
  OD_BYTES,
  OD_BYTES_HEX,
  DWORDS,
  ARRAY,
  PLAIN,
  PAIRS,
  LOOSE_WORDS,
];

/** Bytes of the largest hex dump that is read: it is held whole. Some 2,000 functions of 4096 bytes fit. */
export const MOST_HEX_TEXT = 32 * 1024 * 1024;

/** Lines in which the form is looked for first. */
const MOST_LINES = 2000;

interface Fit {
  readonly form: HexForm;
  readonly rows: number;
}

/** Forms in which rows of `lines` can be read. Those that name their devices come before all others. */
function fits(lines: readonly string[]): readonly Fit[] {
  const all = FORMS.map(form => ({ form, rows: readLines(lines, form).rows })).filter(({ rows }) => rows > 0);
  const marked = all.filter(({ form }) => form.isMarked);
  return marked.length > 0 ? marked : all;
}

/** `read as hexdump -C, 12 lines left out`. */
export function formatReading({ result: { reading, leftOut }, because }: Choice): string {
  const rest = leftOut === 0 ? '' : `, ${leftOut} ${leftOut === 1 ? 'line' : 'lines'} left out`;
  return `read as ${reading.title}${rest}${because === null ? '' : `: ${because}`}`;
}

/** Whether `text`, one character a byte, has rows of a form of hex dump. */
export function hasHexRows(text: string): boolean {
  return fits(splitLines(text)).length > 0;
}

/**
 * The devices of a hex dump of another program than lspci. `text` has one character a byte. With `wanted`, the name of a reading, it is
 * read in that way or not at all.
 * @throws InputSyntaxError for what cannot be read
 * @throws AmbiguousInputError where it can be read in several ways, and none is wanted
 */
export function parseHexText(text: string, wanted: string | null = null): Choice {
  const lines = splitLines(text);
  const seen = fits(lines.slice(0, MOST_LINES));
  const all = seen.length > 0 || lines.length <= MOST_LINES ? seen : fits(lines);
  const most = Math.max(0, ...all.map(({ rows }) => rows));
  const results: FormResult[] = [];
  let fault: InputSyntaxError | null = null;
  for (const { form, rows } of all) {
    if (rows < most) continue;
    const { lines: read } = readLines(lines, form);
    for (const reading of form.readings) {
      if (wanted !== null && reading.name !== wanted) continue;
      try {
        results.push(readForm(read, reading, form.isMarked));
      } catch (error) {
        if (!(error instanceof InputSyntaxError)) throw error;
        fault ??= error;
      }
    }
  }
  if (results.length === 0) throw fault ?? new InputSyntaxError(`no row can be read${wanted === null ? '' : ` as ${wanted}`}`, 1, 1);
  return chooseReading(results);
}
