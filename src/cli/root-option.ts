/** Which host a command is about: this one, or one whose file system tree lies below --root. Imports no reader of a tree, to load fast. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type OptionSpec, type Options, UsageError } from './command.ts';

export const ROOT_OPTION: OptionSpec = {
  name: 'root',
  value: 'DIR',
  help: 'look at the host whose file system tree is at DIR, such as a copy of its sys and proc; its devices are not opened',
};

/** The folder in which the tree begins: `/`, or an absolute path without a slash at its end. Throws UsageError where it is not there. */
export function parseRoot(options: Options): string {
  const text = options.value('root');
  if (text === undefined) return '/';
  const root = resolve(text);
  if (!existsSync(`${root}/sys`)) throw new UsageError(`Cannot read the host at ${text}: it has no folder sys; wanted a file system tree`);
  return root;
}
