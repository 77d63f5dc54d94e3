/** The properties of a device that its place rests on, in the types of QEMU and with its words for a wrong value. */

import { PropertyError } from '../../../qemu/property-error.ts';
import type { PropertyType } from '../../../qemu/property-type.ts';
import { uint8, uint16, uint32 } from '../../../qemu/property-types/integer.ts';
import { pciSlotAddress } from '../../../qemu/property-types/pci-address.ts';
import { bool } from '../../../qemu/property-types/words.ts';
import { type DefinedGlobal, type DefinedValue, findValue } from '../../definition.ts';
import { refuseGlobal, refuseOwn, refusePartGlobals } from './device-properties.ts';
import type { PciDriver } from './driver.ts';
import { Refusal } from './refusal.ts';

/** Where a value is parsed. */
interface Setting {
  readonly driver: PciDriver;
  readonly name: string;
  readonly value: DefinedValue;
  readonly isGlobal: boolean;
}

/** A -global sets an alternate in a way that QEMU's own code forbids, so that the program ends. */
const GLOBAL_ADDRESS = "visit_start_alternate: Assertion `!(v->type & VISITOR_INPUT)' failed.";

/** Parses with QEMU's words; those for a -global have its text in front. */
function parsed<T>({ driver, name, value, isGlobal }: Setting, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof PropertyError)) throw error;
    const { origin } = value;
    if (!isGlobal) throw new Refusal('place.value', error.message, { origin });
    const front = `can't apply global ${'driver' in value ? value.driver : driver.name}.${name}=${value.value}: `;
    throw new Refusal('place.global', front + error.message, { origin });
  }
}

function refuse(property: string, message: string): never {
  throw new PropertyError(message, { code: 'property.value', property });
}

function parseBool({ name, value }: Setting): boolean {
  if (value.json === null) return bool.parse(value.value, name) === true;
  if (value.json !== 'boolean') refuse(name, `Invalid parameter type for '${name}', expected: boolean`);
  return value.value === 'true';
}

/** An unsigned number; JSON takes numbers alone, and a -global says of a text what JSON says. */
function parseNumber({ name, value, isGlobal }: Setting, type: PropertyType): number {
  const isWhole = /^-?[0-9]+$/.test(value.value);
  if (value.json !== null && (value.json !== 'number' || !isWhole)) refuse(name, `Parameter '${name}' expects uint64`);
  try {
    return Number(type.parse(value.value, name));
  } catch (error) {
    if (isGlobal && error instanceof PropertyError && error.message.endsWith('expects integer')) {
      refuse(name, `Parameter '${name}' expects uint64`);
    }
    throw error;
  }
}

/** `slot << 3 | function`, -1 for the VMM's choice: as text `5.1`, in JSON that number too. */
function parseAddress({ driver, name, value }: Setting): number {
  if (value.json === null || value.json === 'string') return Number(pciSlotAddress.parse(value.value, name, driver.name));
  if (value.json !== 'number') refuse(name, `Invalid parameter type for '${name}', expected int or str`);
  const number = /^-?[0-9]{1,18}$/.test(value.value) ? Number(value.value) : null;
  if (number === null) refuse(name, `Invalid parameter type for '${name}', expected: integer`);
  if (number < -1 || number > 255) refuse(name, `Parameter '${name}' expects a value between -1 and 255`);
  return number;
}

const parseText = ({ value }: Setting): string => value.value;

const parseUint8 = (setting: Setting): number => parseNumber(setting, uint8);
const parseUint32 = (setting: Setting): number => parseNumber(setting, uint32);
const parseUint16 = (setting: Setting): number => parseNumber(setting, uint16);

/** How each is parsed; a -global is, whether a device sets the same itself or not. */
const PARSERS = {
  addr: parseAddress,
  multifunction: parseBool,
  shpc: parseBool,
  chassis: parseUint8,
  slot: parseUint16,
  chassis_nr: parseUint8,
  bus_nr: parseUint8,
  sriov_max_vfs: parseUint16,
  'acpi-index': parseUint32,
  failover_pair_id: parseText,
  'sriov-pf': parseText,
} as const;

type SettingName = keyof typeof PARSERS;

/** Which of them only some devices have. */
function hasSetting(driver: PciDriver, name: SettingName): boolean {
  if (name === 'chassis' || name === 'slot') return driver.types.includes('pcie-slot');
  if (name === 'chassis_nr' || name === 'shpc') return driver.types.includes('pci-bridge') || driver.name === 'pci-bridge-seat';
  if (name === 'bus_nr') return driver.name === 'pxb' || driver.name === 'pxb-pcie' || driver.name === 'pxb-cxl';
  if (name === 'sriov_max_vfs') return driver.name === 'nvme';
  return true;
}

const isSettingName = (name: string): name is SettingName => Object.hasOwn(PARSERS, name);

