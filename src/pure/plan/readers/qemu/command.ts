/** What QEMU's options define, in the order in which QEMU takes them: words in, and the parts of a definition out. */
import type { DefinedDevice, DefinedGlobal, DefinedMachine, DefinedObject, DefinedValue } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import type { PlanFinding } from '../../plan-finding.ts';
import { DefinitionError, MOST_CHARACTERS, type ReadContext } from '../reader.ts';
import { type ConfigSection, readConfigFile } from './config-file.ts';
import { checkIdentifier, DeviceList } from './device-list.ts';
import { Findings, repeat } from './findings.ts';
import { parseGlobal, parseSetting, REQUIRED_OF_GLOBAL } from './global.ts';
import { escapeCommas, parseKeyValues, parseOptions } from './key-values.ts';
import { ObjectList } from './object-list.ts';
import { SETTABLE_GROUPS, UNSETTABLE_GROUPS } from './options.ts';
import { plainWord, type QemuWord } from './word.ts';

/** What the words say. */
export interface QemuParts {
  /** null where no word gives one. */
  readonly name: string | null;
  readonly machine: DefinedMachine;
  readonly hasDefaultDevices: boolean;
  readonly accelerators: readonly string[];
  readonly globals: readonly DefinedGlobal[];
  readonly objects: readonly DefinedObject[];
  readonly devices: readonly DefinedDevice[];
  readonly otherOptions: readonly DefinedValue[];
  /** Whether a file that the words name could not be read. */
  readonly isPartial: boolean;
  readonly findings: readonly PlanFinding[];
}

const BOTH_ACCELERATORS = 'The -accel and "-machine accel=" options are incompatible';
/** Options behind which no VM starts, and what QEMU prints. */
const ENDING: ReadonlyMap<string, string> = new Map([
  ['h', 'help'],
  ['help', 'help'],
  ['version', 'its version'],
]);
const NAME_PARAMETERS = new Set(['guest', 'process', 'debug-threads']);

/** Takes one option after the other. */
export class QemuCommand {
  readonly findings = new Findings();
  readonly #context: ReadContext;
  readonly #devices: DeviceList;
  readonly #objects = new ObjectList(this.findings);
  readonly #globals: DefinedGlobal[] = [];
  readonly #machine: DefinedValue[] = [];
  readonly #accelerators: string[] = [];
  readonly #otherOptions: DefinedValue[] = [];
  readonly #otherNames = new Set<string>();
  /** For each drive by its id what -set puts behind its words. */
  readonly #settingsOfDrives = new Map<string, { readonly drive: DefinedValue; readonly words: string[] }>();
  readonly #handlers: Readonly<Record<string, (word: QemuWord) => void>>;
  #accelOrigin: Origin | null = null;
  #name: string | null = null;
  #hasDefaultDevices = true;
  #charactersOfFiles = 0;
  #isPartial = false;

