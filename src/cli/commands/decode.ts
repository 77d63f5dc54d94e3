/** `airlock decode`: what a device is, in the layout of lspci where lspci has one. */
import { decodeDevice } from '../../pure/pci/decode-device.ts';
import { DECODE_SCHEMA_VERSION, decodeJson } from '../../pure/render/decode-json.ts';
import { formatLspci } from '../../pure/render/lspci/device.ts';
import { wrap } from '../../pure/render/wrap.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { selectDevices } from '../input.ts';
import { deviceNames } from '../names.ts';
import { onlyOperand, parseSlot } from '../operands.ts';
import { painter, print } from '../output.ts';

const FULL_VERBOSITY = 3;
/** lspci's -xxxx: all that is known. */
const FULL_HEX = 4;

async function run(operands: readonly string[], options: Options): Promise<number> {
  const input = onlyOperand('decode', operands);
  const [json, lines] = [options.flag('json'), options.flag('jsonl')];
  if (json && lines) throw new UsageError('--json and --jsonl exclude each other');
  const numeric = options.flag('numeric') ? 'ids' : 'both';
  const verbosity = options.flag('verbose') ? FULL_VERBOSITY : 0;
  const hex = options.flag('hex') ? FULL_HEX : 0;
  const paint = painter();
  let count = 0;
  if (json) print(`{"schemaVersion":${DECODE_SCHEMA_VERSION},"devices":[`);
  for await (const { config, bdf } of selectDevices(input, parseSlot(options))) {
    const device = decodeDevice(config, bdf);
    if (json) print(`${count === 0 ? '' : ','}\n${JSON.stringify(decodeJson(device))}`);
    else if (lines) print(`${JSON.stringify(decodeJson(device))}\n`);
    else {
      const names = numeric === 'ids' ? {} : { names: deviceNames() };
      const findings = device.findings.flatMap(({ code, text }) => wrap(`\tfinding: ${text} (${code})`, 73, '\t  '));
      print([
        ...formatLspci(device, { ...names, numeric, verbosity, hex }),
        ...findings.map(line => paint('warn', line)),
        ...(verbosity > 0 || hex > 0 ? [''] : []),
      ]);
    }
    count++;
  }
  if (json) print('\n]}\n');
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'decode',
  summary: 'what a device is, in the layout of lspci',
  operands: 'INPUT',
  options: [
    { name: 'slot', short: 's', value: 'BDF', help: 'only the device at this address' },
    { name: 'verbose', short: 'v', help: 'every register, as lspci -vvv shows it' },
    { name: 'hex', short: 'x', help: 'the bytes, as lspci -xxxx shows them' },
    { name: 'numeric', short: 'n', help: 'ids alone, without names' },
    { name: 'json', help: 'one JSON document: every field of every capability, and the findings' },
    { name: 'jsonl', help: 'one JSON object a line for each device' },
  ],
  notes: [
    'INPUT is a dump of lspci -xxxx, 64, 256 or 4096 raw bytes, or a capture; - is standard input.',
    'Names come from the pci.ids file of this machine, as lspci’s do; AIRLOCK_PCI_IDS names another.',
    'Exit code: 0, or 2 for usage or unreadable input. Strange bytes are findings, not failures.',
  ],
  examples: [
    ['airlock decode dump.txt', 'one line a device'],
    ['airlock decode dump.txt -s 3b:00.0 -v', 'all of one device'],
    ['airlock decode /sys/bus/pci/devices/0000:3b:00.0/config -v', 'raw bytes from sysfs, as root'],
  ],
  run,
};
