/** Answers what may come next on a command line that is being typed; the same answer for every shell. */
import type { CommandSpec, OptionSpec, ValueSource } from '../command.ts';
import { COMMANDS, isCommand, loadCommands } from '../registry.ts';
import { type Candidate, type Context, type Offer, valuesOf } from './value-sources.ts';

/** Where the values of a placeholder come from; nobody can list the values of one that is not here. */
const BY_PLACEHOLDER: Readonly<Record<string, ValueSource>> = {
  V: 'ats',
  TYPE: 'machines',
  'NAME=VALUE': 'assignments',
  'DRIVER.NAME=VALUE': 'globals',
  FILE: 'files',
  PATH: 'files',
  DIR: 'folders',
  INPUT: 'files',
  SOURCE: 'files',
  SOCKET: 'files',
  A: 'files',
  B: 'files',
  BDF: 'addresses',
  REQUEST: 'requests',
};

/** The parts of a line that decide about its last word. */
interface Line {
  readonly operands: readonly string[];
  /** The option whose value the last word is. */
  readonly open: OptionSpec | undefined;
  readonly values: ReadonlyMap<string, string>;
  readonly onlyOperands: boolean;
}

function readLine({ options }: CommandSpec, before: readonly string[]): Line {
  const operands: string[] = [];
  const values = new Map<string, string>();
  let open: OptionSpec | undefined;
  let onlyOperands = false;
  for (const word of before) {
    if (open !== undefined) {
      values.set(open.name, word);
      open = undefined;
    } else if (onlyOperands || word === '-' || !word.startsWith('-')) operands.push(word);
    else if (word === '--') onlyOperands = true;
    else {
      const [name = '', ...value] = word.split('=');
      const option = options.find(({ name: long, short }) => name === `--${long}` || name === `-${short}`);
      if (value.length > 0) values.set(option?.name ?? '', value.join('='));
      else if (option?.value !== undefined) open = option;
      else values.set(option?.name ?? '', '');
    }
  }
  return { operands, open, values, onlyOperands };
}

/** An option such as `--b-machine` takes its values from the profile of its own side. */
function contextOf({ values }: Line, option?: OptionSpec): Context {
  const ofSide = option?.name.startsWith('b-') ? values.get('b-profile') : undefined;
  return {
    profile: ofSide ?? values.get('profile'),
    driver: values.get('driver'),
  };
}

async function offerValues({ choices, values, value = '' }: OptionSpec, current: string, context: Context): Promise<Offer> {
  if (choices !== undefined) return choices.map(word => ({ word, help: '' }));
  const source = values ?? BY_PLACEHOLDER[value];
  return source === undefined ? [] : valuesOf(source, current, context);
}

async function offerOperand(command: CommandSpec, { operands }: Line, current: string, context: Context): Promise<Offer> {
  const placeholders = command.operands.split(' ').filter(Boolean);
  const last = placeholders.at(-1);
  const placeholder = placeholders[operands.length] ?? (last?.includes('...') ? last : undefined);
  if (placeholder === undefined) return [];
  const source = command.operandValues ?? BY_PLACEHOLDER[placeholder.replace(/[[\].]/g, '')];
  return source === undefined ? [] : valuesOf(source, current, context);
}

function offerOptions({ options }: CommandSpec, { values }: Line): Candidate[] {
  const left = options.filter(({ name, multiple }) => multiple || !values.has(name));
  const words = ({ name, short }: OptionSpec) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
  return [...left.flatMap(option => words(option).map(word => ({ word, help: option.help }))), { word: '--help', help: 'this help' }];
}

async function offerCommands(current: string): Promise<Candidate[]> {
  const options = ['--help', '--version'].map(word => ({ word, help: '' }));
  if (current.startsWith('-')) return options;
  const commands = (await loadCommands()).map(({ name, summary }) => ({ word: name, help: summary }));
  return [...commands, { word: 'help', help: 'help for a command' }, { word: 'version', help: 'the version' }];
}

async function offerFor(words: readonly string[]): Promise<Offer> {
  const [name = '', ...rest] = words;
  const current = words.at(-1) ?? '';
  if (words.length <= 1) return offerCommands(current);
  if (name === 'help') return rest.length === 1 ? (await offerCommands('')).filter(({ word }) => isCommand(word)) : [];
  if (!isCommand(name)) return [];
  const { command } = (await COMMANDS[name]()) as { readonly command: CommandSpec };
  const line = readLine(command, rest.slice(0, -1));
  if (line.open !== undefined) return offerValues(line.open, current, contextOf(line, line.open));
  if (line.onlyOperands || !current.startsWith('-')) return offerOperand(command, line, current, contextOf(line));
  const at = current.indexOf('=');
  if (at < 0) return offerOptions(command, line);
  const option = command.options.find(({ name: long }) => current.slice(0, at) === `--${long}`);
  if (option?.value === undefined) return [];
  const offer = await offerValues(option, current.slice(at + 1), contextOf(line, option));
  return typeof offer === 'string' ? offer : offer.map(({ word, help }) => ({ word: `${current.slice(0, at + 1)}${word}`, help }));
}

/**
 * Lines for a shell's script: first `files`, `folders` or `words`, then each word that fits, with a tab and its help behind it.
 * `words` are those after the program's name; the last is what stands before the cursor, perhaps empty.
 *
 * @example await completionAnswer(['view', '--profile=qemu-10']) // ['words', '--profile=qemu-10.0\t']
 */
export async function completionAnswer(words: readonly string[]): Promise<string[]> {
  const offer = await offerFor(words);
  if (typeof offer === 'string') return [offer];
  const current = words.at(-1) ?? '';
  return ['words', ...offer.filter(({ word }) => word.startsWith(current)).map(({ word, help }) => `${word}\t${help}`)];
}
