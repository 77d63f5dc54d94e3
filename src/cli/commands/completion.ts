/** `airlock completion`: scripts that let a shell complete commands, options, their values and files. */
import { type CommandSpec, EXIT, UsageError } from '../command.ts';
import { SCRIPTS } from '../completion/scripts.ts';
import { SHELLS } from '../completion/value-sources.ts';
import { print } from '../output.ts';

async function run(operands: readonly string[]): Promise<number> {
  const [word, extra] = operands;
  const shell = SHELLS.find(name => name === word);
  if (shell === undefined || extra !== undefined) {
    throw new UsageError(
      `airlock completion takes one of ${SHELLS.join(', ')}${word === undefined ? '' : `, not "${operands.join(' ')}"`}`,
    );
  }
  print(SCRIPTS[shell]);
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'completion',
  summary: 'a completion script for bash, zsh or fish',
  operands: 'bash|zsh|fish',
  operandValues: 'shells',
  options: [],
  notes: [
    'Commands, options and values are completed where they are known: machine types, properties and what they take, profiles, captures, devices of this machine; files elsewhere. The script asks airlock itself, so it never goes out of date.',
  ],
  examples: [
    ['source <(airlock completion bash)', 'for this shell'],
    ['airlock completion fish > ~/.config/fish/completions/airlock.fish', 'for every fish'],
  ],
  run,
};
