#!/usr/bin/env node
/** The command `airlock`: finds the command, runs it, and turns its result into an exit code. */
import { EXIT, UsageError } from './command.ts';
import { isReaderGone, painter, print, printError } from './output.ts';
import { COMMANDS, isCommand } from './registry.ts';
import { isRefusal, refusalWords } from './system-words.ts';
import { version } from './version.ts';

const VERSION_WORDS: readonly string[] = ['--version', '-v', '-V', 'version'];

async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name !== undefined && VERSION_WORDS.includes(name)) {
    if (rest.length > 0) throw new UsageError(`airlock ${name} takes nothing more, not "${rest[0]?.slice(0, 80)}"`);
    print(`airlock ${version()}\n`);
    return EXIT.fine;
  }
  if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    const { formatOverview } = await import('./help.ts');
    print(formatOverview(painter()));
    return name === undefined ? EXIT.usage : EXIT.fine;
  }
  // These two have no page of their own.
  if (name === 'help') return run(rest[0] === 'version' || rest[0] === 'help' ? ['help'] : [rest[0], '--help']);
  if (name === '__complete') {
    const { completionAnswer } = await import('./completion/answer.ts');
    print(await completionAnswer(rest));
    return EXIT.fine;
  }
  if (!isCommand(name)) throw await unknownCommand(name);
  const { command } = await COMMANDS[name]();
  if (rest.includes('--help') || rest.includes('-h')) {
    const { formatHelp } = await import('./help.ts');
    print(formatHelp(command, painter()));
    return EXIT.fine;
  }
  const { parseArguments } = await import('./arguments.ts');
  const { operands, options } = parseArguments(command, rest);
  return command.run(operands, options);
}

async function unknownCommand(name: string): Promise<UsageError> {
  const { nearestNames } = await import('../pure/text/nearest-names.ts');
  const [nearest] = nearestNames(name, [...Object.keys(COMMANDS), 'help', 'version']);
  const meant = nearest === undefined ? 'see airlock --help' : `did you mean ${nearest}?`;
  return new UsageError(`there is no command "${name.slice(0, 80)}"; ${meant}`);
}

/** One line for a mistake of the user and for what the system refuses; for a fault of ours no stack, unless it is asked for. */
function explain(error: unknown): number {
  if (isReaderGone(error)) return EXIT.fine;
  if (error instanceof UsageError) {
    printError(`airlock: ${error.message}`);
    if (error.hint !== undefined) printError(`  ${error.hint}`);
    return EXIT.usage;
  }
  if (isRefusal(error)) printError(`airlock: Cannot ${error.syscall} ${error.path ?? 'a file'}: ${refusalWords(error)}`);
  else printError(`airlock: internal error: ${refusalWords(error)}; this is a fault of airlock (AIRLOCK_DEBUG=1 shows where)`);
  if (process.env.AIRLOCK_DEBUG === '1' && error instanceof Error) printError(String(error.stack).split('\n'));
  return EXIT.usage;
}

process.exitCode = await run(process.argv.slice(2)).catch(explain);
