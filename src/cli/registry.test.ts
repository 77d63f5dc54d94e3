import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createPainter } from '../pure/render/paint.ts';
import { REPORT_SCHEMAS } from '../pure/reports/schemas/index.ts';
import { formatOverview } from './help.ts';
import { COMMANDS, loadCommands } from './registry.ts';

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../..', name), 'utf8');

test('COMMANDS have the names of their commands, which the overview lists in their order with their summaries', async () => {
  const commands = await loadCommands();
  assert.deepEqual(
    commands.map(({ name }) => name),
    Object.keys(COMMANDS),
  );
  const rows = formatOverview(createPainter({ width: 200 })).map(line => line.trim().replace(/ {2,}/, ' '));
  assert.deepEqual(
    rows.filter(row => commands.some(({ name }) => row.startsWith(`${name} `))),
    commands.map(({ name, summary }) => `${name} ${summary}`),
  );
});

test('COMMANDS have a row in README each, and those with --json a schema and a row in docs/json.md', async () => {
  const [readme, json] = [read('README.md'), read('docs/json.md')];
  for (const { name, options } of await loadCommands()) {
    assert.match(readme, new RegExp(`^\\| \`airlock .*\\b${name}\\b`, 'm'), name);
    if (!options.some(option => option.name === 'json')) continue;
    assert.match(json, new RegExp(`^\\| \`airlock ${name} .*--json`, 'm'), name);
    assert.ok(
      Object.keys(REPORT_SCHEMAS).some(report => report === name || report.startsWith(`${name}-`)),
      name,
    );
  }
});
