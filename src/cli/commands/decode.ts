/** `airlock decode`: what a device is, in the layout of lspci where lspci has one. */

import type { DeviceFacts } from '../../pure/facts/index.ts';
import { inputDoubts } from '../../pure/inputs/index.ts';
import type { ConfigSpace } from '../../pure/pci/config-space.ts';
import { type DecodedDevice, decodeDevice } from '../../pure/pci/decode-device.ts';
import { unknownPlaces } from '../../pure/pci/unknown-places.ts';
import { formatLspci } from '../../pure/render/lspci/device.ts';
import { formatPlaces } from '../../pure/render/unknown-places-text.ts';
import { DECODE_SCHEMA_VERSION, decodeJson } from '../../pure/reports/decode-json.ts';
import { wrap } from '../../pure/text/wrap.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { selectDevices } from '../input.ts';
import { HEX_TEXT_NOTE, INPUT_FORMAT_OPTION } from '../input-format-option.ts';
import { BACKEND_OPTION, type LiveOptions, liveOptions } from '../live-options.ts';
import { deviceNames } from '../names.ts';
import { onlyOperand } from '../operands.ts';
import { painter, print } from '../output.ts';
import { ROOT_OPTION } from '../root-option.ts';
import { IDS_OPTION, parseSelection, SLOT_OPTION } from '../selection.ts';

const FULL_VERBOSITY = 3;
/** lspci's -xxxx: all that is known. */
const FULL_HEX = 4;
/** The beginning of a JSON document, up to its first device. */
const JSON_BEGIN = `{"schemaVersion":${DECODE_SCHEMA_VERSION},"devices":[`;
/** Options of the text alone. */
const OF_TEXT: readonly string[] = ['verbose', 'hex', 'numeric'];
/** How many runs of unknown bytes a device's text names. */
const MOST_PLACES = 6;
/** Columns that a tab takes beyond one. */
const TAB = 7;

/** The bytes that the user asked for; only a device that can be opened, or a capture, has vfio's. */
function bytesOf({ bdf, config, vfio, notAsked }: DeviceFacts, kind: string | undefined): ConfigSpace {
  if (kind !== 'vfio') return config;
  if (vfio === null) throw new UsageError(`${bdf ?? 'The input'} has no vfio bytes${notAsked === null ? '' : `: ${notAsked}`}`);
  return vfio;
}

/** Adds, as findings, what the rows of a device leave in doubt. */
function withDoubts(device: DecodedDevice, input: DeviceFacts): DecodedDevice {
  const at = input.contradictory?.at ?? device.config.knownLength;
  const findings = inputDoubts(input).map(({ code, message }) => ({ at, code, text: message }));
  return findings.length === 0 ? device : { ...device, findings: [...device.findings, ...findings] };
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const path = onlyOperand('decode', operands);
  const [json, lines] = [options.flag('json'), options.flag('jsonl')];
  if (json && lines) throw new UsageError('--json and --jsonl exclude each other');
  const ofText = OF_TEXT.find(name => options.flag(name));
  if (ofText !== undefined && (json || lines)) {
    const inJson = ofText === 'hex' ? 'airlock view --json gives the bytes' : 'the JSON has every register and the ids without it';
    throw new UsageError(`--${ofText} is for text: ${inJson}`);
  }
  const numeric = options.flag('numeric') ? 'ids' : 'both';
  const verbosity = options.flag('verbose') ? FULL_VERBOSITY : 0;
  const hex = options.flag('hex') ? FULL_HEX : 0;
  const paint = painter();
  let count = 0;
  const kind = options.value('bytes');
  // Host bytes come without opening the device, which would reset it.
  const live: LiveOptions = { ...liveOptions(options), ...(kind !== 'vfio' && { open: 'never' }) };
  for await (const input of selectDevices(path, parseSelection(options), live)) {
    const device = withDoubts(decodeDevice(bytesOf(input, kind), input.bdf), input);
    if (json) print(`${count === 0 ? JSON_BEGIN : ','}\n${JSON.stringify(decodeJson(device))}`);
    else if (lines) print(`${JSON.stringify(decodeJson(device))}\n`);
    else {
      const names = numeric === 'ids' ? {} : { names: deviceNames() };
      const notes = [
        ...device.findings.map(({ code, text }) => `finding: ${text} (${code})`),
        ...(verbosity > 0 ? formatPlaces(unknownPlaces(device.config), MOST_PLACES).map(place => `unknown: ${place}`) : []),
      ].flatMap(note => wrap(`\t${note}`, paint.width - TAB, '\t  '));
      print([
        ...formatLspci(device, { ...names, numeric, verbosity, hex }),
        ...notes.map(line => paint('warn', line)),
        ...(verbosity > 0 || hex > 0 ? [''] : []),
      ]);
    }
    count++;
  }
  if (json) print(`${count === 0 ? JSON_BEGIN : ''}\n]}\n`);
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'decode',
  summary: 'what a device is, in the layout of lspci',
  operands: 'INPUT',
  options: [
    SLOT_OPTION,
    IDS_OPTION,
    { name: 'verbose', short: 'v', help: 'every register, as lspci -vvv shows it' },
    { name: 'hex', short: 'x', help: 'the bytes, as lspci -xxxx shows them' },
    { name: 'numeric', short: 'n', help: 'ids alone, without names' },
    { name: 'bytes', value: 'KIND', choices: ['host', 'vfio'], help: 'host bytes (default), or vfio bytes of a device or capture' },
    BACKEND_OPTION,
    ROOT_OPTION,
    INPUT_FORMAT_OPTION,
    { name: 'json', help: 'one JSON document: every field of every capability, and the findings' },
    { name: 'jsonl', help: 'one JSON object a line for each device' },
  ],
  notes: [
    'INPUT is a dump of lspci -xxxx, 64, 256 or 4096 raw bytes, a capture, or a VM that QEMU saved into a file (migrate file:…), whose PCI devices are decoded; - is standard input. It may also be the address of a device of this machine, whose bytes come from sysfs; with --bytes vfio it is opened, which resets it.',
    HEX_TEXT_NOTE,
    "Names come from the pci.ids file of this machine, as lspci's do; AIRLOCK_PCI_IDS names another.",
    'Strange bytes are findings, not failures. Unlike lspci, -v and the JSON say which bytes of a device are not known.',
    'Exit code: 0, or 2 for usage or unreadable input.',
  ],
  examples: [
    ['airlock decode dump.txt', 'one line a device'],
    ['airlock decode dump.txt -s 3b:00.0 -v', 'all of one device'],
    ['airlock decode vm.sav -v', 'the PCI devices of a saved VM, as its guest reads them'],
    ['sudo airlock decode 3b:00.0 -v', 'a device of this machine'],
    ['sudo airlock decode 3b:00.0 -v --bytes vfio', 'as vfio-pci lets user space read it'],
  ],
  run,
};
