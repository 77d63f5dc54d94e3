/** What a form of hex dump is: how its lines are told, and in which ways its numbers can be read. */
import type { Bdf } from '../../pci/bdf.ts';

/** One way to read a form: what its offsets count in, and which byte of a group of digits comes first. */
export interface Reading {
  /** Chooses it: the name that a person types. */
  readonly name: string;
  /** For people: `hexdump -C`. */
  readonly title: string;
  readonly radix: 8 | 10 | 16;
  /** `bytes`: as they lie in memory; `little`: a group is a number, whose low byte lies first. */
  readonly order: 'bytes' | 'little';
}

/** A row of bytes. */
export interface FormRow {
  readonly kind: 'row';
  /** Digits as they stand; null where rows have none. */
  readonly offset: string | null;
  /** Hexadecimal digits of one or more bytes each. */
  readonly groups: readonly string[];
  /** The same bytes as characters. */
  readonly column: string | null;
  /** Whether the bytes of a device begin here, of which nothing says which it is. */
  readonly begins?: boolean;
}

/** What a line of a form is. */
export type FormLine =
  | FormRow
  /** Groups alone, in a form whose rows have offsets: the end of a row that was wrapped. */
  | { readonly kind: 'rest'; readonly groups: readonly string[] }
  /** Rows as the one above were left out: `*`. */
  | { readonly kind: 'same' }
  /** An offset alone: the size. */
  | { readonly kind: 'end'; readonly offset: string }
  /** A device begins; `at` is the offset of its first byte, where rows have none. `bdf` is null where the line says only that one begins. */
  | { readonly kind: 'device'; readonly bdf: Bdf | null; readonly at: number }
  /** A line of the form that holds no bytes. */
  | { readonly kind: 'furniture' };

/** A form of hex dump. */
export interface HexForm {
  /** In the order in which they are tried. */
  readonly readings: readonly Reading[];
  /** Whether its rows mean something only below a line of its own that names the device. */
  readonly isMarked: boolean;
  /** Makes a reader of the lines of one text, cleaned of what mail, forums and logs put around them. It gives null for text for people. */
  readonly lineReader: () => (text: string) => FormLine | null;
}

const reading = (name: string, title: string, radix: 8 | 10 | 16, order: 'bytes' | 'little'): Reading => ({ name, title, radix, order });

/** All readings; their names are what `--input-format` takes. */
export const READINGS = {
  hexdumpCanonical: reading('hexdump-C', 'hexdump -C', 16, 'bytes'),
  hexdump: reading('hexdump', 'hexdump', 16, 'little'),
  hexdumpBig: reading('hexdump-be', 'hexdump of a big-endian machine', 16, 'bytes'),
  od: reading('od', 'od', 8, 'little'),
  odBig: reading('od-be', 'od of a big-endian machine', 8, 'bytes'),
  odDecimal: reading('od-decimal', 'od -A d', 10, 'little'),
  odHex: reading('od-hex', 'od -A x', 16, 'little'),
  xxd: reading('xxd', 'xxd', 16, 'bytes'),
  xxdLittle: reading('xxd-e', 'xxd -e', 16, 'little'),
  plain: reading('xxd-p', 'xxd -p, digits without offsets', 16, 'bytes'),
  pairs: reading('pairs', 'bytes without offsets', 16, 'bytes'),
  rows: reading('rows', 'rows of bytes without a device', 16, 'bytes'),
  uefi: reading('uefi-pci', 'pci -i of the UEFI shell', 16, 'bytes'),
  pciconf: reading('pciconf', 'pciconf -r of FreeBSD', 16, 'little'),
  pcidump: reading('pcidump', 'pcidump of OpenBSD', 16, 'little'),
  rwEverything: reading('rw-everything', 'RW-Everything', 16, 'little'),
  array: reading('array', 'an array of a programming language', 16, 'little'),
  arrayBig: reading('array-be', 'an array of a programming language, words high byte first', 16, 'bytes'),
  dwords: reading('dwords', 'a table of 32-bit registers', 16, 'little'),
  dwordsBig: reading('dwords-be', 'a table of 32-bit words in the order of their bytes', 16, 'bytes'),
} as const;

/** The names of all readings. */
export const READING_NAMES: readonly string[] = Object.values(READINGS).map(({ name }) => name);
