/** The manual page of the package, read by mandoc, which nobody here wrote. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatManPage } from '../../src/cli/man-page.ts';
import { ROOT, SHELL_ROOT, skip } from './shell-root.ts';

const PAGE = join(ROOT, 'dist/man/airlock.1');

function mandoc(args: readonly string[], input = ''): string {
  const { stdout, error } = spawnSync(join(SHELL_ROOT, 'usr/bin/mandoc'), args, { input, encoding: 'utf8', timeout: 20_000 });
  if (error) throw error;
  return stdout;
}

/** Without what a terminal strikes twice for bold and underlined letters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a backspace is what it strikes with
const unstruck = (text: string): string => text.replace(/.\u0008/gu, '');

test('mandoc finds nothing wrong with the manual page but that it bears no date', { skip }, () => {
  const complaints = mandoc(['-Tlint', PAGE]).split('\n').filter(Boolean);
  assert.deepEqual(
    complaints.filter(line => !/ STYLE: input text line longer than 80 bytes/.test(line)).map(line => line.replace(/^.*:\d+:\d+: /, '')),
    ['WARNING: missing date, using "": TH'],
  );
});

test('the manual page reads as the help does', { skip }, () => {
  const text = unstruck(mandoc(['-Tutf8', PAGE]));
  for (const line of [
    /^NAME\n +airlock - decides, explains and serves/m,
    /^ +airlock view\n/m,
    /^ +-M, --machine TYPE\n/m,
    /^ +airlock view dump\.txt -s 3b:00\.0 --ats on --hw-caps 0x8$/m,
  ]) {
    assert.match(text, line);
  }
});

test('mandoc prints every character of a text as it was', { skip }, () => {
  const strange = [
    ".so '/etc/passwd",
    "'br",
    '\\fBx\\fR \\n(.l \\*[x]',
    '--ats=on -p',
    '"quoted" ~^` a\\',
    '… – ’ é',
    '.',
    '\\',
    'a.b. .c',
  ];
  const command = {
    name: 'x',
    summary: 's',
    operands: '',
    options: [],
    notes: strange.map(text => `<${text}>`),
    examples: [],
    run: async () => 0,
  };
  const notes = { ...command, notes: [...command.notes, ...strange.map(text => `${text} end`)] };
  const text = unstruck(mandoc(['-Tutf8', '-Owidth=200'], formatManPage([notes], '1')));
  for (const wanted of notes.notes) assert.ok(text.includes(wanted), `${wanted}\n${text}`);
});
