/** Operands that many commands take. */
import { UsageError } from './command.ts';

/** The one operand of a command. */
export function onlyOperand(command: string, operands: readonly string[]): string {
  const [only, extra] = operands;
  if (only === undefined)
    throw new UsageError(`airlock ${command} needs an input: a file, or - for standard input; see airlock ${command} --help`);
  if (extra !== undefined) throw new UsageError(`airlock ${command} takes one input, not also "${extra}"`);
  return only;
}
