/** The options of `compare`: those of `view`, which hold for both sides, and each again with --b- for the second side. */
import type { OptionSpec, Options } from './command.ts';
import { INPUT_FORMAT_OPTION } from './input-format-option.ts';
import { type OptionValues, ParsedOptions } from './parsed-options.ts';
import { ROOT_OPTION } from './root-option.ts';
import { IDS_OPTION, SLOT_OPTION } from './selection.ts';
import { VIEW_OPTIONS } from './view-options.ts';

/** Which device is compared: for B, its own option replaces the common one. */
const CHOICES: readonly OptionSpec[] = [
  { ...SLOT_OPTION, help: 'the device in A, and in B unless --b-slot is given; as in airlock view' },
  { ...IDS_OPTION, help: 'the device by its ids, as in airlock view' },
];

/** Options that hold for both sides unless the second side has its own. */
const SIDE_OPTIONS: readonly OptionSpec[] = [...CHOICES, ...VIEW_OPTIONS, ROOT_OPTION, INPUT_FORMAT_OPTION];

const SWITCH = ['on', 'off'];

const isChoice = ({ name }: OptionSpec) => CHOICES.some(choice => choice.name === name);

function forB(option: OptionSpec): OptionSpec {
  const { name, value, choices, multiple } = option;
  // A flag that holds for both sides needs a way to be off for B.
  if (value === undefined) return { name: `b-${name}`, value: 'V', choices: SWITCH, help: `--${name} for B alone` };
  const help = multiple && !isChoice(option) ? `--${name} for B alone, after those of both` : `--${name} for B alone`;
  return { name: `b-${name}`, value, ...(choices && { choices }), ...(multiple && { multiple }), help };
}

/** The short form: `--b-p` for `--b-property`. */
function shortForB({ name, short, value, multiple }: OptionSpec): OptionSpec[] {
  if (short === undefined || value === undefined) return [];
  return [{ name: `b-${short}`, value, ...(multiple && { multiple }), help: `short for --b-${name}` }];
}

export const COMPARE_OPTIONS: readonly OptionSpec[] = [...SIDE_OPTIONS, ...SIDE_OPTIONS.map(forB), ...SIDE_OPTIONS.flatMap(shortForB)];

type Given = OptionValues[string];

const listOf = (given: Given): readonly (string | boolean)[] => (Array.isArray(given) ? given : []);

/** What was given for B of one option, in its long or its short form. */
function givenForB({ given }: Options, { name, short, multiple }: OptionSpec): Given {
  const forms = [given[`b-${name}`], short === undefined ? undefined : given[`b-${short}`]];
  if (!multiple) return forms.find(form => form !== undefined);
  const list = forms.flatMap(listOf);
  return list.length === 0 ? undefined : list;
}

/** The second side's options: its own, and the common ones where it has none. */
export function sideB(options: Options): Options {
  const given: Record<string, Given> = { ...options.given };
  for (const option of SIDE_OPTIONS) {
    const own = givenForB(options, option);
    if (own === undefined) continue;
    if (option.value === undefined) given[option.name] = own === 'on';
    else given[option.name] = option.multiple && !isChoice(option) ? [...listOf(given[option.name]), ...listOf(own)] : own;
  }
  // --ats is applied after every -p, so a common --ats would undo a --b-property that sets ats.
  const isAts = (text: string | boolean) => String(text).startsWith('ats=');
  if (given['b-ats'] === undefined && [...listOf(given['b-property']), ...listOf(given['b-p'])].some(isAts)) delete given.ats;
  return new ParsedOptions(given);
}

/** The first given option that decides a view, which --raw would leave without effect; undefined where there is none. */
export function givenForViews({ given }: Options): string | undefined {
  const views = VIEW_OPTIONS.filter(({ name }) => name !== 'bytes' && name !== 'backend');
  const names = views.flatMap(({ name, short }) => [name, `b-${name}`, ...(short === undefined ? [] : [`b-${short}`])]);
  return names.find(name => given[name] !== undefined);
}
