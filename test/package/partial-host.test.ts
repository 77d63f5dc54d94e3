/** Copies of a host's sys and proc of which parts are missing: what cannot be known there is named and unknown, and no failure. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { deviceFolder, functionTree, newRoot, READY_HOST, type Tree, writeTree } from '../fixtures/host-tree.ts';
import { airlock } from './airlock.ts';

const A = '0000:01:00.0';
const B = '0000:01:00.1';

describe('a copy of sys and proc', () => {
  let root = '';
  beforeEach(() => {
    root = newRoot();
    const trees: readonly Tree[] = [
      READY_HOST,
      functionTree({ address: A, driver: 'vfio-pci', group: 1, extended: [0x0f] }),
      functionTree({ address: B, driver: 'igb', group: 2 }),
    ];
    writeTree(root, ...trees);
    for (const path of ['dev', `${deviceFolder(B)}/config`]) rmSync(join(root, path), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const run = (...args: string[]) => airlock([...args, '--root', root]);

  it('doctor fails nothing that it cannot know', () => {
    const { status, stdout } = run('doctor', A);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /^UNKNOWN iommufd\.present /m);
    assert.match(stdout, /, 0 failed, /);
    assert.equal(run('doctor', A, '--require', 'iommufd').status, 1);
  });

  it('doctor and devices name a config that is not there, and say no, to nothing that rests on it', () => {
    const doctor = run('doctor', B).stdout;
    assert.match(doctor, /^UNKNOWN device\.ats [\s\S]*? config is not\s+there$/m);
    const { stdout } = run('devices', '-s', B);
    assert.match(stdout, /ATS, PASID, PRI unknown \(its file config is not there\)/);
    assert.match(stdout, /could not be read: config \(ENOENT\)/);
  });

  it('view, decode and compare name the file', () => {
    const words = new RegExp(
      `^airlock: (?:side B: )?Cannot read ${B}: \\S+/sys/bus/pci/devices/${B}/config: no such file or directory$`,
      'm',
    );
    for (const args of [
      ['view', B],
      ['decode', B],
      ['compare', A, B],
      ['capture', B],
    ]) {
      const { status, stdout, stderr } = run(...args);
      assert.equal(status, 2, args[0]);
      assert.equal(stdout, '');
      assert.match(stderr, words);
    }
  });

  it('capture leaves it out, and says so', () => {
    const { status, stdout, stderr } = run('capture');
    assert.equal(status, 0);
    assert.match(stderr, new RegExp(`^airlock: note: Cannot read ${B}: \\S+/config: no such file`));
    assert.deepEqual(
      JSON.parse(stdout).devices.map(({ address }: { address: string }) => address),
      [A],
    );
  });

  it('a device that is listed and whose folder is not there is named', () => {
    rmSync(join(root, deviceFolder(B)), { recursive: true });
    const note = `airlock: note: listed and not read, as their files are not there: ${B}\n`;
    for (const command of ['devices', 'capture']) {
      const { status, stderr } = run(command);
      assert.equal(status, 0);
      assert.ok(stderr.startsWith(note), stderr);
    }
    const { status, stderr } = run('devices', '-s', B);
    assert.equal(status, 2);
    assert.ok(stderr.startsWith(note), stderr);
    const doctor = run('doctor', B);
    assert.deepEqual([doctor.status, doctor.stdout], [2, '']);
    assert.match(doctor.stderr, /it is listed, and its files vendor, device and class are not there$/m);
  });
});
