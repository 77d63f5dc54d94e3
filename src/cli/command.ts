/** What a command is: its options as data, from which parsing, help and shell completion follow. */
import { ServiceError } from '../service/service-error.ts';

/** Where a shell gets values that are not in the option itself: `completion/value-sources.ts` has each. */
export type ValueSource =
  | 'addresses'
  | 'assignments'
  | 'ats'
  | 'captures'
  | 'files'
  | 'folders'
  | 'globals'
  | 'machines'
  | 'properties'
  | 'requests'
  | 'shells';

export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** What stands for the value in the help; absent for a flag. */
  readonly value?: string;
  readonly multiple?: boolean;
  /** The only values that the option takes; a shell offers these. */
  readonly choices?: readonly string[];
  /** What a shell offers for the value, where the placeholder does not tell. */
  readonly values?: ValueSource;
  readonly help: string;
}

/** Options as they were given: flags are true, `multiple` ones a list. */
export interface Options {
  /** The values as they were given, by name: plain data. */
  readonly given: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  /** What stood behind `--`, where the command takes words there; null where there was no `--`. */
  readonly words: readonly string[] | null;
  flag(name: string): boolean;
  value(name: string): string | undefined;
  values(name: string): readonly string[];
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** How the operands read in the usage line. */
  readonly operands: string;
  /** What a shell offers for the operands, where the placeholders do not tell. */
  readonly operandValues?: ValueSource;
  /** Whether words behind `--` are another program's, and no operands. */
  readonly takesWords?: boolean;
  readonly options: readonly OptionSpec[];
  readonly notes?: readonly string[];
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Runs it; the number is the exit code. */
  run(operands: readonly string[], options: Options): Promise<number>;
}

/** A mistake in what the user typed, or an unreadable input: one line, exit code 2. A hint on a line of its own says what is there. */
export class UsageError extends ServiceError {
  override readonly name = 'UsageError';
}

/** Exit codes, the same for all commands (diff's for `compare`); a fault of ours has EX_SOFTWARE of sysexits.h. */
export const EXIT = { fine: 0, failed: 1, usage: 2, fault: 70 } as const;
