import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeRoff, formatManPage } from './man-page.ts';
import { loadCommands } from './registry.ts';

const MACROS = ['.TH', '.SH', '.SS', '.PP', '.TP', '.nf', '.fi', '.RS', '.RE', '.BR', '.nh', '.ad'];

/** No line of a page but those of these macros is a request, and each escape is one that we make. */
function assertSafe(page: string): void {
  for (const line of page.split('\n')) {
    if (/^[.']/.test(line)) assert.ok(MACROS.includes(line.split(' ')[0] ?? ''), line);
    assert.match(line, /^(?:[^\\]|\\[-e&]|\\\((?:aq|ga|ha|ti|dq)|\\f[BIR]|\\\[u[0-9A-F]{4,6}\])*$/);
    assert.match(line, /^[\x20-\x7e]*$/);
  }
}

test('escapeRoff leaves nothing that roff would read', () => {
  const vectors = [
    ['a-b', 'a\\-b'],
    ['\\fB', '\\efB'],
    ["it's `x`", 'it\\(aqs \\(gax\\(ga'],
    ['"~^', '\\(dq\\(ti\\(ha'],
    ['a\nb\t c', 'a b c'],
    ['…', '\\[u2026]'],
    ['\u{1f680}', '\\[u1F680]'],
    ['\u001b[31m', '\\[u001B][31m'],
  ] as const;
  for (const [text, roff] of vectors) assert.equal(escapeRoff(text), roff, text);
});

test('formatManPage names every command, option and example, and ends with its own sections', async () => {
  const commands = await loadCommands();
  const page = formatManPage(commands, '1.2.3');
  assertSafe(page);
  assert.match(page, /^\.TH AIRLOCK 1 "" "airlock 1\.2\.3" "User Commands"\n/);
  for (const section of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'COMMANDS', 'EXIT STATUS', 'ENVIRONMENT', 'SEE ALSO']) {
    assert.ok(page.includes(`\n.SH ${section}\n`), section);
  }
  for (const { name, options, examples } of commands) {
    const part = page.split(`\n.SS airlock ${escapeRoff(name)}\n`)[1]?.split(/\n\.S[SH] /)[0] ?? assert.fail(name);
    for (const option of options) assert.ok(part.includes(`\\fB${escapeRoff(`--${option.name}`)}\\fR`), `${name} --${option.name}`);
    for (const [command] of examples) assert.ok(part.includes(`\\fB${escapeRoff(command)}\\fR`), command);
  }
});

test('formatManPage stays a page, whatever its texts are', () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom(...'.\'\\-"\n\r\t %&(^~`[]'), fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' })),
  });
  fc.assert(
    fc.property(text, text, text, (summary, help, example) => {
      const command = {
        name: 'x',
        summary,
        operands: help,
        options: [{ name: 'y', value: example, help }],
        notes: [summary],
        examples: [[example, help]] as const,
        run: async () => 0,
      };
      assertSafe(formatManPage([command], '1'));
    }),
    { numRuns: 300 },
  );
});
