/** README and the documents that ship: README's first example is what the installed command prints, and every link has its target. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ENVIRONMENT, ROOT } from './airlock.ts';
import { npm } from './npm.ts';

/** Bytes; the code is most of it, the page of `airlock explore` with all that it can read and plan a sixth, its picture in README 0.1 MB. */
const MOST_PACKED = 2_800_000;

describe('the package for a newcomer', () => {
  let folder = '';
  let installed = '';
  let bin = '';

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-documents-'));
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    // As README has it: packed in the clone, and installed globally, into a place of the test's own.
    const install = /^npm install -g (\S+)$/m.exec(readme)?.[1] ?? 'README installs nothing';
    assert.match(readme, /^npm ci && npm pack$/m);
    npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], ROOT);
    npm(['install', '-g', '--prefix', join(folder, 'global'), '--omit=optional', '--no-audit', '--no-fund', install], folder);
    installed = join(folder, 'global/lib/node_modules/vfio-airlock');
    bin = join(folder, 'global/bin/airlock');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('README has a first example, which prints what stands there', () => {
    const [, block = ''] = /^```console\n([\s\S]*?)^```$/m.exec(readFileSync(join(installed, 'README.md'), 'utf8')) ?? [];
    const [command = '', ...lines] = block.split('\n');
    assert.match(command, /^\$ airlock view /);
    const args = command.split(' ').slice(2);
    const options = { cwd: installed, env: ENVIRONMENT, encoding: 'utf8', timeout: 60_000 } as const;
    const { status, stdout, stderr } = spawnSync(bin, args, options);
    assert.equal(status, 0, stderr);
    assert.equal(stdout + stderr, lines.join('\n'));
  });

  it('the commands of README are those that were run here, but for the file names', () => {
    const readme = readFileSync(join(installed, 'README.md'), 'utf8');
    const [example = ''] = /^\$ airlock view .*$/m.exec(readme) ?? [];
    assert.ok(readme.includes(`\n${example.slice(2)}    # as above\n`));
  });

  it('every relative link of every document leads to something that ships', () => {
    const documents = readdirSync(installed, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.md') && !name.startsWith('node_modules'))
      .sort();
    for (const name of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/guide/README.md'])
      assert.ok(documents.includes(name), name);
    const missing = documents.flatMap(name =>
      [...readFileSync(join(installed, name), 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
        .map(([, target = '']) => target)
        .filter(target => !/^[a-z]+:/.test(target) && !existsSync(join(installed, dirname(name), target)))
        .map(target => `${name}: ${target}`),
    );
    assert.deepEqual(missing, []);
  });

  it('every document installs the package from its tarball: nobody has its name in the registry yet', () => {
    const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const documents = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter(
      name => name.endsWith('.md') && !name.startsWith('node_modules'),
    );
    const installs = documents.flatMap(name =>
      [...readFileSync(join(installed, name), 'utf8').matchAll(/\b(?:npm (?:install|i|add|exec)|npx)\b.*vfio-airlock.*/g)].map(
        ([text]) => text,
      ),
    );
    assert.ok(installs.length >= 3, installs.join('\n'));
    for (const text of installs) assert.match(text, new RegExp(` \\./vfio-airlock-${version.replaceAll('.', '\\.')}\\.tgz`));
  });

  it('the tarball stays small, and names no address that nobody has given', () => {
    const tarball = readdirSync(folder).find(name => name.endsWith('.tgz')) ?? '';
    assert.ok(statSync(join(folder, tarball)).size < MOST_PACKED);
    const manifest = JSON.parse(execFileSync('tar', ['-xzOf', join(folder, tarball), 'package/package.json'], { encoding: 'utf8' }));
    for (const field of ['repository', 'bugs', 'homepage']) assert.equal(manifest[field], undefined, field);
  });
});
