/** The manual page airlock(1), made from the commands' own data: man(7) macros, which groff and mandoc take alike. */
import { hexDigits } from '../pure/bytes/hex.ts';
import { wrap } from '../pure/text/wrap.ts';
import type { CommandSpec, OptionSpec } from './command.ts';
import { describeOption, HELP } from './help.ts';

/** Escapes for characters that roff would read as a command or print as another character (groff_char(7)). */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '"': '\\(dq',
};

const hex = (character: string): string => hexDigits(character.codePointAt(0) ?? 0, 4).toUpperCase();

/** Escapes a text so that roff prints it as it is, on one line. */
export function escapeRoff(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\\-'`^~"]/g, character => ESCAPES[character] ?? character)
    .replace(/[^\x20-\x7e]/gu, character => `\\[u${hex(character)}]`);
}

/** Text as lines of the page, which roff fills again; escapes a point at the beginning of a line, which would be a request. */
const filled = (text: string): string[] => wrap(escapeRoff(text), 79).map(line => (line.startsWith('.') ? `\\&${line}` : line));

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const bold = (text: string): string => `\\fB${escapeRoff(text)}\\fR`;
const italic = (text: string): string => `\\fI${escapeRoff(text)}\\fR`;

/** A line as it is typed, which is neither filled nor broken. */
const typed = (command: string): string[] => ['.nf', '.RS', bold(command), '.RE', '.fi'];

function optionLines(option: OptionSpec): string[] {
  const { name, short, value } = option;
  const words = [...(short === undefined ? [] : [bold(`-${short}`)]), bold(`--${name}`)].join(', ');
  return ['.TP', value === undefined ? words : `${words} ${italic(value)}`, ...filled(describeOption(option))];
}

function commandLines({ name, summary, operands, options, notes = [], examples }: CommandSpec): string[] {
  return [
    `.SS airlock ${escapeRoff(name)}`,
    ...filled(`${capital(summary)}.`),
    '.PP',
    `${bold(`airlock ${name}`)} [${italic('OPTION')}...]${operands === '' ? '' : ` ${italic(operands)}`}`,
    ...[...options, HELP].flatMap(optionLines),
    ...notes.flatMap(note => ['.PP', ...filled(note)]),
    ...examples.flatMap(([command, what]) => ['.PP', ...filled(`${capital(what)}:`), ...typed(command)]),
  ];
}

/** The environment variables that airlock reads. */
const VARIABLES: readonly (readonly [name: string, what: string])[] = [
  ['AIRLOCK_PCI_IDS', 'the file of names to use in place of the pci.ids of this machine; /dev/null for none'],
  ['AIRLOCK_DEBUG', '1 shows where in the program a fault of airlock came from; report it with that'],
  ['COLUMNS', 'how wide text is where standard output is no terminal, 40 to 200; default 80'],
  ['NO_COLOR', 'not empty: no colours'],
  ['FORCE_COLOR', 'not empty and not 0: colours also where standard output is no terminal'],
];

const EXIT_CODES: readonly (readonly [code: string, what: string])[] = [
  ['0', 'all is fine'],
  ['1', 'a device fails to realize, or two devices differ'],
  ['2', 'the command line is wrong, or an input cannot be read'],
  ['70', 'a fault of airlock (EX_SOFTWARE of sysexits.h); one line says in what, and how to report it'],
];

const termLines = (terms: readonly (readonly [term: string, what: string])[]): string[] =>
  terms.flatMap(([term, what]) => ['.TP', bold(term), ...filled(what)]);

/** The whole page, without a date, so that the same commands make the same page. */
export function formatManPage(commands: readonly CommandSpec[], version: string): string {
  const lines = [
    `.TH AIRLOCK 1 "" "airlock ${escapeRoff(version)}" "User Commands"`,
    // No hyphenation, so that words can be copied, and no justified right edge.
    '.nh',
    '.ad l',
    '.SH NAME',
    'airlock \\-',
    ...filled("decides, explains and serves what a guest sees of a host's PCIe device"),
    '.SH SYNOPSIS',
    `${bold('airlock')} ${italic('COMMAND')} [${italic('OPTION')}...] [${italic('OPERAND')}...]`,
    '.SH DESCRIPTION',
    ...filled(
      "Airlock reads a PCIe device, asks what the host's IOMMU can do, applies what the kernel's vfio-pci and the VMM do to the device's config space, and prints what is left for the guest, with who took each thing away and for what reason.",
    ),
    '.PP',
    'The commands:',
    ...termLines(commands.map(({ name, summary }) => [name, summary] as const)),
    ...termLines([
      ['help COMMAND', 'the help of a command, as COMMAND --help'],
      ['version', 'the version'],
    ]),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...termLines(EXIT_CODES),
    '.SH ENVIRONMENT',
    ...termLines(VARIABLES),
    '.SH SEE ALSO',
    '.BR lspci (8),',
    '.BR qemu (1)',
  ];
  return `${lines.map(line => line.trimEnd()).join('\n')}\n`;
}
