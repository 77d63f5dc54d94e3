/** What a start of the built command loads: what it needs, in few files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { type CodeIndex, codeFile, INDEX_START } from '../../src/cli/start/code-file.ts';

const folder = resolve(import.meta.dirname, '../../dist/cli');

/** The chunk that a start loads first. */
function firstChunk(): string {
  const [, name] = /\b\w+\("([^"]+\.js)"\);\s*$/.exec(read(join(folder, 'main.js'))) ?? [];
  return name ?? assert.fail('main.js loads no chunk');
}

/** The chunks that are loaded before `name` runs, and `name` itself. */
function loaded(name: string): Set<string> {
  const files = new Set([join(folder, name)]);
  for (const file of files) {
    for (const [, path = ''] of read(file).matchAll(/(?<!=>)__load\("([^"]+)"\)/g)) files.add(join(folder, path));
  }
  return files;
}

/** The chunk of a command, by what the first loads for it. */
function chunkOf(command: string): string {
  const loads = new RegExp(`\\b${command}:\\(\\)=>Promise\\.resolve\\(\\)\\.then\\(\\(\\)=>__load\\("([^"]+)"\\)`);
  const [, path] = loads.exec([...loaded(firstChunk())].map(read).join('')) ?? [];
  return path ?? assert.fail(`there is no chunk of ${command}`);
}

const read = (file: string) => readFileSync(file, 'utf8');

test('main.js loads two chunks before it knows the command', () => {
  assert.equal(loaded(firstChunk()).size, 2);
});

for (const command of ['machines', 'properties']) {
  test(`airlock ${command} loads no rules`, () => {
    const hasRules = (name: string) => [...loaded(name)].some(file => read(file).includes('vmm.blank-hidden'));
    assert.ok(hasRules(chunkOf('view')), 'the name of a rule is how rules are found');
    assert.ok(!hasRules(chunkOf(command)));
  });
}

/** Starts the command with a look at which chunks V8 took its own code for; 'refused' for code that it was given and did not take. */
function codeTaken(copy: string, ...flags: readonly string[]): readonly string[] {
  const look = `
    const vm = require('node:vm');
    const taken = [];
    vm.Script = class extends vm.Script {
      constructor(text, options) {
        super(text, options);
        if (options.cachedData !== undefined) taken.push(this.cachedDataRejected ? 'refused' : 'taken');
      }
    };
    process.on('exit', () => process.stderr.write(JSON.stringify(taken)));`;
  const file = join(copy, 'look.cjs');
  writeFileSync(file, look);
  const env = { ...process.env, NODE_OPTIONS: '' };
  const result = spawnSync(process.execPath, [...flags, '--require', file, join(copy, 'dist/cli/main.js'), '--version'], {
    encoding: 'utf8',
    env,
  });
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /^airlock \d/);
  return JSON.parse(result.stderr) as string[];
}

/** Takes the end away of what a file has of a chunk's code. */
function cutCode(file: string, chunk: string): void {
  const bytes = readFileSync(file);
  const length = bytes.readUInt32LE(0);
  const index: CodeIndex = JSON.parse(bytes.toString('latin1', INDEX_START, INDEX_START + length));
  const [start, whole] = index[chunk] ?? assert.fail(`there is no code of ${chunk}`);
  const text = JSON.stringify({ ...index, [chunk]: [start, whole - 104] }).padEnd(length);
  assert.equal(text.length, length);
  bytes.write(text, INDEX_START, 'latin1');
  writeFileSync(file, bytes);
}

describe('the code that V8 made of the command', () => {
  let copy = '';
  let code = '';

  before(() => {
    copy = mkdtempSync(join(tmpdir(), 'airlock-code-'));
    cpSync(folder, join(copy, 'dist/cli'), { recursive: true });
    cpSync(join(folder, '../../package.json'), join(copy, 'package.json'));
    code = join(copy, 'dist/cli', codeFile());
  });

  after(() => rmSync(copy, { recursive: true, force: true }));

  it('is taken by the Node that it was made with', () => assert.deepEqual(codeTaken(copy), ['taken', 'taken']));

  it('is refused by V8 with other flags, and the command runs', () =>
    assert.deepEqual(codeTaken(copy, '--no-opt'), ['refused', 'refused']));

  it('is refused where it is cut or of another text, and the command runs', () => {
    const [first = '', second = ''] = loaded(firstChunk());
    cutCode(code, basename(first));
    writeFileSync(join(copy, 'dist/cli', basename(second)), `${read(second)} `);
    assert.deepEqual(codeTaken(copy), ['refused', 'refused']);
  });

  it('is not missed where its file ends early, or holds something else', () => {
    const bytes = readFileSync(code);
    for (const length of [0, 3, 100]) {
      writeFileSync(code, bytes.subarray(0, length));
      assert.deepEqual(codeTaken(copy), []);
    }
    writeFileSync(code, Buffer.alloc(bytes.length, 0xff));
    assert.deepEqual(codeTaken(copy), []);
  });

  it('is not missed where there is none', () => {
    rmSync(code);
    assert.deepEqual(codeTaken(copy), []);
  });
});
