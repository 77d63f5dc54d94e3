/** Clients that do not say VERSION: those that say nothing hold up nobody, those that begin and stop hold up others for so long. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { encodeMessage, QEMU_CAPABILITIES } from '../../../test/compliance/vfio-user/dialogue.ts';
import { PATIENCE, until, within } from '../../../test/fixtures/deadline.ts';
import { createMemoryDevice } from '../../../test/fixtures/memory-device.ts';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import { Peer } from '../../../test/transport/echo-endpoint.ts';
import { settledCount } from '../../../test/transport/settled.ts';
import { VFIO_USER_VERSION } from '../../pure/vfio-user/message.ts';
import { encodeVersion } from '../../pure/vfio-user/messages/version.ts';
import { connectUnix } from '../ffi/index.ts';
import { type ConnectionEnd, connectClient, serveDevice, UnixListener, WaitingRoom } from './index.ts';

const NEVER = 60_000;

describe('a version deadline', () => {
  let folder = '';
  let path = '';
  let before = 0;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-deadline-'));
    path = join(folder, 'socket');
    before = openCount();
  });
  afterEach(async () => {
    assert.equal(await settledCount(before), before, 'as many descriptors are open as before the test');
    rmSync(folder, { recursive: true });
  });

  /** Negotiates, reads, goes. */
  const useDevice = async (): Promise<void> => {
    const { client, close } = connectClient(path);
    await within(PATIENCE, 'the server agrees', client.negotiate());
    assert.equal((await within(PATIENCE, 'the server answers', client.readRegion(7, 0, 4))).length, 4);
    await close();
  };

  test('serveDevice serves a client at once while 200 others say nothing', async () => {
    const server = serveDevice(createMemoryDevice(), path, { versionDeadline: NEVER });
    const silent: Peer[] = [];
    for (let i = 0; i < 200; i++) {
      if (i % 50 === 49) await setTimeout(20);
      silent.push(new Peer(connectUnix(path)));
    }
    await useDevice();
    for (const peer of silent) peer[Symbol.dispose]();
    await within(PATIENCE, 'the server closes', server.close());
  });

  test('serveDevice lets a client go that has begun and says no VERSION, and serves the next one', async () => {
    const ends: ConnectionEnd[] = [];
    const server = serveDevice(createMemoryDevice(), path, { versionDeadline: 2000, onEnd: end => ends.push(end) });
    using peer = new Peer(connectUnix(path));
    peer.send(Uint8Array.of(1));
    await until('it is let go', () => ends.length === 1);
    assert.deepEqual([ends[0]?.reason, ends[0]?.error?.message], ['protocol', 'the client did not agree on a version within 2 s']);
    await useDevice();
    await within(PATIENCE, 'the server closes', server.close());
  });

  test('serveDevice does not hold against a client the time in which it reads nothing itself', async () => {
    const ends: ConnectionEnd[] = [];
    const server = serveDevice(createMemoryDevice(), path, { versionDeadline: 1000, onEnd: end => ends.push(end) });
    using peer = new Peer(connectUnix(path));
    const message = encodeMessage(VFIO_USER_VERSION, encodeVersion({ major: 0, minor: 0, capabilities: QEMU_CAPABILITIES }));
    peer.send(message.subarray(0, 1));
    await until('it is being served', () => server.connection !== null);
    peer.send(message.subarray(1));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
    let answer: Uint8Array | undefined;
    await until('the server answers', () => {
      answer = peer.receive()?.bytes;
      return answer !== undefined;
    });
    assert.deepEqual([ends, answer?.length === 0], [[], false]);
    await within(PATIENCE, 'the server closes', server.close());
  });

  test('serveDevice keeps a client that has agreed, however long it is silent', async () => {
    const server = serveDevice(createMemoryDevice(), path, { versionDeadline: 3000 });
    const { client, close } = connectClient(path);
    await within(PATIENCE, 'the server agrees', client.negotiate());
    await setTimeout(3500);
    assert.equal((await client.readRegion(7, 0, 4)).length, 4);
    await close();
    await within(PATIENCE, 'the server closes', server.close());
  });

  test('WaitingRoom gives clients in the order in which they spoke, and lets silent ones go after the deadline', async () => {
    const room = new WaitingRoom(UnixListener.listen(path), 3000);
    using silent = new Peer(connectUnix(path));
    using late = new Peer(connectUnix(path));
    using early = new Peer(connectUnix(path));
    early.send(Uint8Array.of(1));
    const first = await within(PATIENCE, 'a client speaks', room.next());
    late.send(Uint8Array.of(2));
    const second = await within(PATIENCE, 'a client speaks', room.next());
    for (const [guest, byte] of [
      [first, 1],
      [second, 2],
    ] as const) {
      assert.ok(guest);
      using taken = new Peer(guest.socket);
      assert.deepEqual(taken.receive()?.bytes, Uint8Array.of(byte));
    }
    await until('the silent one is let go', () => silent.receive()?.bytes.length === 0);
    const next = room.next();
    room.close();
    room.close();
    assert.equal(await within(PATIENCE, 'the room is closed', next), null);
  });

  test('WaitingRoom holds a few silent clients, and lets the first of more go', async () => {
    const room = new WaitingRoom(UnixListener.listen(path), 0);
    const peers: Peer[] = [];
    for (let i = 0; i < 70; i++) peers.push(new Peer(connectUnix(path)));
    await until('the first are let go', () => peers.slice(0, 6).every(peer => peer.receive()?.bytes.length === 0));
    peers[69]?.send(Uint8Array.of(1));
    const guest = await within(PATIENCE, 'the last one speaks', room.next());
    guest?.socket.close();
    room.close();
    for (const peer of peers) peer[Symbol.dispose]();
  });
});