/** What a device's place rests on; a number that a device has not is 0, and null where a manager chooses it at start. */
export interface PlaceSettings {
  /** -1 for the VMM's choice. */
  readonly address: number | null;
  readonly multifunction: boolean;
  /** Of a port: with `slot` what no other port may have. */
  readonly chassis: number | null;
  readonly slot: number;
  /** Of a conventional bridge. */
  readonly chassisNumber: number | null;
  readonly hasController: boolean;
  /** Of an expander. */
  readonly busNumber: number | null;
  readonly virtualFunctions: number;
  /** What the firmware's tables call it. */
  readonly acpiIndex: number;
  /** Empty for none. */
  readonly failoverPair: string;
  readonly physicalFunction: string;
}

/** Raw values by name, lowest first. */
type Layer = ReadonlyMap<SettingName, DefinedValue>;

/** The globals of a definition, each list of those that reach a driver read once for all its devices. */
export class GlobalSettings {
  readonly #globals: readonly DefinedGlobal[];
  readonly #hasKnownProperties: boolean;
  readonly #layers = new Map<PciDriver, Layer | Refusal>();

  /** `hasKnownProperties`: whether the program's devices have the properties that are known here. */
  constructor(globals: readonly DefinedGlobal[], hasKnownProperties: boolean) {
    this.#globals = globals;
    this.#hasKnownProperties = hasKnownProperties;
  }

  /** @throws Refusal for one that is wrong, each time */
  for(driver: PciDriver): Layer {
    const found = this.#layers.get(driver) ?? this.#read(driver);
    this.#layers.set(driver, found);
    if (found instanceof Refusal) throw found;
    return found;
  }

  #read(driver: PciDriver): Layer | Refusal {
    if (this.#globals.length === 0) return NO_LAYER;
    try {
      if (this.#hasKnownProperties) refusePartGlobals(driver, this.#globals);
      return this.#parse(driver);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  #parse(driver: PciDriver): Layer {
    const layer = new Map<SettingName, DefinedValue>();
    for (const global of this.#globals.filter(each => driver.types.includes(each.driver))) {
      const { name } = global;
      if (!isSettingName(name) || !hasSetting(driver, name)) {
        if (this.#hasKnownProperties) refuseGlobal(driver, global);
        continue;
      }
      if (name === 'addr') throw new Refusal('place.global', GLOBAL_ADDRESS, { origin: global.origin });
      parsed({ driver, name, value: global, isGlobal: true }, () => PARSERS[name]({ driver, name, value: global, isGlobal: true }));
      layer.set(name, global);
    }
    return layer;
  }

  /** Of a device's own values; those that its place rests on are read behind. */
  checkOwn(driver: PciDriver, values: readonly DefinedValue[]): void {
    if (this.#hasKnownProperties)
      refuseOwn(
        driver,
        values.filter(({ name }) => !isSettingName(name) || !hasSetting(driver, name)),
      );
  }
}

const NO_LAYER: Layer = new Map();

/** The settings of one device: made first with what the globals say, which may fail, and then with its own values. */
export class DeviceSettings {
  readonly #driver: PciDriver;
  readonly #all: GlobalSettings;
  readonly #globals: Layer;

  /** @throws Refusal in the words of QEMU for a global that cannot be applied */
  constructor(driver: PciDriver, globals: GlobalSettings) {
    this.#driver = driver;
    this.#all = globals;
    this.#globals = globals.for(driver);
  }

  /**
   * `isManaged`: a manager gives what is not written down.
   * @throws Refusal in the words of QEMU for a wrong value
   */
  read(values: readonly DefinedValue[], isManaged = false): PlaceSettings {
    this.#all.checkOwn(this.#driver, values);
    const get = <Value>(name: SettingName, parse: (setting: Setting) => Value, fallback: Value): Value => {
      if (!hasSetting(this.#driver, name)) return fallback;
      const own = findValue(values, name);
      const value = own ?? this.#globals.get(name);
      if (value === undefined) return fallback;
      const setting: Setting = { driver: this.#driver, name, value, isGlobal: own === undefined };
      return parsed(setting, () => parse(setting));
    };
    const given = (name: SettingName, parse: (setting: Setting) => number, fallback: number) =>
      get<number | null>(name, parse, isManaged ? null : fallback);
    return {
      address: given('addr', parseAddress, -1),
      multifunction: get('multifunction', parseBool, false),
      chassis: given('chassis', parseUint8, 0),
      slot: get('slot', parseUint16, 0),
      chassisNumber: given('chassis_nr', parseUint8, 0),
      hasController: get('shpc', parseBool, true),
      busNumber: given('bus_nr', parseUint8, 0),
      virtualFunctions: get('sriov_max_vfs', parseUint16, 0),
      acpiIndex: get('acpi-index', parseUint32, 0),
      failoverPair: get('failover_pair_id', parseText, ''),
      physicalFunction: get('sriov-pf', parseText, ''),
    };
  }
}
