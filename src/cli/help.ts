/** Help as text, made from the commands' own data. */
import { type Painter, PLAIN } from '../pure/render/paint.ts';
import { rowsAt } from '../pure/render/row.ts';
import { wrap } from '../pure/text/wrap.ts';
import type { CommandSpec, OptionSpec } from './command.ts';

/** The column where help begins: beside an option, and on the line below an option or an example. */
const [COLUMN, INDENT] = [30, 6];

export const HELP: OptionSpec = { name: 'help', short: 'h', help: 'this help' };

const SUMMARIES: readonly (readonly [name: string, summary: string])[] = [
  ['view', 'what will the guest see of a device, and why'],
  ['decode', 'what a device is, in the layout of lspci'],
  ['compare', 'what differs between two devices as a guest meets them'],
  ['explore', 'a page that shows what the guest sees: every bit, and what if'],
  ['probe', 'what the kernel says about one device when it is asked'],
  ['capture', 'one file with all that a host says about its devices'],
  ['devices', "the host's devices, and whether they can be assigned"],
  ['doctor', 'is this host ready to assign devices, and what mends it'],
  ['bind', 'give a device to VFIO, so that it can be assigned'],
  ['unbind', 'give a device back from VFIO to the host'],
  ['plan', "does a VM start on a host, and what does its guest see of the host's devices"],
  ['migrate', 'would a migration between two hosts work, and what failed'],
  ['serve', "be the device behind a VM's slot, over vfio-user"],
  ['ctl', 'ask a running serve about its devices, and change them'],
  ['attach', 'what a vfio-user server offers, as a VMM would meet it'],
  ['machines', 'machine types and the compat rows that they apply'],
  ['properties', 'the properties of a device, what each takes and does'],
  ['demo', 'the main job on a capture that the package ships'],
  ['completion', 'a completion script for bash, zsh or fish'],
];

export function formatOverview(paint: Painter = PLAIN): string[] {
  const row = rowsAt([2, 15], paint);
  const { width } = paint;
  return [
    ...wrap("airlock decides and explains what a guest sees of a host's PCIe device.", width),
    '',
    ...wrap('Usage: airlock COMMAND [OPTION...] [OPERAND...]', width, '  '),
    '',
    ...SUMMARIES.flatMap(([name, summary]) => row(name, summary)),
    '',
    ...wrap('airlock COMMAND --help says more about one. airlock version prints the version.', width),
    ...wrap('Exit codes: 0 fine, 1 a device fails or differs, 2 usage or unreadable input, 70 a fault of airlock.', width),
  ];
}

/** What an option does, with its choices where the help does not name them. */
export function describeOption({ choices, multiple, help }: OptionSpec): string {
  const isNamed = (choice: string) => ` ${help} `.replace(/[,;():]/g, ' ').includes(` ${choice} `);
  const choice = choices === undefined || choices.every(isNamed) ? '' : ` (${choices.join(', ')})`;
  return `${help}${choice}${multiple && !help.includes('repeated') ? '; may be repeated' : ''}`;
}

function formatOption(option: OptionSpec, paint: Painter): string[] {
  const { name, short, value } = option;
  const left = `${short === undefined ? '   ' : `-${short},`} --${name}${value === undefined ? '' : ` ${value}`}`;
  const text = describeOption(option);
  const row = rowsAt([2, COLUMN], paint, INDENT);
  // A long option has a line of its own, so that all words begin in one column.
  return left.length + 2 < COLUMN ? row(left, text) : [...row(left), ...row('', text)];
}

export function formatHelp({ name, summary, operands, options, notes = [], examples }: CommandSpec, paint: Painter = PLAIN): string[] {
  const { width } = paint;
  return [
    ...wrap(`airlock ${name}: ${summary}`, width, '  '),
    '',
    ...wrap(`Usage: airlock ${name} [OPTION...] ${operands}`.trimEnd(), width, '  '),
    '',
    ...[...options, HELP].flatMap(option => formatOption(option, paint)),
    ...notes.flatMap(note => ['', ...wrap(note, width)]),
    '',
    'Examples:',
    // A command stays whole, so that it can be copied.
    ...examples.flatMap(([command, what]) => [`  ${command}`, ...wrap(what, width - INDENT).map(line => ' '.repeat(INDENT) + line)]),
  ];
}
