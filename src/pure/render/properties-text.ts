/** What is known of properties, as text: a list of all, or one whole. */
import { type MachineProfile, propertyEffect } from '../qemu/index.ts';
import { machineRanges } from '../qemu/machine-ranges.ts';
import { type PropertyFacts, QEMU_VERSIONS } from '../qemu/property-facts.ts';
import type { Painter } from './paint.ts';
import { breakBehind, wrap } from './wrap.ts';

const LABEL = 11;

/** Between which versions it came or went, as far as their tables show; null where there is nothing to say. */
function history({ presence, driver }: PropertyFacts): string | null {
  const [older, newer] = [presence['10.0'], presence['11.1']];
  if (older === 'unknown') return `not known: there is no table of ${driver} in QEMU 10.0`;
  if (older === 'absent' && newer === 'there') return 'since 11.1, or a version between 10.0 and 11.1';
  if (older === 'there' && newer === 'absent') return '10.0 has it, 11.1 has it no more';
  return null;
}

const quoted = (text: string | undefined): string => (text === undefined || text === '' ? 'none' : text);

/** The default, and the other version's where it is another. */
function defaultText({ default: value, type, defaults }: PropertyFacts): string {
  const own = quoted(type.format(value));
  const others = QEMU_VERSIONS.flatMap(version => {
    const other = defaults[version];
    return other === undefined || quoted(other) === own ? [] : [`${quoted(other)} in QEMU ${version}`];
  });
  return [own, ...others].join('; ');
}

function entry(label: string, text: string, width: number): string[] {
  const indent = ' '.repeat(LABEL + 2);
  return wrap(text, width - indent.length).map((line, i) => (i === 0 ? `  ${label.padEnd(LABEL)}${line}` : indent + line));
}

function rowLines(facts: PropertyFacts, profile: MachineProfile, width: number): string[] {
  if (facts.rows.length === 0) return entry('rows', 'no machine type sets it', width);
  return facts.rows.flatMap(({ value, driver, machines, isOwn }, i) => {
    const text = facts.type.format(facts.type.parse(value, facts.name));
    const own = isOwn ? '; a row of the airlock profile, QEMU as released has none' : '';
    const by = driver === facts.driver ? '' : ` (a row for ${driver})`;
    return entry(i === 0 ? 'rows' : '', `${text}${by}: ${machineRanges(machines, profile).join(', ')}${own}`, width);
  });
}

/** What it does to the guest's view, or that it does nothing to it. */
function effectText({ driver, name }: PropertyFacts): string {
  const { changesView, text } = propertyEffect(driver, name);
  return changesView ? `changes it: ${text}` : `stays as it is: the property ${text}`;
}

/** One property whole. */
export function formatProperty(facts: PropertyFacts, profile: MachineProfile, paint: Painter): string[] {
  const { width } = paint;
  return [
    ...wrap(breakBehind('.', `${facts.driver}.${facts.name}`, width), width, '  ').map(line => paint('strong', line)),
    ...wrap(facts.help, width - 2).map(line => `  ${line}`),
    '',
    ...entry('type', facts.declaredType, width),
    ...entry('takes', facts.type.takes, width),
    ...entry('default', defaultText(facts), width),
    ...entry('version', history(facts) ?? '10.0 or older, and 11.1', width),
    ...entry('view', effectText(facts), width),
    ...rowLines(facts, profile, width),
  ];
}

/** Every property: a line with type and default, and its help below. */
export function formatProperties(all: readonly PropertyFacts[], paint: Painter): string[] {
  const { width } = paint;
  return all.flatMap(facts => {
    const since = history(facts);
    const version = since === null || facts.presence['10.0'] === 'unknown' ? '' : `; ${since}`;
    const nameAndType = breakBehind('=', `${facts.name}=${facts.declaredType}`, width);
    const [first = '', ...more] = wrap(`${nameAndType} (default ${defaultText(facts)}${version})`, width, '  ');
    const head = paint('strong', facts.name) + first.slice(facts.name.length);
    return [head, ...more, ...wrap(facts.help, width - 4).map(line => `    ${line}`)];
  });
}
