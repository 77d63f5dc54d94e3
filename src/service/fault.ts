/** Words a fault of ours: what failed on what, that the fault is ours, and how to report it. */
import { clip } from '../pure/text/shorten.ts';
import { version } from './version.ts';

/** The most characters of a command line that a message quotes. */
const MOST_QUOTED = 200;

/** A fault of ours in another process, such as a server that was asked. Its message is complete. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
}

/** The command line of this process, quoted. */
export function commandLine(): string {
  const line = ['airlock', ...process.argv.slice(2)].join(' ');
  return `"${clip(line, MOST_QUOTED)}"`;
}

const isDebug = (): boolean => process.env.AIRLOCK_DEBUG === '1';

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

/** Under AIRLOCK_DEBUG=1, where in the program an error came from and which version it was; else nothing. */
export function formatOrigin(error: unknown): string[] {
  if (!isDebug()) return [];
  const stack = error instanceof Error ? String(error.stack).split('\n') : [];
  return [`airlock ${version()}, Node ${process.version}, ${process.platform} ${process.arch}`, ...stack];
}

/** One line for a fault of ours, which names `subject` where the reader does not know it. Its origin follows where that is asked for. */
export function formatFault(error: unknown, subject?: string): string[] {
  const where = subject === undefined ? '' : ` in ${subject}`;
  const report = isDebug() ? 'please report it with the lines below' : 'please report it with what AIRLOCK_DEBUG=1 makes it print';
  return [`internal error${where}: ${wordsOf(error)}; this is a fault of airlock: ${report}`, ...formatOrigin(error)];
}
