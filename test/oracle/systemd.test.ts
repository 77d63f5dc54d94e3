/** systemd's own tools judge the templates of systemd/, and pass a socket to the command that they start. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connectClient } from '../../src/linux/unix-transport/index.ts';
import { readPages } from './guide-pages.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/cli/main.js');
const UNITS = ['airlock@.service', 'airlock@.socket', 'airlock-device@.service', 'airlock-device@.socket'];
/** Of 10; a service without any confinement has 9.6. That of a device of the host may open devices. */
const MOST_EXPOSURE = { 'airlock@': 1.5, 'airlock-device@': 2.2 } as const;

const isThere = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
const skip = isThere('systemd-analyze') ? false : 'systemd-analyze is not installed';
const skipActivate = isThere('systemd-socket-activate') ? false : 'systemd-socket-activate is not installed';

const unit = (name: string): string => readFileSync(join(ROOT, 'systemd', name), 'utf8');

/** What a manager makes of ExecStart for the instance `gpu`, below another root than `/`. */
function commandOf(root: string, options: readonly string[]): string[] {
  const line = /^ExecStart=(.*)$/m.exec(unit('airlock@.service'))?.[1] ?? '';
  const words = line.replaceAll('%i', 'gpu').split(' ');
  return words.flatMap(word => (word === '$AIRLOCK_OPTIONS' ? options : [word.startsWith('/') ? `${root}${word}` : word]));
}

describe('systemd/', () => {
  let folder = '';
  const analyze = (...args: readonly string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-units-'));
    for (const name of UNITS) {
      // The commands are where this machine has them; it may be without a device manager.
      const text = unit(name)
        .replace(/^(Exec\w+=\+?)airlock /gm, `$1${MAIN} `)
        .replace('=+udevadm settle', '=+/bin/true');
      writeFileSync(join(folder, name), text);
      symlinkSync(join(folder, name), join(folder, name.replace('@', '@gpu')));
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has templates that systemd-analyze verify has nothing to say about', { skip }, () => {
    const { status, stdout, stderr } = analyze('verify', ...UNITS.map(name => join(folder, name.replace('@', '@gpu'))));
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
  });

  it('is verified by something that finds mistakes', { skip }, () => {
    writeFileSync(join(folder, 'wrong@.service'), unit('airlock@.service').replace('ExecStart=airlock ', 'ExecStrat=/bin/true '));
    symlinkSync(join(folder, 'wrong@.service'), join(folder, 'wrong@gpu.service'));
    assert.match(analyze('verify', join(folder, 'wrong@gpu.service')).stderr, /ExecStrat/);
  });

  for (const [template, most] of Object.entries(MOST_EXPOSURE)) {
    it(`confines the service ${template}`, { skip }, () => {
      const { stdout } = analyze('security', '--offline=true', '--no-pager', join(folder, `${template}gpu.service`));
      const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
      assert.ok(exposure <= most, stdout);
    });
  }

  it('takes what the guide puts into drop-ins', { skip }, () => {
    const blocks = readPages().flatMap(({ blocks }) => blocks.filter(({ kind }) => kind === 'ini'));
    assert.equal(blocks.length, 2);
    for (const { text } of blocks) {
      const name = text.startsWith('[Socket]') ? UNITS[1] : UNITS[0];
      mkdirSync(join(folder, `${name}.d`));
      writeFileSync(join(folder, `${name}.d/override.conf`), text);
    }
    const { stderr } = analyze('verify', ...UNITS.map(name => join(folder, name.replace('@', '@gpu'))));
    assert.equal(stderr, '');
    for (const name of UNITS) rmSync(join(folder, `${name}.d`), { recursive: true, force: true });
  });

  it('starts a command that serves on the socket which systemd passes', { skip: skipActivate }, async () => {
    for (const path of ['etc/airlock', 'run/airlock']) mkdirSync(join(folder, path), { recursive: true });
    symlinkSync(join(ROOT, 'captures/synthetic-vtd-ats.json'), join(folder, 'etc/airlock/gpu.json'));
    const [, ...words] = commandOf(folder, ['-s', '01:00.0', '--once']);
    const socket = join(folder, 'run/airlock/gpu.sock');
    const manager = spawn('systemd-socket-activate', [`--listen=${socket}`, process.execPath, MAIN, ...words], { stdio: 'ignore' });
    const ended = new Promise(resolve => manager.once('close', resolve));
    let connected: ReturnType<typeof connectClient> | null = null;
    for (let tries = 0; connected === null && tries < 200; tries++) {
      try {
        connected = connectClient(socket);
      } catch {
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    }
    assert.ok(connected, 'nobody listens');
    try {
      await connected.client.negotiate();
      assert.deepEqual(await connected.client.readRegion(7, 0, 4), Uint8Array.of(0x34, 0x12, 0x01, 0xa0));
    } finally {
      await connected.close();
      // It has had its one client.
      setTimeout(() => manager.kill('SIGKILL'), 30_000).unref();
    }
    assert.equal(await ended, 0);
  });
});
