/** What `airlock completion` prints, in a real bash, zsh and fish: the line that each makes of what was typed and a TAB. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { libraryFolder, MAIN, SHELL_ROOT, skip } from './shell-root.ts';
import { Terminal } from './terminal.ts';

/** What is typed before the TAB and after it, and the words after `airlock` that the line then has. */
const CASES: readonly (readonly [typed: string, then: string, words: readonly string[]])[] = [
  ['vi', 'x', ['view', 'x']],
  ['help deco', 'x', ['help', 'decode', 'x']],
  ['view --profi', 'x', ['view', '--profile', 'x']],
  ['view --profile qemu-10', 'x', ['view', '--profile', 'qemu-10.0', 'x']],
  ['view --profile=qemu-10', 'x', ['view', '--profile=qemu-10.0', 'x']],
  ['view --machine pc-i440fx-11.1', 'x', ['view', '--machine', 'pc-i440fx-11.1', 'x']],
  ['view --profile=qemu-10.0 -M pc-q35-4.0.', 'x', ['view', '--profile=qemu-10.0', '-M', 'pc-q35-4.0.1', 'x']],
  ['view --ats au', 'x', ['view', '--ats', 'auto', 'x']],
  // No space behind a half value: it goes on.
  ['view -p x-vp', '0', ['view', '-p', 'x-vpasid-cap-offset=0']],
  ['view -p ats=au', 'x', ['view', '-p', 'ats=auto', 'x']],
  ['view --property=ats=au', 'x', ['view', '--property=ats=auto', 'x']],
  ['view -g vfio-pci.ats=au', 'x', ['view', '-g', 'vfio-pci.ats=auto', 'x']],
  ['compare a b --b-machine=pc-i440fx-5', 'x', ['compare', 'a', 'b', '--b-machine=pc-i440fx-5.2', 'x']],
  ['demo --capture vm-am', 'x', ['demo', '--capture', 'vm-amd', 'x']],
  ['demo --capture=vm-am', 'x', ['demo', '--capture=vm-amd', 'x']],
  ['properties x-vg', 'x', ['properties', 'x-vga', 'x']],
  ['machines virt-5', 'x', ['machines', 'virt-5.2', 'x']],
  ['completion fi', 'x', ['completion', 'fish', 'x']],
  ['ctl s.sock cou', 'x', ['ctl', 's.sock', 'counters', 'x']],
  // Files, whose names may have spaces.
  ['view my', 'x', ['view', 'my dump.txt', 'x']],
  ['view -s 3b:00.0 "my', '', ['view', '-s', '3b:00.0', 'my dump.txt']],
  ['view --json --write my', 'x', ['view', '--json', '--write', 'my dump.txt', 'x']],
  ['view --write=my', 'x', ['view', '--write=my dump.txt', 'x']],
  // A value that nobody can know stays as it is, and no file takes its place.
  ['view --kernel my', '', ['view', '--kernel', 'my']],
];

const folder = mkdtempSync(join(tmpdir(), 'airlock-shells-'));
const bin = join(folder, 'bin');
const work = join(folder, 'work');

function scriptOf(shell: string): string {
  const { stdout, status } = spawnSync(process.execPath, [MAIN, 'completion', shell], { encoding: 'utf8', timeout: 20_000 });
  assert.equal(status, 0);
  return stdout;
}

function put(path: string, text: string): string {
  const full = join(folder, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, text);
  return full;
}

function baseEnvironment(): Record<string, string> {
  return { PATH: `${bin}:${process.env.PATH}`, HOME: folder, TERM: 'xterm', LANG: 'C.UTF-8', COLUMNS: '200', AIRLOCK_PCI_IDS: '/dev/null' };
}

interface Shell {
  readonly name: string;
  readonly command: () => string;
  readonly env: () => Record<string, string>;
}

const BASH = 'bash --noprofile --rcfile';
const ZSH = () => join(SHELL_ROOT, 'bin/zsh');

function zshFolders(): string {
  const module = join(libraryFolder(), 'zsh/5.9');
  const functions = join(SHELL_ROOT, 'usr/share/zsh/functions');
  return `module_path=(${module})\nfpath=(${join(folder, 'site')} ${functions} ${functions}/Completion ${functions}/Completion/*(/))\n`;
}

const SHELL_LIST: readonly Shell[] = [
  {
    name: 'bash alone',
    command: () => `${BASH} ${put('plain.bash', scriptOf('bash'))} -i`,
    env: baseEnvironment,
  },
  {
    name: 'bash with bash-completion, which loads the script itself',
    command: () => {
      put('user/completions/airlock', scriptOf('bash'));
      return `${BASH} ${put('full.bash', `source ${join(SHELL_ROOT, 'usr/share/bash-completion/bash_completion')}\n`)} -i`;
    },
    env: () => ({ ...baseEnvironment(), BASH_COMPLETION_USER_DIR: join(folder, 'user') }),
  },
  {
    name: 'zsh with the script in $fpath',
    command: () => {
      put('site/_airlock', scriptOf('zsh'));
      put('zsh/.zshenv', zshFolders());
      put('zsh/.zshrc', 'autoload -Uz compinit; compinit -u -D; bindkey -e\n');
      return `${ZSH()} -d -i`;
    },
    env: () => ({ ...baseEnvironment(), ZDOTDIR: join(folder, 'zsh'), LD_LIBRARY_PATH: libraryFolder() }),
  },
  {
    name: 'zsh that sources the script',
    command: () => {
      put('zsh2/.zshenv', zshFolders().replace(`${join(folder, 'site')} `, ''));
      put('zsh2/.zshrc', `autoload -Uz compinit; compinit -u -D; bindkey -e; source ${put('airlock.zsh', scriptOf('zsh'))}\n`);
      return `${ZSH()} -d -i`;
    },
    env: () => ({ ...baseEnvironment(), ZDOTDIR: join(folder, 'zsh2'), LD_LIBRARY_PATH: libraryFolder() }),
  },
  {
    name: 'fish',
    command: () => {
      put('.config/fish/completions/airlock.fish', scriptOf('fish'));
      // Where this folder is there, fish does not begin to read all manual pages of the machine.
      mkdirSync(join(folder, '.local/share/fish/generated_completions'), { recursive: true });
      return `${join(SHELL_ROOT, 'usr/bin/fish')} -i`;
    },
    env: () => ({ ...baseEnvironment(), XDG_CONFIG_HOME: join(folder, '.config'), LD_LIBRARY_PATH: libraryFolder() }),
  },
];

describe('airlock completion', { skip }, () => {
  before(() => {
    mkdirSync(bin);
    mkdirSync(work);
    symlinkSync(MAIN, join(bin, 'airlock'));
    chmodSync(MAIN, 0o755);
    writeFileSync(join(work, 'my dump.txt'), '');
    writeFileSync(join(work, 'other'), '');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const { name, command, env } of SHELL_LIST) {
    it(`in ${name}`, async () => {
      const terminal = new Terminal(command(), { env: env(), cwd: work });
      try {
        await terminal.run('true');
        const wrong: object[] = [];
        for (const [typed, then, words] of CASES) {
          const made = await terminal.complete(`airlock ${typed}`, then);
          if (made.join('|') !== ['airlock', ...words].join('|')) wrong.push({ typed, made, wanted: ['airlock', ...words] });
        }
        assert.deepEqual(wrong, []);
        assert.match(await terminal.list('airlock view --ats '), /auto[\s\S]*off|off[\s\S]*auto/);
        assert.match(await terminal.list('airlock doctor --'), /--require/);
      } finally {
        await terminal.end();
      }
    });
  }
});
