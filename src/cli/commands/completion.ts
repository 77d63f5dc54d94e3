/** `airlock completion`: scripts that let a shell complete commands, options, their values and files. */
import { type CommandSpec, EXIT, type OptionSpec, UsageError } from '../command.ts';
import { print } from '../output.ts';
import { loadCommands } from '../registry.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const words = (option: OptionSpec) => [`--${option.name}`, ...(option.short === undefined ? [] : [`-${option.short}`])];

/** A text between single quotes for any of the three shells. */
function quote(text: string): string {
  return `'${text.replace(/'/g, "'\\''")}'`;
}

function bash(commands: readonly CommandSpec[]): string[] {
  const cases = commands.flatMap(({ name, options }) => [
    `    ${name})`,
    '      case "$prev" in',
    ...options
      .filter(({ choices }) => choices !== undefined)
      .map(
        option =>
          `        ${words(option).join('|')}) COMPREPLY=($(compgen -W ${quote((option.choices ?? []).join(' '))} -- "$cur")); return ;;`,
      ),
    '      esac',
    `      [[ $cur == -* ]] && COMPREPLY=($(compgen -W ${quote([...options.flatMap(words), '--help'].join(' '))} -- "$cur")) && return ;;`,
  ]);
  return [
    '# bash completion for airlock: source this, or put it in /etc/bash_completion.d/airlock',
    '_airlock() {',
    `  local cur=$\{COMP_WORDS[COMP_CWORD]} prev=$\{COMP_WORDS[COMP_CWORD-1]}`,
    '  COMPREPLY=()',
    '  if [[ $COMP_CWORD -eq 1 ]]; then',
    `    COMPREPLY=($(compgen -W ${quote([...commands.map(({ name }) => name), '--help', '--version'].join(' '))} -- "$cur")); return`,
    '  fi',
    `  case "$\{COMP_WORDS[1]}" in`,
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -f -- "$cur"))',
    '}',
    'complete -o filenames -F _airlock airlock',
  ];
}

function zsh(commands: readonly CommandSpec[]): string[] {
  const escaped = (text: string) => text.replace(/([[\]:\\])/g, '\\$1');
  const spec = (option: OptionSpec) => {
    const value =
      option.value === undefined ? '' : `:${option.value}:${option.choices === undefined ? '_files' : `(${option.choices.join(' ')})`}`;
    const repeat = option.multiple ? '*' : '';
    return words(option).map(word => quote(`${repeat}${word}[${escaped(option.help)}]${value}`));
  };
  return [
    '#compdef airlock',
    '# zsh completion for airlock: save this as _airlock in a folder of $fpath',
    '_airlock() {',
    '  if (( CURRENT == 2 )); then',
    `    local -a commands=(${commands.map(({ name, summary }) => quote(`${name}:${escaped(summary)}`)).join(' ')})`,
    "    _describe 'command' commands; return",
    '  fi',
    '  local command=$words[2]',
    '  shift words; (( CURRENT-- ))',
    '  case $command in',
    ...commands.map(({ name, options }) => `    ${name}) _arguments ${[...options.flatMap(spec), "'*:input:_files'"].join(' ')} ;;`),
    '  esac',
    '}',
    // Works both when it is auto-loaded from $fpath and when it is sourced.
    'if [ "$funcstack[1]" = "_airlock" ]; then _airlock "$@"; else compdef _airlock airlock; fi',
  ];
}

function fish(commands: readonly CommandSpec[]): string[] {
  const option = (command: string, { name, short, value, choices, help }: OptionSpec) => {
    const takes = value === undefined ? '' : choices === undefined ? ' -r' : ` -x -a ${quote(choices.join(' '))}`;
    return `complete -c airlock -n '__fish_seen_subcommand_from ${command}' -l ${name}${short === undefined ? '' : ` -s ${short}`}${takes} -d ${quote(help)}`;
  };
  return [
    '# fish completion for airlock: save this as ~/.config/fish/completions/airlock.fish',
    ...commands.map(({ name, summary }) => `complete -c airlock -n __fish_use_subcommand -f -a ${name} -d ${quote(summary)}`),
    ...commands.flatMap(({ name, options }) => options.map(spec => option(name, spec))),
  ];
}

const SCRIPTS: Readonly<Record<Shell, (commands: readonly CommandSpec[]) => string[]>> = { bash, zsh, fish };

async function run(operands: readonly string[]): Promise<number> {
  const [shell, extra] = operands;
  if (!SHELLS.includes(shell as Shell) || extra !== undefined) {
    throw new UsageError(
      `airlock completion takes one of ${SHELLS.join(', ')}${shell === undefined ? '' : `, not "${operands.join(' ')}"`}`,
    );
  }
  print(SCRIPTS[shell as Shell](await loadCommands()));
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'completion',
  summary: 'a completion script for bash, zsh or fish',
  operands: 'bash|zsh|fish',
  options: [],
  examples: [
    ['source <(airlock completion bash)', 'for this shell'],
    ['airlock completion fish > ~/.config/fish/completions/airlock.fish', 'for every fish'],
  ],
  run,
};
