/** Help as text of at most 80 columns, made from the commands' own data. */
import { wrap } from '../pure/render/wrap.ts';
import type { CommandSpec, OptionSpec } from './command.ts';

const WIDTH = 80;
/** Where the words begin beside an option. */
const COLUMN = 30;

const SUMMARIES: readonly (readonly [name: string, summary: string])[] = [
  ['view', 'what will the guest see of a device, and why'],
  ['decode', 'what a device is, in the layout of lspci'],
  ['compare', 'what differs between two devices as a guest meets them'],
  ['probe', 'what the kernel says about one device when it is asked'],
  ['capture', 'one file with all that a host says about its devices'],
  ['devices', "the host's devices, and whether they can be assigned"],
  ['doctor', 'is this host ready to assign devices, and what mends it'],
  ['bind', 'give a device to VFIO, so that it can be assigned'],
  ['unbind', 'give a device back from VFIO to the host'],
  ['serve', "be the device behind a VM's slot, over vfio-user"],
  ['ctl', 'ask a running serve about its devices, and change them'],
  ['attach', 'what a vfio-user server offers, as a VMM would meet it'],
  ['machines', 'machine types and the compat rows that they apply'],
  ['demo', 'the main job on a capture that the package ships'],
  ['completion', 'a completion script for bash, zsh or fish'],
];

export function formatOverview(): string[] {
  return [
    "airlock decides and explains what a guest sees of a host's PCIe device.",
    '',
    'Usage: airlock COMMAND [OPTION...] [OPERAND...]',
    '',
    ...SUMMARIES.map(([name, summary]) => `  ${name.padEnd(12)} ${summary}`),
    '',
    'airlock COMMAND --help tells more of one. airlock version prints the version.',
    'Exit codes: 0 fine, 1 a device fails or differs, 2 usage or unreadable input.',
  ];
}

function formatOption({ name, short, value, choices, multiple, help }: OptionSpec): string[] {
  const left = `  ${short === undefined ? '   ' : `-${short},`} --${name}${value === undefined ? '' : ` ${value}`}`;
  const choice = choices === undefined || help.includes(choices.join(', ')) ? '' : ` (${choices.join(', ')})`;
  const text = wrap(`${help}${choice}${multiple && !help.includes('repeated') ? '; may be repeated' : ''}`, WIDTH - COLUMN);
  if (left.length >= COLUMN) return [left, ...text.map(line => ' '.repeat(COLUMN) + line)];
  return text.map((line, i) => (i === 0 ? left.padEnd(COLUMN) : ' '.repeat(COLUMN)) + line);
}

export function formatHelp({ name, summary, operands, options, notes = [], examples }: CommandSpec): string[] {
  return [
    `airlock ${name}: ${summary}`,
    '',
    `Usage: airlock ${name} [OPTION...] ${operands}`.trimEnd(),
    '',
    ...options.flatMap(formatOption),
    ...formatOption({ name: 'help', short: 'h', help: 'this help' }),
    ...notes.flatMap(note => ['', ...wrap(note, WIDTH)]),
    '',
    'Examples:',
    ...examples.flatMap(([command, what]) => [`  ${command}`, `      ${what}`]),
  ];
}
