/** The package as it ships: it packs, installs without a build step, its command runs, its exports resolve with types. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import manifest from '../../package.json' with { type: 'json' };
import { npm } from './npm.ts';

const root = resolve(import.meta.dirname, '../..');
const parts = Object.keys(manifest.exports).filter(path => /^\.\/[a-z-]+$/.test(path));
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

describe('the package', () => {
  let folder = '';
  let tarball = '';

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-package-'));
    npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root);
    tarball = join(folder, readdirSync(folder).find(name => name.endsWith('.tgz')) ?? 'no tarball');
    writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }\n');
    npm(['install', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', tarball], folder);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('npm pack ships what is needed and nothing of the tests', () => {
    const names = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).split('\n');
    assert.ok(names.includes('package/dist/cli/main.js'));
    assert.ok(names.includes('package/schemas/capture.schema.json'));
    for (const page of manifest.man) assert.ok(names.includes(`package/${page}`), page);
    assert.ok(names.filter(name => /captures\/.*\.json$/.test(name)).length >= 3);
    assert.deepEqual(
      names.filter(name => /\.test\.|tsbuildinfo|^package\/(src|test|tools)\//.test(name)),
      [],
    );
  });

  it('npm installs the manual page where man looks for it', () => {
    const prefix = join(folder, 'prefix');
    npm(['install', '--global', '--prefix', prefix, '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', tarball], folder);
    assert.match(readFileSync(join(prefix, 'share/man/man1/airlock.1'), 'utf8'), /^\.TH AIRLOCK 1 /);
  });

  it('airlock runs from an installed package', () => {
    const airlock = join(folder, 'node_modules', '.bin', 'airlock');
    assert.equal(execFileSync(airlock, ['--version'], { encoding: 'utf8' }), `airlock ${manifest.version}\n`);
    const view = spawnSync(airlock, ['demo'], { encoding: 'utf8' });
    assert.equal(view.status, 0, view.stderr);
    assert.match(view.stdout, /ATS/);
  });

  it('every part can be imported and exports something', () => {
    const program = parts
      .map(part => `if (Object.keys(await import('vfio-airlock/${part.slice(2)}')).length === 0) throw new Error('${part}');`)
      .join('\n');
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
  });

  it('there is no root entry', () => {
    const result = spawnSync(process.execPath, ['--input-type=module', '-e', "await import('vfio-airlock')"], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.notEqual(result.status, 0);
    assert.match(result.stderr, /ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });

  it('publint finds nothing', () => {
    const result = spawnSync(bin('publint'), ['run', tarball, '--strict'], { encoding: 'utf8' });
    assert.equal(result.status, 0, result.stdout + result.stderr);
  });

  it('are-the-types-wrong finds nothing for ESM users', () => {
    const entries = parts.map(part => part.slice(2));
    const result = spawnSync(bin('attw'), [tarball, '--profile', 'esm-only', '--no-color', '--entrypoints', ...entries], {
      encoding: 'utf8',
    });
    assert.equal(result.status, 0, result.stdout + result.stderr);
  });
});
