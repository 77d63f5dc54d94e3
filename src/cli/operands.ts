/** Operands that many commands take. */
import { UsageError } from './command.ts';

const INPUT = { one: 'input', needs: 'an input: a file, or - for standard input' };
/** The operand that names a socket. */
export const SOCKET = { one: 'socket', needs: 'the socket of a vfio-user server' };

/** The one operand of a command, an input unless `what` says otherwise. */
export function onlyOperand(command: string, operands: readonly string[], what = INPUT): string {
  const [only, extra] = operands;
  if (only === undefined) throw new UsageError(`airlock ${command} needs ${what.needs}; see airlock ${command} --help`);
  if (extra !== undefined) throw new UsageError(`airlock ${command} takes one ${what.one}, not also "${extra}"`);
  return only;
}
