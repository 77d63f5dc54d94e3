/** `airlock explore`: a page that shows what the guest sees, served to this machine or written as one file. */
import { readFileSync } from 'node:fs';
import { shortNames } from '../../pure/text/short-names.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { deviceNameLines } from '../explore/device-name-lines.ts';
import { openBrowser } from '../explore/open-browser.ts';
import { explorerPage } from '../explore/page.ts';
import type { PageExample } from '../explore/page-data.ts';
import { type ReadInputs, type Redacts, readInputs } from '../explore/read-inputs.ts';
import { servePage } from '../explore/server.ts';
import { writeWhole } from '../explore/write-page.ts';
import { deviceNames } from '../names.ts';
import { print, printError } from '../output.ts';
import { redactionOptions, redactionsOf } from '../redaction-options.ts';
import { captureNames, captureUrl } from '../shipped-captures.ts';
import { untilSignal } from '../signals.ts';

/** Options that go with a file alone. */
const REDACTION_OPTIONS = redactionOptions('with --out: ');

/** A port; 0 for one that is free. Throws UsageError. */
function portOf(options: Options): number {
  const text = options.value('port') ?? '0';
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 0xffff)) throw new UsageError(`--port does not take "${shorten(text)}": wanted 1 to 65535, or 0 for one that is free`);
  return port;
}

/** What is taken out of a file; null for what is served, which stays on this machine. Throws UsageError. */
function redactsOf(options: Options): Redacts {
  if (options.value('out') === undefined) {
    const wrong = REDACTION_OPTIONS.map(({ name }) => name).find(name => options.flag(name));
    if (wrong !== undefined) throw new UsageError(`--${wrong} goes with --out: a page that is served has all that the inputs hold`);
    return null;
  }
  const wrong = options.value('port') !== undefined ? 'port' : options.flag('no-open') ? 'no-open' : null;
  if (wrong !== null) throw new UsageError(`--${wrong} goes with a page that is served, not with --out`);
  const kinds = redactionsOf(options);
  return kinds.length === 0 ? null : kinds;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

function contentWords({ inputs, devices, definitions }: ReadInputs): string {
  const hosts = inputs.length - definitions;
  const parts = [
    ...(hosts > 0 ? [`${count(devices.length, 'device')} of ${count(hosts, 'input')}`] : []),
    ...(definitions > 0 ? [count(definitions, 'definition')] : []),
  ];
  return parts.length === 0 ? 'no input' : parts.join(' and ');
}

/** The shipped captures, to begin with where there is nothing else. */
const examples = (): PageExample[] => captureNames().map(name => ({ name, text: readFileSync(captureUrl(name), 'utf8') }));

function pageOf(read: ReadInputs, withExamples: boolean) {
  const pciIds = read.devices.length === 0 ? '' : deviceNameLines(read.devices, deviceNames());
  return explorerPage({ inputs: read.inputs, examples: withExamples ? examples() : [], pciIds });
}

/** Inputs by short names: the folders of this machine are nobody's business who is sent the file. */
function withoutFolders(read: ReadInputs): ReadInputs {
  const names = shortNames(read.inputs.map(({ name }) => name));
  return { ...read, inputs: read.inputs.map((input, i) => ({ ...input, name: names[i] ?? input.name })) };
}

function write(path: string, read: ReadInputs, redacts: Redacts): void {
  const { html } = pageOf(withoutFolders(read), read.inputs.length === 0);
  writeWhole(path, html);
  const without = redacts === null ? 'nothing redacted' : `without ${redacts.join(' and ').replace('serials', 'serial numbers')}`;
  const size = `${Math.ceil(Buffer.byteLength(html) / 1000)} kB`;
  print([`${path}: ${size}, ${contentWords(read)}${read.devices.length === 0 ? '' : `, ${without}`}`]);
}

async function serve(read: ReadInputs, port: number, opens: boolean): Promise<void> {
  const signal = untilSignal();
  await using server = await servePage(pageOf(read, true), port);
  print([server.address]);
  printError(`airlock: serves ${contentWords(read)} to this machine; Ctrl-C ends it`);
  if (opens) openBrowser(server.address, words => printError(`airlock: note: ${words}`));
  await signal;
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const redacts = redactsOf(options);
  const port = portOf(options);
  const path = options.value('out');
  if (path === '' || path === '-') throw new UsageError('--out takes the path of a file, such as host.html');
  const read = await readInputs(operands, redacts);
  if (operands.length > 0 && read.inputs.length === 0) return EXIT.usage;
  if (path === undefined) await serve(read, port, !options.flag('no-open'));
  else write(path, read, redacts);
  return read.unread === 0 ? EXIT.fine : EXIT.usage;
}

export const command: CommandSpec = {
  name: 'explore',
  summary: 'a page that shows what the guest sees: every bit, and what if',
  operands: '[INPUT...]',
  options: [
    { name: 'out', short: 'o', value: 'FILE', help: 'write one file with the page and the data in it, and serve nothing' },
    ...REDACTION_OPTIONS,
    { name: 'no-open', help: 'open no browser; it is none without a display either' },
    { name: 'port', value: 'PORT', help: 'the port to serve at; default one that is free' },
  ],
  notes: [
    'INPUT is what view takes, also the definition of a VM, as plan takes it, - for standard input, or a folder of all these. The page takes further ones by paste, drop or file. Without INPUT it begins with the captures that the package ships. Devices of this machine: airlock capture makes a file of them.',
    'The page is served at 127.0.0.1 alone, until Ctrl-C, at an address that nobody can guess: whoever sees it on this machine, in a list of processes for one, can read the page. It reads nothing but what was named, and neither it nor the file asks anything of any network.',
    'What --out writes is one file that opens from the disk in any browser and can be mailed. Devices are in it as airlock capture would write them: serial numbers unknown, addresses 0, registers that a vendor defines kept; definitions of VMs as they are.',
    'Inputs that cannot be read are told, and left out. Exit code: 0, or 2 for usage, for what cannot be read, written or served.',
  ],
  examples: [
    ['airlock explore host.json', 'look at a captured host in the browser'],
    ['sudo lspci -xxxx | airlock explore -', 'at this machine'],
    ['airlock explore captures/ vm.xml -o review.html', 'captures and a VM, in one file to mail'],
  ],
  run,
};