  /** `known` are devices that other parts of the definition make before: -set may change them, and their ids are taken. */
  constructor(context: ReadContext, known: readonly DefinedDevice[] = []) {
    this.#context = context;
    this.#devices = new DeviceList(this.findings, known);
    this.#handlers = {
      accel: word => this.#accel(word),
      device: word => this.#devices.addWord(word),
      global: word => this.#global(word),
      machine: word => this.#machineWord(word),
      M: word => this.#machineWord(word),
      name: word => this.#nameWord(word),
      object: word => this.#objects.addWord(word),
      readconfig: word => this.#readConfig(word),
      set: word => this.#set(word),
    };
  }

  /** Option `name`, without its dashes, with its argument; null for one that takes none, which stands at `origin`. */
  option(name: string, argument: QemuWord | null, origin: Origin): void {
    const handler = Object.hasOwn(this.#handlers, name) ? this.#handlers[name] : undefined;
    if (argument !== null && handler !== undefined) handler(argument);
    else if (ENDING.has(name)) this.findings.error('qemu.help', `QEMU prints ${ENDING.get(name)} and ends`, origin);
    else if (name === 'nodefaults') this.#hasDefaultDevices = false;
    else if (name === 'enable-kvm') this.#machine.push({ name: 'accel', value: 'kvm', json: null, origin: { ...origin, span: null } });
    else {
      const place = argument?.origin(0, argument.text.length) ?? origin;
      this.findings.countValue(place);
      this.#other({ name, value: argument?.text ?? '', json: null, origin: place });
    }
  }

  #other(option: DefinedValue): void {
    this.#otherOptions.push(option);
    this.#otherNames.add(option.name);
    if (option.name !== 'drive') return;
    // What is to be said about its words is not ours to say.
    const { id } = parseOptions(plainWord(option.value, { ...option.origin, span: null }), null, new Findings());
    if (id !== null && !this.#settingsOfDrives.has(id.value)) this.#settingsOfDrives.set(id.value, { drive: option, words: [] });
  }

  /** All that was said. */
  parts(): QemuParts {
    const type = this.#machine.findLast(({ name }) => name === 'type') ?? null;
    const accel = this.#machine.findLast(({ name }) => name === 'accel');
    if (accel !== undefined && this.#accelOrigin !== null) this.findings.error('qemu.accel.twice', BOTH_ACCELERATORS, this.#accelOrigin);
    const devices = this.#devices.finish(this.#globals);
    return {
      name: this.#name,
      machine: { type, values: this.#machine.filter(({ name }) => name !== 'type') },
      hasDefaultDevices: this.#hasDefaultDevices,
      accelerators: accel === undefined ? this.#accelerators : accel.value.split(':', 100).filter(name => name !== ''),
      globals: this.#globals,
      objects: this.#objects.finish(),
      devices,
      otherOptions: this.#finishOthers(),
      isPartial: this.#isPartial,
      findings: this.findings.all,
    };
  }

  #accelerator(name: string, origin: Origin): void {
    this.#accelOrigin = origin;
    this.#accelerators.push(name);
  }

  /** How interrupts are made is a property of the accelerator that machines take too, and IOMMUs ask for. */
  #accel(word: QemuWord): void {
    const { values } = parseOptions(word, 'accel', this.findings);
    this.#accelerator(values.findLast(({ name }) => name === 'accel')?.value ?? '', word.origin(0, word.text.length));
    this.#machine.push(...values.filter(({ name }) => name === 'kernel-irqchip'));
  }

  #global(word: QemuWord): void {
    const global = parseGlobal(word, this.findings);
    if (global !== null) this.#globals.push(global);
  }

  #machineWord(word: QemuWord): void {
    const values = parseKeyValues(word, 'type', this.findings);
    if (Array.isArray(values)) this.#machine.push(...values);
    else this.findings.error('qemu.syntax.machine', values.message, word.origin(values.start, values.end));
  }

  #nameWord(word: QemuWord): void {
    const { values } = parseOptions(word, 'guest', this.findings);
    const strange = values.find(({ name }) => !NAME_PARAMETERS.has(name));
    if (strange !== undefined) this.#invalidParameter(strange);
    this.#name = values.findLast(({ name }) => name === 'guest')?.value ?? this.#name;
  }

  #set(word: QemuWord): void {
    const setting = parseSetting(word);
    const origin = word.origin(0, word.text.length);
    if (setting === null) {
      this.findings.error('qemu.set.syntax', `can't parse: "${repeat(word.text)}"`, origin);
      return;
    }
    const { group, id, value } = setting;
    this.findings.countValue(origin);
    // Of what is not kept, it is enough that there is such an option.
    const isThere =
      group === 'device' ? this.#devices.set(id, value) : group === 'drive' ? this.#setDrive(id, value) : this.#otherNames.has(group);
    if (UNSETTABLE_GROUPS.has(group)) this.findings.error('qemu.set.group', `-set is not supported with ${repeat(group)}`, origin);
    else if (!SETTABLE_GROUPS.has(group)) this.findings.error('qemu.set.group', `There is no option group '${repeat(group)}'`, origin);
    else if (!isThere) this.findings.error('qemu.set.absent', `there is no ${group} "${repeat(id)}" defined`, origin);
  }

  /** A drive keeps its words, so the setting is put behind them. */
  #setDrive(id: string, { name, value }: DefinedValue): boolean {
    const found = this.#settingsOfDrives.get(id);
    found?.words.push(`,${name}=${escapeCommas(value)}`);
    return found !== undefined;
  }

  /** The options with what -set put behind them. */
  #finishOthers(): readonly DefinedValue[] {
    const settings = new Map([...this.#settingsOfDrives.values()].map(({ drive, words }) => [drive, words.join('')]));
    return this.#otherOptions.map(option => {
      const words = settings.get(option) ?? '';
      return words === '' ? option : { ...option, value: option.value + words };
    });
  }

  #readConfig(word: QemuWord): void {
    const origin = word.origin(0, word.text.length);
    const text = this.#context.openFile(word.text);
    if (text === null) {
      this.#isPartial = true;
      const message = `${repeat(word.text)} cannot be read here: what it defines is not known`;
      this.findings.warning('qemu.config.unread', message, origin);
      return;
    }
    this.#charactersOfFiles += text.length;
    if (this.#charactersOfFiles > MOST_CHARACTERS) {
      throw new DefinitionError(`The files of -readconfig have more than ${MOST_CHARACTERS} characters`, origin);
    }
    this.config(word.text, text);
  }

  /** What a file of -readconfig says. */
  config(file: string, text: string): void {
    for (const section of readConfigFile({ file, text }, this.findings)) {
      if (!SETTABLE_GROUPS.has(section.group) && !UNSETTABLE_GROUPS.has(section.group)) {
        this.findings.error('qemu.config.group', `There is no option group '${repeat(section.group)}'`, section.origin);
      } else this.#section(section);
    }
  }

  /** An id among the values counts more than that of the head. */
  #section(section: ConfigSection): void {
    const { group, origin } = section;
    const own = section.values.findLast(({ name }) => name === 'id');
    const id = own?.value ?? section.id;
    const values = section.values.filter(({ name }) => name !== 'id');
    // QEMU looks at ids of objects when it makes them, and a machine has none.
    if (id !== null && !UNSETTABLE_GROUPS.has(group) && !checkIdentifier(id, own?.origin ?? origin, this.findings)) return;
    if (group === 'device') this.#devices.addSection({ ...section, id, values });
    else if (group === 'object') this.#objects.addSection({ ...section, id, values });
    else if (group === 'machine') this.#machine.push(...values.map(value => ({ ...value, name: value.name.replaceAll('_', '-') })));
    else if (group === 'global') this.#globalSection(values, origin);
    else if (group === 'accel') this.#accelerators.push(...values.filter(({ name }) => name === 'accel').map(({ value }) => value));
    else if (group === 'name') this.#name = values.findLast(({ name }) => name === 'guest')?.value ?? this.#name;
    else {
      const words = [...(id === null ? [] : [`id=${id}`]), ...values.map(({ name, value }) => `${name}=${escapeCommas(value)}`)];
      this.#other({ name: group, value: words.join(','), json: null, origin });
    }
  }

  #globalSection(values: readonly DefinedValue[], origin: Origin): void {
    const strange = values.find(({ name }) => !REQUIRED_OF_GLOBAL.includes(name));
    if (strange !== undefined) this.#invalidParameter(strange);
    const [driver, property, value] = REQUIRED_OF_GLOBAL.map(name => values.findLast(one => one.name === name));
    if (driver === undefined) this.findings.warning('qemu.global.incomplete', 'This global is for no driver', origin);
    else if (property === undefined || value === undefined) {
      const message = `QEMU ends by a fault of its own where a device has this driver: the section has no ${property === undefined ? 'property' : 'value'}`;
      this.findings.error('qemu.global.incomplete', message, origin);
    } else this.#globals.push({ driver: driver.value, name: property.value, value: value.value, json: null, origin: value.origin });
  }

  #invalidParameter({ name, origin }: DefinedValue): void {
    this.findings.error('qemu.syntax.parameter', `Invalid parameter '${repeat(name)}'`, origin);
  }
}
