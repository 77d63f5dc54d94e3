/** `airlock compare`: what differs between two devices as a guest meets them; exit codes are diff's. */

import { formatHex } from '../../pure/bytes/hex.ts';
import { compare, type Difference } from '../../pure/guest-view/compare.ts';
import { guestBytes } from '../../pure/guest-view/index.ts';
import type { ConfigSpace } from '../../pure/pci/config-space.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { readOneDevice } from '../input.ts';
import { liveOptions } from '../live-options.ts';
import { parseSlot } from '../operands.ts';
import { painter, print } from '../output.ts';
import { ROOT_OPTION } from '../root-option.ts';
import { VIEW_OPTIONS, Viewer } from '../view-options.ts';

/** Options of the second side; where one is not given, it is as on the first. */
const SIDE_B = ['slot', 'ats', 'machine', 'profile', 'placement', 'hw-caps', 'backend', 'kernel', 'max-pasid-log2'];

/** The options as the second side sees them. */
function sideB(options: Options): Options {
  return {
    given: options.given,
    flag: name => options.flag(name),
    value: name => (SIDE_B.includes(name) ? (options.value(`b-${name}`) ?? options.value(name)) : options.value(name)),
    values: name => options.values(name),
  };
}

async function bytesOf(path: string, options: Options, asTheyAre: boolean): Promise<ConfigSpace> {
  const device = await readOneDevice(path, parseSlot(options), liveOptions(options));
  if (asTheyAre) return device.config;
  const { realized } = new Viewer(options).view(device);
  if (realized.outcome === 'failed') throw new UsageError(`Cannot compare ${path}: realize fails: ${realized.error.message}`);
  return guestBytes(realized);
}

function formatDifference({ at, place, field, a, b }: Difference): string {
  const what = [formatHex(at, 3), place, field].filter(part => part !== '').join(' ');
  return `${what}: ${a ?? '-'} | ${b ?? '-'}`;
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const [a, b, extra] = operands;
  if (a === undefined || b === undefined || extra !== undefined)
    throw new UsageError('airlock compare takes two inputs: A and B; see airlock compare --help');
  if (a === '-' && b === '-') throw new UsageError('standard input can be one of the two inputs, not both');
  const asTheyAre = options.flag('raw');
  const differences = compare(await bytesOf(a, options, asTheyAre), await bytesOf(b, sideB(options), asTheyAre));
  if (options.flag('json')) {
    const list = differences.map(({ at, ...rest }) => ({ at: formatHex(at, 3), ...rest }));
    print(`${JSON.stringify({ schemaVersion: 1, same: list.length === 0, differences: list }, null, 2)}\n`);
  } else if (!options.flag('quiet') && differences.length > 0) {
    const paint = painter();
    print([paint('dim', `WHERE: A | B  (A: ${a}, B: ${b})`), ...differences.map(formatDifference)]);
  }
  return differences.length === 0 ? EXIT.fine : EXIT.failed;
}

export const command: CommandSpec = {
  name: 'compare',
  summary: 'what differs between two devices as a guest meets them',
  operands: 'A B',
  options: [
    { name: 'slot', short: 's', value: 'BDF', help: 'the device in A, and in B without --b-slot' },
    ...VIEW_OPTIONS,
    ROOT_OPTION,
    ...SIDE_B.map(name => {
      const option = VIEW_OPTIONS.find(candidate => candidate.name === name);
      const value = option?.value ?? 'BDF';
      return { name: `b-${name}`, value, ...(option?.choices && { choices: option.choices }), help: `--${name} for B alone` };
    }),
    { name: 'raw', help: 'compare the bytes as they are, without making guest views' },
    { name: 'quiet', short: 'q', help: 'print nothing, only set the exit code' },
    { name: 'json', help: 'one JSON document' },
  ],
  notes: [
    'A and B are inputs as those of airlock view: files, - for one of them, or addresses of devices of this machine.',
    'Exit code: 0 the same, 1 different, 2 trouble.',
  ],
  examples: [
    ['airlock compare old.txt new.txt -s 3b:00.0', 'can a guest move from one host to the other?'],
    ['airlock compare d.txt d.txt --ats on --b-ats off', 'what ats=off takes away'],
    ['airlock compare d.txt d.txt --b-profile qemu-11.1', 'where QEMU is less strict'],
  ],
  run,
};
