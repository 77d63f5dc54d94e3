/** Applies `raw.qemu.conf`: sections of QEMU's configuration that change, add or remove those that Incus wrote. */
import { quote } from '../../../text/shorten.ts';
import type { DefinedDevice, DefinedGlobal, DefinedObject, DefinedValue } from '../../definition.ts';
import type { Origin, TextPlaces } from '../../origin.ts';
import type { FindingList } from '../finding-list.ts';
import { hostChoice } from '../qemu/host-choice.ts';
import type { YamlScalar } from '../yaml/index.ts';

/** What sections say. */
export interface ConfParts {
  readonly devices: readonly DefinedDevice[];
  readonly objects: readonly DefinedObject[];
  readonly globals: readonly DefinedGlobal[];
  readonly machine: readonly DefinedValue[];
}

/** A section of the text. */
export interface RawSection {
  /** Between the brackets: `device "dev-incus_card"`, `machine`, `global`. */
  readonly name: string;
  /** Of several sections of one name. */
  readonly index: number;
  readonly values: DefinedValue[];
  readonly origin: Origin;
}

/** More than any configuration has. */
const MOST_SECTIONS = 1000;

/** The lines of a block stand in the text as they are; of other styles only the whole has a place. */
export function rawSections(scalar: YamlScalar, text: string, places: TextPlaces, list: FindingList): RawSection[] {
  const isBlock = scalar.style === 'literal';
  const whole = { ...places.at(scalar.start, scalar.end), span: null };
  const sections: RawSection[] = [];
  let at = scalar.start;
  for (const line of (isBlock ? text.slice(scalar.start, scalar.end) : scalar.text).split('\n')) {
    const start = at;
    at += line.length + 1;
    const origin = (from: number, to: number): Origin => (isBlock ? places.at(start + from, start + to) : whole);
    const trimmed = line.trim();
    const indent = line.length - line.trimStart().length;
    if (trimmed === '') continue;
    const [, header, index] = /^\[([^\]]+)\](?:\[([+-]?\d{1,9})\])?$/.exec(trimmed) ?? [];
    if (header !== undefined && sections.length >= MOST_SECTIONS) {
      list.add(
        'error',
        'incus.raw-conf',
        `raw.qemu.conf has more than ${MOST_SECTIONS} sections: those behind are not read`,
        origin(0, line.length),
      );
      break;
    }
    if (header !== undefined) {
      sections.push({ name: header.trim(), index: Number(index ?? 0), values: [], origin: origin(indent, indent + trimmed.length) });
      continue;
    }
    const equals = line.indexOf('=');
    const section = sections.at(-1);
    const refuse = (words: string): void => list.add('error', 'incus.raw-conf', words, origin(indent, indent + trimmed.length));
    if (trimmed.startsWith('[')) refuse(`Invalid section header (must be a section name enclosed in square brackets): ${quote(trimmed)}`);
    else if (section === undefined) refuse(`Expected section header, got: ${quote(trimmed)}`);
    else if (equals <= indent) refuse(`Invalid property override line (must be \`key=value\`): ${quote(trimmed)}`);
    else {
      const raw = line.slice(equals + 1);
      const value = raw.trim();
      const valueStart = equals + 1 + raw.length - raw.trimStart().length;
      const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
      const inside = isQuoted ? value.slice(1, -1) : value;
      const from = valueStart + (isQuoted ? 1 : 0);
      section.values.push({ name: line.slice(0, equals).trim(), value: inside, json: null, origin: origin(from, from + inside.length) });
    }
  }
  return sections;
}

/** Two globals that Incus writes itself for x86 and that are numbered before others. */
export function ownGlobals(origin: Origin): DefinedGlobal[] {
  return ['1', '0'].map((value, at) => ({
    driver: 'ICH9-LPC',
    name: at === 0 ? 'disable_s3' : 'disable_s4',
    value,
    json: null,
    origin: { ...origin, span: null },
  }));
}

export function applySections(parts: ConfParts, sections: readonly RawSection[], list: FindingList): ConfParts {
  let { devices, objects, globals, machine } = parts;
  for (const section of sections) {
    const [, kind = '', id = null] = /^(\w[\w-]*)(?:\s+"([^"]*)")?$/.exec(section.name) ?? [];
    if (kind === 'device') devices = applied(devices, section, id, deviceOf);
    else if (kind === 'object') objects = applied(objects, section, id, objectOf);
    else if (kind === 'machine') machine = overridden(machine, section);
    else if (kind === 'global') globals = appliedGlobal(globals, section, list);
  }
  return { devices, objects, globals, machine };
}

/** A key that is written replaces the one of that name, an empty value removes it; a section without keys removes all. */
function overridden(values: readonly DefinedValue[], section: RawSection): DefinedValue[] {
  if (section.values.length === 0) return [];
  let result = [...values];
  for (const value of section.values) {
    result = result.filter(({ name }) => name !== value.name);
    if (value.value !== '') result.push(value);
  }
  return result;
}

interface WithId {
  readonly id: string | null;
  readonly values: readonly DefinedValue[];
}

function applied<T extends WithId>(
  all: readonly T[],
  section: RawSection,
  id: string | null,
  make: (section: RawSection, id: string | null, before: T | null) => T | null,
): T[] {
  const at = all.findIndex(one => one.id === id);
  if (at < 0) {
    const made = section.values.length === 0 ? null : make(section, id, null);
    return made === null ? [...all] : [...all, made];
  }
  const before = all[at] ?? null;
  const made = section.values.length === 0 ? null : make(section, id, before);
  return all.flatMap((one, index) => (index === at ? (made ?? []) : one));
}

function deviceOf(section: RawSection, id: string | null, before: DefinedDevice | null): DefinedDevice | null {
  const driver = section.values.findLast(({ name }) => name === 'driver')?.value ?? before?.driver;
  if (driver === undefined) return null;
  const values = overridden(before?.values ?? [], section).filter(({ name }) => name !== 'driver');
  const namesHost = section.values.some(({ name }) => ['host', 'sysfsdev', 'fd', 'driver'].includes(name));
  const host = before !== null && !namesHost ? before.host : hostChoice(driver, values, section.origin);
  return before === null ? { driver, id, values, host, origin: section.origin } : { ...before, driver, values, host };
}

function objectOf(section: RawSection, id: string | null, before: DefinedObject | null): DefinedObject | null {
  const type = section.values.findLast(({ name }) => name === 'qom-type')?.value ?? before?.type;
  if (type === undefined) return null;
  const values = overridden(before?.values ?? [], section).filter(({ name }) => name !== 'qom-type');
  return { type, id, values, origin: before?.origin ?? section.origin };
}

function appliedGlobal(globals: readonly DefinedGlobal[], section: RawSection, list: FindingList): DefinedGlobal[] {
  const value = (name: string): DefinedValue | undefined => section.values.findLast(one => one.name === name);
  const before = globals[section.index];
  if (section.values.length === 0) return globals.filter(one => one !== before);
  const driver = value('driver')?.value ?? before?.driver;
  const name = value('property')?.value ?? before?.name;
  const set = value('value') ?? before;
  if (driver === undefined || name === undefined || set === undefined) return [...globals];
  if (before?.driver === 'ICH9-LPC' && driver !== before.driver) {
    const words = `[global] without a number is the first that Incus writes itself, ${before.driver}.${before.name}, which is lost: write [global][2], or the next free number`;
    list.add('warning', 'incus.raw-conf.global', words, section.origin);
  }
  const made = { driver, name, value: set.value, json: null, origin: set.origin };
  return before === undefined ? [...globals, made] : globals.map(one => (one === before ? made : one));
}
