/** `--timeout`: how long a command waits for the other end of a socket. */
import { type OptionSpec, type Options, UsageError } from './command.ts';

const DEFAULT_TIMEOUT = 10;
const MOST_TIMEOUT = 3600;

export const TIMEOUT_OPTION: OptionSpec = {
  name: 'timeout',
  value: 'SECONDS',
  help: `how long the server may take; default ${DEFAULT_TIMEOUT}`,
};

/** Seconds. Throws UsageError. */
export function parseTimeout(options: Options): number {
  const text = options.value('timeout') ?? String(DEFAULT_TIMEOUT);
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1 || Number(text) > MOST_TIMEOUT) {
    throw new UsageError(`--timeout does not take "${text}": wanted seconds from 1 to ${MOST_TIMEOUT}`);
  }
  return Number(text);
}
