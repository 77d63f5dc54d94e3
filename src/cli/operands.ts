/** Operands that many commands take. */
import { Bdf, BdfError } from '../pure/pci/bdf.ts';
import { type Options, UsageError } from './command.ts';

/** The one operand of a command. */
export function onlyOperand(command: string, operands: readonly string[]): string {
  const [only, extra] = operands;
  if (only === undefined)
    throw new UsageError(`airlock ${command} needs an input: a file, or - for standard input; see airlock ${command} --help`);
  if (extra !== undefined) throw new UsageError(`airlock ${command} takes one input, not also "${extra}"`);
  return only;
}

/** The address of an option such as -s; null where it was not given. */
export function parseSlot(options: Options, name = 'slot'): Bdf | null {
  const text = options.value(name);
  if (text === undefined) return null;
  try {
    return Bdf.parse(text);
  } catch (error) {
    if (error instanceof BdfError) throw new UsageError(`--${name}: ${error.message}`);
    throw error;
  }
}
