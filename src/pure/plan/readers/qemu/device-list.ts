/** Devices in the order in which QEMU makes them: those of key=value and of files first, those in JSON behind them. */
import type { DefinedDevice, DefinedGlobal, DefinedValue } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import type { ConfigSection } from './config-file.ts';
import { type Findings, repeat } from './findings.ts';
import { hostChoice } from './host-choice.ts';
import { JsonArgumentError, parseJsonArgument } from './json-argument.ts';
import { parseOptions } from './key-values.ts';
import type { QemuWord } from './word.ts';

/** Names that QEMU takes for what it makes. */
const IDENTIFIER = /^[A-Za-z][A-Za-z0-9._-]*$/;
const WANTS_IDENTIFIER = "Parameter 'id' expects an identifier";
const IDENTIFIER_HINT = "Identifiers consist of letters, digits, '-', '.', '_', starting with a letter.";

const HOST_NAMES = new Set(['host', 'sysfsdev', 'fd']);

interface Entry {
  /** What -set calls it. */
  readonly id: string | null;
  /** `driver` and later ids are among them. */
  readonly values: DefinedValue[];
  readonly origin: Origin;
}

/** Whether the text of a word can be an id, or a part of it is not known; a finding where it cannot. */
export function checkIdOf({ hasExpansion }: QemuWord, { value, origin }: DefinedValue, findings: Findings): boolean {
  return (hasExpansion === true && /[$`]/.test(value)) || checkIdentifier(value, origin, findings);
}

/** Whether a text can be an id; a finding where it cannot. */
export function checkIdentifier(id: string, origin: Origin, findings: Findings): boolean {
  if (IDENTIFIER.test(id)) return true;
  findings.error('qemu.id.syntax', `${WANTS_IDENTIFIER}; ${IDENTIFIER_HINT}`, origin);
  return false;
}

/** Collects devices. */
export class DeviceList {
  readonly #findings: Findings;
  readonly #entries: Entry[] = [];
  readonly #byId = new Map<string, Entry>();
  readonly #inJson: Entry[] = [];

  constructor(findings: Findings, known: readonly DefinedDevice[]) {
    this.#findings = findings;
    for (const { driver, id, values, origin } of known) {
      const driverValue = { name: 'driver', value: driver, json: null, origin };
      this.#add({ id, values: [driverValue, ...values], origin });
    }
  }

  addWord(word: QemuWord): void {
    const origin = word.origin(0, word.text.length);
    if (word.text.startsWith('{')) {
      const values = jsonValues(word, this.#findings);
      if (values !== null) this.#inJson.push({ id: null, values, origin });
      return;
    }
    const { id, values, asksForHelp } = parseOptions(word, 'driver', this.#findings);
    if (asksForHelp) {
      this.#findings.error('qemu.help', 'QEMU prints help and ends', origin);
      return;
    }
    if (id !== null && !checkIdOf(word, id, this.#findings)) return;
    this.#add({ id: id?.value ?? null, values: [...values], origin }, id?.origin);
  }

  addSection({ id, values, origin }: ConfigSection): void {
    this.#add({ id, values: [...values], origin });
  }

  /** Puts a value behind those of the device that -set calls `id`; false where there is none on the line so far. */
  set(id: string, value: DefinedValue): boolean {
    const entry = this.#byId.get(id);
    entry?.values.push(value);
    return entry !== undefined;
  }

  /** All of them; which device of the host one is, a global may say. */
  finish(globals: readonly DefinedGlobal[]): DefinedDevice[] {
    const devices: DefinedDevice[] = [];
    const ids = new Set<string>();
    const hosts = globals.filter(({ name }) => HOST_NAMES.has(name));
    for (const entry of [...this.#entries, ...this.#inJson]) {
      const device = this.#device(entry, hosts);
      if (device === null) continue;
      if (device.id !== null) this.#checkId(device.id, ids, entry);
      devices.push(device);
    }
    return devices;
  }

  #add(entry: Entry, idOrigin: Origin = entry.origin): void {
    this.#entries.push(entry);
    if (entry.id === null) return;
    if (this.#byId.has(entry.id)) this.#findings.error('qemu.id.twice', `Duplicate ID '${repeat(entry.id)}' for device`, idOrigin);
    else this.#byId.set(entry.id, entry);
  }

  /** What QEMU checks when it makes the device. */
  #checkId(id: string, ids: Set<string>, { id: settable, origin, values }: Entry): void {
    const place = values.findLast(({ name }) => name === 'id')?.origin ?? origin;
    if (!IDENTIFIER.test(id)) this.#findings.error('qemu.id.syntax', `Invalid qdev ID '${repeat(id)}'`, place);
    // Of two that -set would call the same, the words were said before.
    else if (ids.has(id) && settable !== id) this.#findings.error('qemu.id.twice', `Duplicate device ID '${repeat(id)}'`, place);
    ids.add(id);
  }

  #device({ id, values, origin }: Entry, hosts: readonly DefinedGlobal[]): DefinedDevice | null {
    const driver = values.findLast(({ name }) => name === 'driver');
    if (driver === undefined || !isText(driver)) {
      this.#findings.error('qemu.device.driver', "Parameter 'driver' is missing", origin);
      return null;
    }
    if (driver.value === '') {
      this.#findings.error('qemu.device.driver', "'' is not a valid device model name", driver.origin);
      return null;
    }
    const own = values.filter(({ name }) => name !== 'driver' && name !== 'id');
    const named = hosts.filter(global => reachesDriver(global, driver.value));
    const lastId = values.findLast(value => value.name === 'id' && isText(value))?.value ?? id;
    return { driver: driver.value, id: lastId, values: own, host: hostChoice(driver.value, [...named, ...own], origin), origin };
  }
}

/** Whether a global reaches the devices of a driver. */
function reachesDriver({ driver }: DefinedGlobal, of: string): boolean {
  return driver === of || (driver === 'vfio-pci' && of === 'vfio-pci-nohotplug');
}

/** Whether a value is text; in JSON it may be something else, which QEMU then takes no notice of. */
function isText({ json }: DefinedValue): boolean {
  return json === null || json === 'string';
}

/** The members of an argument in JSON; null, with a finding, where QEMU refuses it. */
export function jsonValues(word: QemuWord, findings: Findings): DefinedValue[] | null {
  try {
    return parseJsonArgument(word, findings);
  } catch (error) {
    if (!(error instanceof JsonArgumentError)) throw error;
    findings.error('qemu.syntax.json', error.message, word.origin(error.at, Math.min(error.at + 1, word.text.length)));
    return null;
  }
}
