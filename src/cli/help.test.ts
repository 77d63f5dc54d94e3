import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPainter } from '../pure/render/paint.ts';
import { formatHelp, formatOverview } from './help.ts';
import { loadCommands } from './registry.ts';

/** Lines that are wider, and are neither a command of an example nor one word alone. */
function wide(lines: readonly string[], width: number): string[] {
  const examples = lines.indexOf('Examples:');
  return lines.filter((line, i) => {
    const isCommand = examples >= 0 && i > examples && /^ {2}\S/.test(line);
    return line.length > width && !isCommand && line.trim().includes(' ');
  });
}

for (const width of [40, 80, 120, 200]) {
  test(`formatHelp and formatOverview fit in ${width} columns`, async () => {
    const paint = createPainter({ width });
    assert.deepEqual(wide(formatOverview(paint), width), []);
    for (const command of await loadCommands()) assert.deepEqual(wide(formatHelp(command, paint), width), [], command.name);
  });
}

test('formatHelp has no example that is wider than 80 columns', async () => {
  for (const command of await loadCommands()) {
    const lines = formatHelp(command).filter(line => line.length > 80);
    assert.deepEqual(lines, [], command.name);
  }
});
