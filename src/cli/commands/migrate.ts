/** `airlock migrate`: would a VM's migration from one host to another work, and what does an error text mean? */
import {
  type DecodedError,
  decodeMigrationError,
  FORMATS,
  type Migration,
  migrate,
  type PlanHost,
  Planner,
  type PlanOptions,
  sentMachine,
  type VmDefinition,
  type VmPlan,
} from '../../pure/plan/index.ts';
import { isProfileName, PROFILES } from '../../pure/profiles/index.ts';
import { formatDecodedErrors, formatMigration } from '../../pure/render/migrate-text.ts';
import { migrateDecodeJson, migrateJson } from '../../pure/reports/migrate-json.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { painter, print, printError } from '../output.ts';
import { nothingAside, tellSkipped } from '../plan/asked-definitions.ts';
import { listFiles } from '../plan/definition-files.ts';
import { DefinitionReader, findRelated, noSuchVm, noVm, readRelated, readText } from '../plan/definitions.ts';
import { readHosts } from '../plan/hosts.ts';

interface Read {
  readonly definitions: readonly VmDefinition[];
  readonly unread: number;
}

async function readAll(operands: readonly string[], options: Options): Promise<Read> {
  const format = FORMATS.find(name => name === options.value('format')) ?? null;
  const files = listFiles(operands);
  const reader = new DefinitionReader({ format, related: await readRelated(options), found: findRelated(files), named: operands });
  const aside = nothingAside();
  const definitions: VmDefinition[] = [];
  let unread = 0;
  for (const path of files) {
    const file = reader.readPath(path);
    if ('unread' in file) {
      printError(`airlock: ${file.unread}`);
      unread++;
    } else if ('skipped' in file) aside.skipped.push(file.skipped);
    else definitions.push(...file.definitions);
  }
  tellSkipped({ ...aside, unread, read: definitions.length });
  const only = options.value('only');
  const chosen = only === undefined ? definitions : definitions.filter(({ name }) => name === only);
  if (only !== undefined && chosen.length === 0 && unread === 0) {
    throw noSuchVm(
      only,
      definitions.map(({ name }) => name),
    );
  }
  return { definitions: chosen, unread };
}

/** The options of one side: `--to-profile` and `--to-machine` are the destination's where it has others. */
function sideOptions(options: Options, prefix: '' | 'to-'): PlanOptions {
  const name = options.value(`${prefix}profile`) ?? options.value('profile');
  const machine = options.value(`${prefix}machine`) ?? options.value('machine');
  if (name !== undefined && !isProfileName(name)) throw new UsageError(`--${prefix}profile does not take "${shorten(name)}"`);
  return { ...(name !== undefined && { profile: name }), ...(machine !== undefined && { assumed: { machine } }) };
}

async function judge(operands: readonly string[], options: Options): Promise<{ vms: Migration[]; unread: number }> {
  const [from, to] = [options.value('from'), options.value('to')];
  if (from === undefined || to === undefined) throw new UsageError('airlock migrate needs both hosts: --from CAPTURE --to CAPTURE');
  if (operands.length === 0) throw new UsageError('airlock migrate needs a definition: a file, a folder, or - for standard input');
  const [sources, destinations] = [await readHosts([from]), await readHosts([to])];
  const source = new Planner(sources, sideOptions(options, ''));
  const destination = new Destination(destinations, sideOptions(options, 'to-'), options.value('to-machine') === undefined);
  const { definitions, unread } = await readAll(operands, options);
  const vms = definitions.map(definition => {
    const from = source.plan(definition);
    return migrate(from, destination.plan(from));
  });
  return { vms, unread };
}

/** Plans VMs where they are to go, each with the machine type that it is started with there. */
class Destination {
  readonly #hosts: readonly PlanHost[];
  readonly #options: PlanOptions;
  readonly #takesSent: boolean;
  readonly #planners = new Map<string | null, Planner>();

  /** `takesSent`: whether a manager's machine type comes from the source. */
  constructor(hosts: readonly PlanHost[], options: PlanOptions, takesSent: boolean) {
    this.#hosts = hosts;
    this.#options = options;
    this.#takesSent = takesSent;
  }

  plan(from: VmPlan): VmPlan {
    const machine = this.#takesSent ? sentMachine(from) : null;
    const { assumed } = this.#options;
    const options = machine === null ? this.#options : { ...this.#options, assumed: { ...assumed, machine } };
    const planner = this.#planners.get(machine) ?? new Planner(this.#hosts, options);
    this.#planners.set(machine, planner);
    return planner.plan(from.definition);
  }
}

