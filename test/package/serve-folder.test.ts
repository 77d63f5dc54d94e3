/** airlock serve of a folder: a socket for each device of it, and a note for what is left out. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { ROOT } from './airlock.ts';
import { endServers, readConfig, startServer } from './serving.ts';

const ATS = join(ROOT, 'captures/synthetic-vtd-ats.json');

let folder = '';
const path = (name: string): string => join(folder, name);

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-serve-folder-'));
});
afterEach(endServers);
after(() => rmSync(folder, { recursive: true, force: true }));

describe('airlock serve of a folder presents', () => {
  it('each device of a folder at a socket of its own, in a folder that it makes', async () => {
    mkdirSync(path('devices/nested'), { recursive: true });
    writeFileSync(path('devices/many.json'), readFileSync(ATS));
    writeFileSync(path('devices/one.bin'), new Uint8Array(256).fill(0x11));
    writeFileSync(path('devices/.hidden'), 'no input');
    const server = await startServer(path('devices'), '--profile', 'raw', '--socket', path('new/sockets'));
    const names = readdirSync(path('new/sockets')).sort();
    assert.deepEqual(names, ['many-0000:01:00.0.sock', 'many-0000:02:00.0.sock', 'many-0000:03:00.2.sock', 'one.sock']);
    assert.deepEqual(await readConfig(path('new/sockets/one.sock')), new Uint8Array(256).fill(0x11));
    // Two devices at a time: each has its thread.
    const both = await Promise.all(names.slice(0, 2).map(name => readConfig(path(`new/sockets/${name}`))));
    assert.equal(both[0].length, 4096);
    assert.notDeepEqual(both[0], both[1]);
    assert.equal(await server.end(), 0);
    assert.deepEqual(readdirSync(path('new/sockets')), []);
  });

  it('each device of a folder that can be served, and notes for bridges, strays and what is no file', async () => {
    const gpu = readFileSync(ATS, 'utf8');
    mkdirSync(path('mixed'));
    const bridge = new Uint8Array(256);
    bridge.set([0x36, 0x1b, 0x0c, 0x00, 0, 0, 0, 0, 0, 0, 0x04, 0x06, 0, 0, 0x01]);
    for (const [name, content] of [
      ['bridge.bin', bridge],
      ['gone.bin', new Uint8Array(64).fill(0xff)],
      ['gpu.json', gpu],
      ['names.txt', '00:04.0 Ethernet controller\n'],
      ['notes.md', '# Dumps\n'],
      ['old.json', '{"format": "none"}'],
    ] as const) {
      writeFileSync(path(`mixed/${name}`), content);
    }
    execFileSync('mkfifo', [path('mixed/pipe')]);
    const server = await startServer(path('mixed'), '--socket', path('mixed-sockets'));
    assert.deepEqual(
      readdirSync(path('mixed-sockets')).sort(),
      [1, 2, 3].map(i => `gpu-0000:0${i}:00.${i === 3 ? 2 : 0}.sock`),
    );
    const notes = server.stderr.split('\n').filter(line => line.startsWith('airlock: note: '));
    const skipped = ['pipe', 'bridge.bin', 'gone.bin', 'names.txt', 'notes.md', 'old.json'];
    assert.equal(notes.length, skipped.length, server.stderr);
    for (const [i, name] of skipped.entries()) assert.match(notes[i] ?? '', new RegExp(`^airlock: note: skipped: .*${name}`));
    assert.match(notes[1] ?? '', /: no VMM takes a bridge$/);
    assert.match(notes[3] ?? '', /: no byte of its config space is known$/);
    assert.equal(await server.end(), 0);
    // Untouched, a bridge is bytes as any other.
    await startServer(path('mixed'), '--profile', 'raw', '--socket', path('mixed-sockets'));
    assert.deepEqual(await readConfig(path('mixed-sockets/bridge.sock')), bridge);
  });
});
