import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCommands } from '../registry.ts';
import { completionAnswer } from './answer.ts';

/** The words of an answer, without their help. */
async function words(...line: string[]): Promise<string[]> {
  const [kind, ...rest] = await completionAnswer(line);
  assert.equal(kind, 'words', line.join(' '));
  return rest.map(text => text.split('\t')[0] ?? '');
}

test('completionAnswer offers commands for the first word, and after help', async () => {
  const all = (await loadCommands()).map(({ name }) => name);
  assert.deepEqual(await words(''), [...all, 'help', 'version']);
  assert.deepEqual(await words('help', ''), all);
  assert.deepEqual(await words('--v'), ['--version']);
  for (const line of [
    ['nonsense', ''],
    ['help', 'view', ''],
    ['toString', ''],
  ])
    assert.deepEqual(await words(...line), []);
});

test('completionAnswer offers options that may still be given', async () => {
  const options = await words('view', 'f', '--');
  assert.ok(options.includes('--ats') && options.includes('--help') && !options.includes('-M'));
  const more = await words('view', '--machine', 'q35', '-p', 'ats=on', '-');
  assert.ok(!more.includes('--machine') && !more.includes('-M') && more.includes('-p') && more.includes('--json'));
  assert.equal(await completionAnswer(['view', '--', '-']).then(([kind]) => kind), 'files');
});

test('completionAnswer offers machine types of the profile that the line names', async () => {
  assert.ok((await words('view', '--machine', '')).includes('q35'));
  assert.deepEqual(await words('view', '-M', 'pc-q35-2.4'), []);
  for (const profile of [['--profile', 'qemu-10.0'], ['--profile=qemu-10.0']]) {
    assert.deepEqual(await words('view', ...profile, '--machine=pc-q35-2.4'), ['--machine=pc-q35-2.4']);
  }
  assert.deepEqual(await words('view', '--profile', 'qemu-10.0', '--ats', ''), []);
  assert.deepEqual(await words('compare', '--b-profile=qemu-10.0', '--b-machine', 'pc-q35-2.4'), ['pc-q35-2.4']);
  assert.deepEqual(await words('compare', '--b-profile=qemu-10.0', '--machine', 'pc-q35-2.4'), []);
  assert.deepEqual(await words('properties', '--driver', 'arm-smmuv3', '--profile', 'qemu-10.0', ''), []);
});

test('completionAnswer offers properties up to =, then what they take', async () => {
  assert.deepEqual(await words('view', '-p', 'x-vg'), ['x-vga=']);
  assert.deepEqual(await words('view', '-p', 'ats='), ['ats=auto', 'ats=on', 'ats=off']);
  assert.deepEqual(await words('view', '--property=x-msix-relocation=bar5'), ['--property=x-msix-relocation=bar5']);
  assert.deepEqual(await words('view', '-g', 'arm'), ['arm-smmuv3.']);
  assert.deepEqual(await words('view', '-g', 'arm-smmuv3.oas='), ['arm-smmuv3.oas=auto', 'arm-smmuv3.oas=44', 'arm-smmuv3.oas=48']);
  assert.deepEqual(await completionAnswer(['view', '-p', 'romfile=']), ['files']);
  for (const half of ['nothing=', 'x-pci-vendor-id=', '=', '__proto__=']) assert.deepEqual(await words('view', '-p', half), []);
});

test('completionAnswer wants files for inputs, and nothing where nobody can know', async () => {
  for (const line of [
    ['view', ''],
    ['compare', 'a', ''],
    ['serve', 'a', 'b', ''],
    ['view', '--write', ''],
    ['view', '--write=x'],
  ]) {
    assert.deepEqual(await completionAnswer(line), ['files'], line.join(' '));
  }
  assert.deepEqual(await completionAnswer(['view', '--root', '']), ['folders']);
  for (const line of [
    ['view', 'a', ''],
    ['view', '--hw-caps', ''],
    ['compare', 'a', 'b', ''],
  ])
    assert.deepEqual(await words(...line), []);
});

test('completionAnswer answers any line', async () => {
  for (const command of await loadCommands()) {
    for (const { name, value } of command.options) {
      for (const end of value === undefined ? [`--${name}`, `--${name}=`] : [`--${name}=`, '']) {
        const [kind = ''] = await completionAnswer([command.name, ...(end === '' ? [`--${name}`] : []), end]);
        assert.match(kind, /^(words|files|folders)$/);
      }
    }
  }
  for (const line of [[], [''], ['view', '='], ['view', '--='], ['view', '--profile', 'x', '-M', ''], ['view', '\u001b', '']]) {
    assert.match((await completionAnswer(line))[0] ?? '', /^(words|files)$/);
  }
});