function exitCode(vms: readonly Migration[], isStrict: boolean): number {
  if (vms.some(({ outcome }) => outcome === 'fails')) return EXIT.failed;
  const isDoubtful = vms.some(
    ({ outcome, warnings, devices }) => outcome === 'unknown' || warnings.length > 0 || devices.some(({ silent }) => silent.length > 0),
  );
  return isStrict && isDoubtful ? EXIT.failed : EXIT.fine;
}

function printMigrations(vms: readonly Migration[]): void {
  const paint = painter();
  for (const [i, vm] of vms.entries()) print([...(i === 0 ? [] : ['']), ...formatMigration(vm, paint)]);
}

/** The text itself, or the file `@FILE`, or standard input for `-`. */
function errorText(given: string): string {
  if (given === '-') return readText('-');
  return given.startsWith('@') ? readText(given.slice(1)) : given;
}

async function decode(given: string, operands: readonly string[], options: Options): Promise<number> {
  const errors: readonly DecodedError[] = decodeMigrationError(errorText(given));
  const hasHosts = options.value('from') !== undefined || options.value('to') !== undefined;
  if (!hasHosts && operands.length > 0) throw new UsageError('with --decode a definition needs both hosts: --from CAPTURE --to CAPTURE');
  const { vms, unread } = hasHosts ? await judge(operands, options) : { vms: [], unread: 0 };
  if (options.flag('json')) print(`${JSON.stringify(migrateDecodeJson(errors, vms), null, 2)}\n`);
  else {
    if (errors.length === 0)
      print(['no line of the text is known as an error of a migration or of the start of a VM with a device of the host']);
    else print(formatDecodedErrors(errors, vms, painter()));
    if (vms.length > 0) print(['']);
    printMigrations(vms);
  }
  return unread > 0 ? EXIT.usage : errors.length === 0 ? EXIT.failed : EXIT.fine;
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const text = options.value('decode');
  if (text !== undefined) return decode(text, operands, options);
  const { vms, unread } = await judge(operands, options);
  if (options.flag('json') && (vms.length > 0 || unread === 0)) print(`${JSON.stringify(migrateJson(vms, unread), null, 2)}\n`);
  if (!options.flag('json')) printMigrations(vms);
  if (vms.length === 0 && unread === 0) throw noVm(operands);
  return unread > 0 ? EXIT.usage : exitCode(vms, options.flag('strict'));
}

export const command: CommandSpec = {
  name: 'migrate',
  summary: 'would a migration between two hosts work, and what failed',
  operands: 'DEFINITION...',
  options: [
    { name: 'from', value: 'CAPTURE', help: 'the host that the VM runs on' },
    { name: 'to', value: 'CAPTURE', help: 'the host that it is to run on' },
    { name: 'decode', value: 'TEXT', help: 'say what an error text of QEMU, libvirt or KubeVirt means; @FILE or - reads it' },
    { name: 'format', value: 'NAME', choices: FORMATS, help: 'the format of the definitions; default by their content' },
    { name: 'profile', value: 'NAME', choices: Object.keys(PROFILES), help: 'whose rules; default the newest version of the VMM' },
    { name: 'to-profile', value: 'NAME', choices: Object.keys(PROFILES), help: "the destination's, where it is another version" },
    { name: 'machine', value: 'TYPE', values: 'machines', help: "a machine type in place of the definition's" },
    { name: 'to-machine', value: 'TYPE', values: 'machines', help: "the destination's, where it is another" },
    { name: 'only', value: 'VM', help: 'the VM of that name alone' },
    { name: 'permitted', value: 'FILE', multiple: true, help: 'a KubeVirt object with permittedHostDevices' },
    { name: 'related', value: 'FILE', multiple: true, help: 'a file that the definitions refer to: a network, a mapping' },
    { name: 'json', help: 'one JSON document' },
    { name: 'strict', help: 'exit with 1 on what is unknown, and on what loads without a word' },
  ],
  notes: [
    'Blockers come first, in the order in which QEMU meets them; "may be blocked" is what a capture does not tell. Then each device: the bytes of config space that QEMU compares, and the first that it would refuse, by capability and field on both sides. What differs and is not compared is told as "loads without a word".',
    "A register that a host's driver may have set before vfio-pci resets the device is unknown where a capture has no vfio bytes: capture both devices while vfio-pci has them.",
    'Exit code: 0 where nothing is known to stop it, 1 where something is, 2 for usage or where an input cannot be read. With --decode: 0, or 1 where nothing of the text is known.',
  ],
  examples: [
    ['airlock migrate vm.xml --from a.json --to b.json', 'would it work?'],
    ['airlock migrate --decode @/var/log/libvirt/qemu/vm.log', 'why did it not?'],
    ['airlock migrate vm.xml --from a.json --to b.json --decode @error.txt', 'both: the words, and the cause'],
  ],
  run,
};
