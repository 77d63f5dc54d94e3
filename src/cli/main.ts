/** The command `airlock`: finds the command, runs it, and turns its result into an exit code. */
import { shorten } from '../pure/text/shorten.ts';
import { commandLine, FaultError, formatFault, formatOrigin } from '../service/fault.ts';
import { ServiceError } from '../service/service-error.ts';
import { isKernelRefusal, isRefusal, refusalWords } from '../service/system-words.ts';
import { version } from '../service/version.ts';
import { EXIT, UsageError } from './command.ts';
import { isReaderGone, painter, print, printError } from './output.ts';
import { COMMANDS, isCommand } from './registry.ts';
import { closeDebugger } from './signals.ts';

const VERSION_WORDS: readonly string[] = ['--version', '-v', '-V', 'version'];

async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name !== undefined && VERSION_WORDS.includes(name)) {
    if (rest.length > 0) throw new UsageError(`airlock ${name} takes nothing more, not "${shorten(rest[0] ?? '')}"`);
    print(`airlock ${version()}\n`);
    return EXIT.fine;
  }
  if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    const { formatOverview } = await import('./help.ts');
    print(formatOverview(painter()));
    return name === undefined ? EXIT.usage : EXIT.fine;
  }
  // `help` and `version` are no commands of the registry.
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
  return new UsageError(`there is no command "${shorten(name)}"; ${meant}`);
}

/** Prints one line for an error (the user's mistake, the system's refusal or our fault) and returns the exit code. */
function explain(error: unknown): number {
  if (isReaderGone(error)) return EXIT.fine;
  if (error instanceof ServiceError) {
    printError(`airlock: ${error.message}`);
    if (error.hint !== undefined) printError(`  ${error.hint}`);
    return EXIT.usage;
  }
  if (error instanceof FaultError) {
    printError(`airlock: ${error.message}`);
    return EXIT.fault;
  }
  if (isRefusal(error) || isKernelRefusal(error)) {
    const words = isRefusal(error) ? `Cannot ${error.syscall} ${error.path ?? 'a file'}: ${refusalWords(error)}` : error.message;
    printError([`airlock: ${words}`, ...formatOrigin(error)]);
    return EXIT.usage;
  }
  const [words, ...origin] = formatFault(error, commandLine());
  printError([`airlock: ${words}`, ...origin]);
  return EXIT.fault;
}

/** Ends the process after an error that nobody caught: nothing that runs can be trusted any more. */
function endAtOnce(error: unknown): never {
  process.off('exit', tellStuck);
  process.exit(explain(error));
}

/** Node ends by itself where a promise waits and nothing is left that could resolve it. */
function tellStuck(): void {
  process.exitCode = explain(new Error('what it waits for does not come'));
}

closeDebugger();
// A process may evaluate this module many times; handlers are set once.
if (process.listenerCount('uncaughtException') === 0) process.on('uncaughtException', endAtOnce);
process.once('exit', tellStuck);
void run(process.argv.slice(2))
  .catch(explain)
  .then(code => {
    process.exitCode = code;
    process.off('exit', tellStuck);
  });
