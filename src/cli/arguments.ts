/** Turns an argument list into a command's options, with errors that name what was meant. */

import { parseArgs } from 'node:util';
import { nearestNames } from '../pure/text/nearest-names.ts';
import { shorten } from '../pure/text/shorten.ts';
import { type CommandSpec, type OptionSpec, type Options, UsageError } from './command.ts';
import { type OptionValues, ParsedOptions } from './parsed-options.ts';

const HELP = { name: 'help', short: 'h' } as const;

/** Throws UsageError for an option that the command does not have, or that lacks its value. */
export function parseArguments(command: CommandSpec, args: readonly string[]): { operands: readonly string[]; options: Options } {
  const config: Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }> = {};
  for (const { name, short, value, multiple } of [...command.options, { ...HELP, value: undefined, multiple: undefined }]) {
    config[name] = { type: value === undefined ? 'boolean' : 'string', ...(short && { short }), ...(multiple && { multiple }) };
  }
  const end = command.takesWords === true ? args.indexOf('--') : -1;
  const own = end === -1 ? args : args.slice(0, end);
  try {
    const { values, positionals } = parseArgs({ args: joinNegative(command, own), options: config, allowPositionals: true, strict: true });
    checkChoices(command, values as OptionValues);
    return { operands: positionals, options: new ParsedOptions(values as OptionValues, end === -1 ? null : args.slice(end + 1)) };
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    throw new UsageError(`${explain(command, error)}; see airlock ${command.name} --help`);
  }
}

/** A value that begins with a dash belongs to the option before it: `--socket -x` is a slip, `-p x=-1` is not one. */
function joinNegative(command: CommandSpec, args: readonly string[]): string[] {
  const takesValue = new Set(command.options.filter(({ value }) => value !== undefined).map(({ name }) => `--${name}`));
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const next = args[i + 1];
    if (takesValue.has(args[i]) && next !== undefined && /^-\d/.test(next)) joined.push(`${args[i]}=${args[++i]}`);
    else joined.push(args[i]);
  }
  return joined;
}

function checkChoices(command: CommandSpec, values: OptionValues): void {
  for (const { name, choices, multiple } of command.options) {
    const value = values[name];
    if (choices === undefined || value === undefined || typeof value === 'boolean') continue;
    // Commas may separate several values.
    const words = [value].flat().flatMap(word => (multiple ? String(word).split(',') : [String(word)]));
    const wrong = words.find(word => !choices.includes(word));
    if (wrong === undefined) continue;
    throw new UsageError(`--${name} does not take "${shorten(wrong)}": wanted ${choices.join(', ')}${suggest(wrong, choices)}`);
  }
}

function suggest(word: string, known: Iterable<string>): string {
  const [nearest] = nearestNames(word, known);
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}

/** The option that Node's words name: `'-M, --machine <value>'`, `'--json'`, `'-z'`. */
function namedOption(command: CommandSpec, message: string): { word: string; option: OptionSpec | undefined } {
  const word = /'(?:-\w, )?(-[^' ]*)/.exec(message)?.[1] ?? '';
  const option = command.options.find(({ name, short }) => word === `--${name}` || word === `-${short}`);
  return { word, option };
}

/** Turns Node's message for a bad argument into one of ours. */
function explain(command: CommandSpec, { code, message }: Error & { code?: string }): string {
  const { word, option } = namedOption(command, message);
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && word !== '') {
    const names = command.options.map(({ name }) => `--${name}`);
    return `airlock ${command.name} has no option ${shorten(word)}${suggest(word, names)}`;
  }
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' && word !== '') {
    if (option?.value === undefined) return `${word} takes no value`;
    const wanted = option.choices === undefined ? option.value : option.choices.join(', ');
    // Node takes a value that begins with a dash for the next option.
    return `${word} needs a value: wanted ${wanted}${message.includes('ambiguous') ? `; one that begins with a dash is ${word}=VALUE` : ''}`;
  }
  return message.replace(/\.? ?\n[\s\S]*$/, '').replace(/\.$/, '');
}
