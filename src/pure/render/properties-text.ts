/** The text of `properties`: a list of all, or all of one. */
import type { PropertySystem } from '../qemu/index.ts';
import { machineRanges } from '../qemu/machine-ranges.ts';
import type { PropertyFacts } from '../qemu/property-facts.ts';
import { breakBehind, wrap } from '../text/wrap.ts';
import type { Painter } from './paint.ts';

const LABEL = 11;

/** Between which versions of the VMM it came or went, as far as their tables show; null where there is nothing to say. */
function history({ presence, driver, vmm }: PropertyFacts): string | null {
  const versions = Object.keys(presence);
  const [older, newer] = [versions.at(0), versions.at(-1)];
  if (older === undefined || newer === undefined || older === newer) return null;
  const states = `${presence[older]} ${presence[newer]}`;
  if (presence[older] === 'unknown') return `not known: there is no table of ${driver} in ${vmm} ${older}`;
  if (states === 'absent there') return `since ${newer}, or a version between ${older} and ${newer}`;
  if (states === 'there absent') return `${older} has it, ${newer} has it no more`;
  return null;
}

/** The versions that have it, where all versions with a table do. */
function allVersions({ presence, vmm }: PropertyFacts): string {
  const [oldest = '', ...others] = Object.keys(presence);
  return others.length === 0 ? `${vmm} ${oldest}` : [`${oldest} or older`, ...others].join(', and ');
}

const quoted = (text: string | undefined): string => (text === undefined || text === '' ? 'none' : text);

/** The default, and that of another version where it differs. */
function defaultText({ default: value, type, defaults, vmm }: PropertyFacts): string {
  const own = quoted(type.format(value));
  const others = Object.entries(defaults).flatMap(([version, other]) =>
    quoted(other) === own ? [] : [`${quoted(other)} in ${vmm} ${version}`],
  );
  return [own, ...others].join('; ');
}

function entry(label: string, text: string, width: number): string[] {
  const indent = ' '.repeat(LABEL + 2);
  return wrap(text, width - indent.length).map((line, i) => (i === 0 ? `  ${label.padEnd(LABEL)}${line}` : indent + line));
}

function rowLines(facts: PropertyFacts, profile: PropertySystem, width: number): string[] {
  if (profile.machines === null) return entry('rows', `profile ${profile.name} has no machine types`, width);
  if (facts.rows.length === 0) return entry('rows', 'no machine type sets it', width);
  return facts.rows.flatMap(({ value, driver, machines, isOwn }, i) => {
    const text = facts.type.format(facts.type.parse(value, facts.name));
    const own = isOwn ? `; a row of the ${profile.name} profile, ${facts.vmm} as released has none` : '';
    const by = driver === facts.driver ? '' : ` (a row for ${driver})`;
    return entry(i === 0 ? 'rows' : '', `${text}${by}: ${machineRanges(machines, profile).join(', ')}${own}`, width);
  });
}

/** What it does to the guest's view, or that it does nothing to it. */
function effectText({ effect: { changesView, text } }: PropertyFacts): string {
  return changesView ? `changes it: ${text}` : `stays as it is: the property ${text}`;
}

/** One property whole. */
export function formatProperty(facts: PropertyFacts, profile: PropertySystem, paint: Painter): string[] {
  const { width } = paint;
  return [
    ...wrap(breakBehind('.', `${facts.driver}.${facts.name}`, width), width, '  ').map(line => paint('strong', line)),
    ...wrap(facts.help, width - 2).map(line => `  ${line}`),
    '',
    ...entry('type', facts.declaredType, width),
    ...entry('takes', facts.type.takes, width),
    ...entry('default', defaultText(facts), width),
    ...entry('version', history(facts) ?? allVersions(facts), width),
    ...entry('view', effectText(facts), width),
    ...rowLines(facts, profile, width),
  ];
}

/** Every property: a line with type and default, and its help below. */
export function formatProperties(all: readonly PropertyFacts[], paint: Painter): string[] {
  const { width } = paint;
  return all.flatMap(facts => {
    const since = history(facts);
    const version = since === null || Object.values(facts.presence)[0] === 'unknown' ? '' : `; ${since}`;
    const nameAndType = breakBehind('=', `${facts.name}=${facts.declaredType}`, width);
    const [first = '', ...more] = wrap(`${nameAndType} (default ${defaultText(facts)}${version})`, width, '  ');
    const head = paint('strong', facts.name) + first.slice(facts.name.length);
    return [head, ...more, ...wrap(facts.help, width - 4).map(line => `    ${line}`)];
  });
}
