/** The option that says how a hex dump is to be read, where its text does not prove it. */
import { READING_NAMES } from '../pure/inputs/index.ts';
import type { OptionSpec } from './command.ts';

export const INPUT_FORMAT_OPTION: OptionSpec = {
  name: 'input-format',
  value: 'FORM',
  choices: READING_NAMES,
  help: 'how a hex dump is to be read, where its text does not prove it',
};

/** For the help of commands with this option. */
export const HEX_TEXT_NOTE =
  'INPUT may be a hex dump of another program too: hexdump, od, xxd, pci -i of the UEFI shell, pciconf -r of FreeBSD with its command above, pcidump -xx or -xxx of OpenBSD, RW-Everything, an array of C, a table of registers. A note says how it was read. Where words fit in two byte orders and the text proves neither, both are named, and --input-format chooses.';
