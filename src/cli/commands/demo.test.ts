import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, test } from 'node:test';
import { writeLongNames } from '../../../test/fixtures/long-names.ts';

const root = resolve(import.meta.dirname, '../../..');
const names = readdirSync(resolve(root, 'captures')).map(name => name.replace(/\.json$/, ''));

const longNames = writeLongNames();
after(() => longNames.remove());

/** Names come from no file but the one that a test gives. */
function demo(args: readonly string[], environment: Readonly<Record<string, string>> = { NO_COLOR: '1' }) {
  const command = ['--import', 'tsx', resolve(root, 'src/cli/main.ts'), 'demo', ...args];
  const env = { PATH: process.env.PATH, AIRLOCK_PCI_IDS: '/dev/null', ...environment };
  return spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8', env, timeout: 60_000 });
}

test('demo shows the device, its capabilities, the five rows and what to run next', () => {
  const { status, stdout, stderr } = demo([]);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assert.match(stdout, /^0000:01:00\.0 3D controller \[0302\]: .*\[1234:a001\]/);
  assert.match(stdout, /ATS \[270 v1\] +shown +vmm +kernel: ATS may be used/);
  assert.match(stdout, /SR-IOV \[220 v1\] +hidden +vmm /);
  const rows = [...stdout.matchAll(/^ {2}(ats=\w+) +(either|may be used|not supported) +(masked|shown|realize fails)/gm)];
  assert.deepEqual(
    rows.map(([, ...cells]) => cells.join(', ')),
    [
      'ats=off, either, masked',
      'ats=auto, may be used, shown',
      'ats=auto, not supported, masked',
      'ats=on, may be used, shown',
      'ats=on, not supported, realize fails',
    ],
  );
  assert.match(stdout, /airlock view YOUR-DUMP\n.*airlock view YOUR-DUMP .*--explain\n/);
  assert.match(
    stdout,
    /airlock serve .*synthetic-smmuv3-ats\.json \\\n +-s 0000:01:00\.0 --socket .*\n +qemu-system-aarch64 \\\n.*\n +-machine virt,/,
  );
});

for (const name of names) {
  for (const [what, ids] of [['without names', '/dev/null'] as const, ['with names of any length', longNames.path] as const]) {
    test(`demo --capture ${name} fits in 80 columns ${what}, and has no colours where they are not wanted`, () => {
      const { status, stdout } = demo(['--capture', name], { NO_COLOR: '1', AIRLOCK_PCI_IDS: ids });
      assert.equal(status, 0);
      for (const line of stdout.split('\n')) assert.ok([...line].length <= 80, line);
      assert.ok(!stdout.includes('\u001b'));
      assert.equal(stdout.includes('Long-Winded'), ids === longNames.path);
    });
  }
}

for (const [columns, most] of [
  ['40', 40],
  ['10', 40],
  ['120', 120],
  ['9999', 200],
  ['wide', 80],
  ['0', 80],
] as const) {
  test(`demo fits in ${most} columns where COLUMNS is ${columns}, but for commands`, () => {
    const { stdout } = demo([], { NO_COLOR: '1', COLUMNS: columns, AIRLOCK_PCI_IDS: longNames.path });
    const [texts] = stdout.split(/^Your own devices:/m);
    const widths = texts.split('\n').map(line => [...line].length);
    assert.ok(Math.max(...widths) <= most);
    assert.ok(Math.max(...widths) > most - 12, 'the columns are used');
  });
}

test('demo has the same text with colours', () => {
  const { stdout } = demo([], { FORCE_COLOR: '1' });
  assert.ok(stdout.includes('\u001b['));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what is taken out
  const plain = stdout.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '');
  assert.equal(plain, demo([]).stdout);
});

test('demo --list names every shipped capture, one a line', () => {
  const { status, stdout } = demo(['--list']);
  assert.equal(status, 0);
  const lines = stdout.trimEnd().split('\n');
  assert.deepEqual(
    lines.map(line => line.split(' ')[0]),
    [...names].sort(),
  );
  for (const line of lines) assert.ok([...line].length <= 80, line);
});

const MISTAKES: readonly (readonly [args: readonly string[], words: RegExp])[] = [
  [['--capture', 'synthetic-vtd-noats'], /no capture "synthetic-vtd-noats" is shipped; did you mean synthetic-vtd-no-ats\?/],
  [['--capture', '../package'], /no capture "\.\.\/package" is shipped; airlock demo --list names them/],
  [['dump.txt'], /takes no operand, not "dump\.txt"/],
  [['--moon'], /no option --moon/],
];

for (const [args, words] of MISTAKES) {
  test(`demo ${args.join(' ')} is a mistake: one line, exit code 2`, () => {
    const { status, stdout, stderr } = demo(args);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, words);
    assert.equal(stderr.trimEnd().split('\n').length, 1);
  });
}
