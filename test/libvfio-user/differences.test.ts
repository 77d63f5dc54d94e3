/** The same requests to a server of libvfio-user and to ours: what they answer otherwise is known, and written down. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { it } from 'node:test';
import { EventLoopWaiter, serveDevice } from '../../src/linux/unix-transport/index.ts';
import { SoftwareDevice } from '../../src/pure/device/index.ts';
import { askRaw, type Outcome } from './ask-raw.ts';
import { KNOWN_DIFFERENCES } from './known-differences.ts';
import { buildPeerServer, LIBRARY_MISSING, ServingProgram } from './library.ts';
import { REQUESTS } from './requests.ts';

/** As peer-server.c has it, as far as requests go. */
const createDevice = (): SoftwareDevice =>
  new SoftwareDevice({
    vendorId: 0x1234,
    deviceId: 0xa0e0,
    classCode: 0xff_00_00,
    hasIntx: true,
    bars: { 0: { size: 0x1000 }, 1: { size: 0x4000 } },
  });

it('libvfio-user and our server answer alike, but for what is known', { skip: LIBRARY_MISSING }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-differences-'));
  const path = join(folder, 'ours.sock');
  const peer = new ServingProgram(buildPeerServer(folder), join(folder, 'peer.sock'));
  const ours = serveDevice(createDevice(), path);
  const waiter = new EventLoopWaiter();
  const found: Record<string, readonly [Outcome, Outcome]> = {};
  try {
    for (const request of REQUESTS) {
      await peer.start();
      const outcomes = [await askRaw(peer.socket, waiter, request), await askRaw(path, waiter, request)] as const;
      if (outcomes[0] !== outcomes[1]) found[request.name] = outcomes;
    }
  } finally {
    waiter.close();
    await ours.close();
    await peer.end();
    rmSync(folder, { recursive: true });
  }
  const known = Object.entries(KNOWN_DIFFERENCES).map(([name, [theirs, us]]) => [name, [theirs, us]] as const);
  assert.deepEqual(found, Object.fromEntries(known));
});

it('docs/differences.md has the known differences from libvfio-user, and no others', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/differences.md'), 'utf8');
  const [, section = ''] = text.split('### libvfio-user\n');
  const rows = section
    .split('\n')
    .filter(line => line.startsWith('| '))
    .slice(2);
  const cells = rows.map(row =>
    row
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  );
  assert.deepEqual(
    cells,
    Object.entries(KNOWN_DIFFERENCES).map(([name, [theirs, us, judged]]) => [name, theirs, us, judged]),
  );
});
