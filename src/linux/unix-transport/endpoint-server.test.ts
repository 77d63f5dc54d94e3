/** Serving in the caller's own thread: one client after another, timers run, everything is given back. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PATIENCE, until, within } from '../../../test/fixtures/deadline.ts';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import { createMessage, EchoEndpoint, Peer, SILENT, THROW } from '../../../test/transport/echo-endpoint.ts';
import { FramedPeer } from '../../../test/transport/framed-peer.ts';
import { settledCount } from '../../../test/transport/settled.ts';
import { connectUnix, createSocketPair } from '../ffi/index.ts';
import { EndpointServer } from './endpoint-server.ts';
import { EventLoopWaiter } from './event-loop-waiter.ts';
import { runConnection } from './run-connection.ts';
import { type ConnectionEnd, type MakeEndpoint, UnixConnection } from './unix-connection.ts';
import { UnixListener } from './unix-listener.ts';

const makeEcho: MakeEndpoint = carrier => new EchoEndpoint(carrier);

describe('EndpointServer', () => {
  let folder = '';
  let path = '';
  let before = 0;
  let waiter: EventLoopWaiter;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-server-'));
    path = join(folder, 'socket');
    before = openCount();
    waiter = new EventLoopWaiter();
  });
  afterEach(async () => {
    waiter.close();
    assert.equal(await settledCount(before), before, 'as many descriptors are open as before the test');
    assert.equal(existsSync(path), false, 'the socket is gone');
    rmSync(folder, { recursive: true });
  });

  /** Its answer is the only message that can be on its way. */
  const ask = async (peer: Peer, id: number): Promise<void> => {
    const messages = new FramedPeer(peer, waiter);
    peer.send(createMessage(id, 20));
    assert.equal((await messages.receive())?.bytes[0], id);
    messages.close();
  };

  for (const spin of [0, 200]) {
    test(`EndpointServer serves one client after another, polling for ${spin} µs, and timers run`, async () => {
      const ends: ConnectionEnd[] = [];
      const server = new EndpointServer(UnixListener.listen(path), makeEcho, { spin, onEnd: end => ends.push(end) });
      let ticks = 0;
      const timer = setInterval(() => ticks++, 1);
      for (let client = 1; client <= 3; client++) {
        using peer = new Peer(connectUnix(path));
        for (let id = 1; id <= 20; id++) await ask(peer, id);
      }
      await until('all three are gone', () => ends.length === 3);
      clearInterval(timer);
      assert.ok(ticks > 1);
      await within(PATIENCE, 'the server closes', server.close());
      await within(PATIENCE, 'the server closes', server.close());
      assert.deepEqual(ends, Array(3).fill({ reason: 'closed', error: null }));
    });
  }

  test('EndpointServer keeps a second client waiting until the first is gone', async () => {
    const server = new EndpointServer(UnixListener.listen(path), makeEcho);
    using first = new Peer(connectUnix(path));
    await ask(first, 1);
    using second = new Peer(connectUnix(path));
    second.send(createMessage(9));
    await ask(first, 2);
    assert.equal(second.receive(), null);
    first.close();
    const messages = new FramedPeer(second, waiter);
    assert.equal((await messages.receive())?.bytes[0], 9);
    messages.close();
    await within(PATIENCE, 'the server closes', server.close());
  });

  test('EndpointServer with once ends after the first client, whatever its end', async () => {
    const ends: ConnectionEnd[] = [];
    const server = new EndpointServer(UnixListener.listen(path), makeEcho, { once: true, onEnd: end => ends.push(end) });
    using peer = new Peer(connectUnix(path));
    peer.send(createMessage(1, 16, THROW));
    await within(PATIENCE, 'the server has ended', server.ended);
    assert.equal(ends[0]?.reason, 'fault');
  });

  test('EndpointServer.close ends a connection that waits', async () => {
    const ends: ConnectionEnd[] = [];
    const server = new EndpointServer(UnixListener.listen(path), makeEcho, { onEnd: end => ends.push(end) });
    using peer = new Peer(connectUnix(path));
    await ask(peer, 1);
    assert.ok(server.connection);
    await within(PATIENCE, 'the server closes', server.close());
    assert.equal(server.connection, null);
    assert.deepEqual(ends, [{ reason: 'stopped', error: null }]);
  });

  test('EndpointServer.ended rejects where no endpoint can be made', async () => {
    const fail = (): never => {
      throw new RangeError('no such device');
    };
    const server = new EndpointServer(UnixListener.listen(path), fail);
    using peer = new Peer(connectUnix(path));
    peer.send(createMessage(1));
    await assert.rejects(within(PATIENCE, 'the server has ended', server.ended), /no such device/);
  });

  test('EndpointServer takes 1,000 clients that come and go, and keeps nothing of them', async () => {
    let served = 0;
    let spoken = 0;
    const server = new EndpointServer(UnixListener.listen(path), makeEcho, { onEnd: () => served++ });
    const memory = process.memoryUsage().rss;
    for (let client = 0; client < 1000; client++) {
      using peer = new Peer(connectUnix(path));
      // One that goes without a word is none.
      if (client % 3 > 0) spoken += Math.sign(peer.send(createMessage(client, 20).subarray(0, client % 3 === 1 ? 20 : 11)));
      if (client % 8 === 7) await until(`the clients before ${client} are gone`, () => served >= spoken - 2);
    }
    await until('all clients are gone', () => served >= spoken);
    await within(PATIENCE, 'the server closes', server.close());
    const grown = (process.memoryUsage().rss - memory) / 2 ** 20;
    assert.ok(grown < 100, `grew by ${grown.toFixed(0)} MB`);
  });

  test('EndpointServer keeps a process alive, and lets it end when closed', () => {
    const program = `
      import { EndpointServer, UnixListener } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      const server = new EndpointServer(UnixListener.listen(${JSON.stringify(path)}), () => {});
      setTimeout(() => { console.log('waited'); server.close(); }, 100).unref();`;
    const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    assert.deepEqual([child.status, child.stdout], [0, 'waited\n'], child.stderr);
  });
});

test('runConnection lets promises of the endpoint run between two messages that came at once', async () => {
  const before = openCount();
  const [near, far] = createSocketPair();
  using waiter = new EventLoopWaiter();
  const order: string[] = [];
  const connection = new UnixConnection(near, carrier => {
    const endpoint = new EchoEndpoint(carrier);
    endpoint.isWaiting = true;
    const { receive } = endpoint;
    endpoint.receive = (...message) => {
      const length = receive.apply(endpoint, message);
      order.push(`message ${endpoint.seen.length}`);
      Promise.resolve().then(() => order.push(`promise ${endpoint.seen.length}`));
      return length;
    };
    return endpoint;
  });
  const peer = new Peer(far);
  for (let id = 1; id <= 3; id++) peer.send(createMessage(id, 16, SILENT));
  peer.close();
  await within(PATIENCE, 'the connection has ended', runConnection(connection, waiter, 0));
  peer[Symbol.dispose]();
  assert.deepEqual(order, ['message 1', 'promise 1', 'message 2', 'promise 2', 'message 3', 'promise 3']);
  waiter.close();
  assert.equal(await settledCount(before), before);
});
