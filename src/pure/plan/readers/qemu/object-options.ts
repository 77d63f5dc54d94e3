/** What is wrong with the options of an object, in QEMU's words; types that QEMU is not known to have are left alone. */
import { PropertyError } from '../../../qemu/property-error.ts';
import { bool } from '../../../qemu/property-types/words.ts';
import { type DefinedValue, findValue } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import { repeat } from './findings.ts';
import { objectOptions } from './generated/object-options.ts';

interface Option {
  readonly name: string;
  readonly isNeeded: boolean;
  /** `bool`, `string`, `number`, `other`, or words with bars between. */
  readonly kind: string;
}

/** Unfolded where a definition first asks. */
const known = new Map<string, readonly Option[]>();

function optionsOf(type: string): readonly Option[] | null {
  const before = known.get(type);
  if (before !== undefined) return before;
  const row = objectOptions.find(([name]) => name === type);
  if (row === undefined) return null;
  const options = [...row[1].matchAll(/([^ !:]+)(!?):(\S+)/g)].map(([, name = '', mark, kind = '']) => ({
    name,
    isNeeded: mark === '!',
    kind,
  }));
  known.set(type, options);
  return options;
}

/** The words for a text of that kind; null where it takes it, or that is not known here. */
function wrongText({ name, kind }: Option, value: string): string | null {
  if (kind.includes('|')) return kind.split('|').includes(value) ? null : `Parameter '${name}' does not accept value '${repeat(value)}'`;
  if (kind !== 'bool') return null;
  try {
    bool.parse(value, name);
    return null;
  } catch (error) {
    if (error instanceof PropertyError) return error.message;
    throw error;
  }
}

function wrongValue(option: Option, { value, json }: DefinedValue): string | null {
  const { name, kind } = option;
  const wanted = kind === 'bool' ? 'boolean' : kind === 'string' || kind.includes('|') ? 'string' : null;
  if (json === null || json === wanted) return json === 'boolean' ? null : wrongText(option, value);
  return wanted === null ? null : `Invalid parameter type for '${name}', expected: ${wanted}`;
}

/** The parts of a list, or of an object, have names with dots. */
const isOf = (name: string, option: Option): boolean => name === option.name || name.startsWith([option.name, ''].join('.'));

/** A descriptor is looked at when the object is made, by its number. */
function wrongDescriptor(type: string, values: readonly DefinedValue[]): { message: string; origin: Origin } | null {
  const fd = type === 'iommufd' ? findValue(values, 'fd') : undefined;
  if (fd === undefined || /^\d+$/.test(fd.value)) return null;
  const shown = repeat(fd.value);
  return { message: `Could not parse remote object fd ${shown}:Invalid file descriptor number '${shown}'`, origin: fd.origin };
}

/** What QEMU says first of an object of that type with these values, which stands at `origin`; null where nothing is known to be wrong. */
export function wrongOption(type: string, values: readonly DefinedValue[], origin: Origin): { message: string; origin: Origin } | null {
  const options = optionsOf(type);
  if (options === null) return null;
  for (const option of options) {
    const value = values.findLast(({ name }) => isOf(name, option));
    if (value === undefined && option.isNeeded) return { message: `Parameter '${option.name}' is missing`, origin };
    const message = value?.name === option.name ? wrongValue(option, value) : null;
    if (value !== undefined && message !== null) return { message, origin: value.origin };
  }
  const strange = values.find(({ name }) => !options.some(option => isOf(name, option)));
  if (strange !== undefined) {
    const shown = repeat(strange.name);
    const message = strange.json === null ? `Invalid parameter '${shown}'` : `Parameter '${shown}' is unexpected`;
    return { message, origin: strange.origin };
  }
  return wrongDescriptor(type, values);
}
