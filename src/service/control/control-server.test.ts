/** The control socket as its clients meet it, friendly and hostile ones, over a real socket. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { PATIENCE, within } from '../../../test/fixtures/deadline.ts';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import { ReplayedControlledDevice } from '../../../test/fixtures/replayed-controlled-device.ts';
import { settledCount } from '../../../test/transport/settled.ts';
import { ServiceError } from '../service-error.ts';
import { type ControlServer, type ControlServerOptions, serveControl } from './control-server.ts';
import { MOST_REQUEST } from './protocol.ts';
import { readLines } from './read-lines.ts';

const MOST_CLIENTS = 16;

let folder = '';
let path = '';
let before = 0;
let gpu: ReplayedControlledDevice;
let nic: ReplayedControlledDevice;
let server: ControlServer;
let told: string[] = [];

function serve(changes: Partial<ControlServerOptions> = {}): ControlServer {
  return serveControl({ path, mode: 0o600, devices: [gpu, nic], tell: line => told.push(line), ...changes });
}

/** A client that says what it likes. */
class Peer {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly #lines: AsyncGenerator<string, void>;

  constructor(allowHalfOpen = false) {
    this.socket = connect({ path, allowHalfOpen });
    const closed = new Promise<void>(resolve => this.socket.once('close', () => resolve()));
    this.closed = within(PATIENCE, 'the connection is closed', closed);
    // Not every test waits for it.
    this.closed.catch(() => undefined);
    this.socket.on('error', () => undefined);
    this.#lines = readLines(this.socket, 2 ** 24);
  }

  /** The next line's value; undefined at the end. */
  async next(): Promise<Record<string, unknown> | undefined> {
    const { value, done } = await within(PATIENCE, 'a line comes', this.#lines.next());
    return done ? undefined : (JSON.parse(value as string) as Record<string, unknown>);
  }

  async ask(request: object): Promise<Record<string, unknown> | undefined> {
    this.socket.write(`${JSON.stringify(request)}\n`);
    return this.next();
  }

  end(): Promise<void> {
    this.socket.destroy();
    return this.closed;
  }
}

/** A client that is let in, however long the server takes to see that others are gone. */
async function greeted(allowHalfOpen = false): Promise<Peer> {
  for (const end = performance.now() + 10_000; performance.now() < end; await setTimeout(5)) {
    const peer = new Peer(allowHalfOpen);
    const greeting = await peer.next().catch(() => undefined);
    if (greeting?.control === 1) return peer;
    await peer.end();
  }
  assert.fail('no client is let in');
}

/** That the server still serves anybody who comes. */
async function assertServes(): Promise<void> {
  const peer = await greeted();
  const answer = (await peer.ask({ request: 'list' })) as { result: { devices: { name: string }[] } };
  assert.deepEqual(
    answer.result.devices.map(({ name }) => name),
    ['gpu', 'nic'],
  );
  await peer.end();
}

/** A server of two devices for each test of a suite: hooks of the file would be those of every other file of the run. */
function useServer(): void {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-control-'));
    path = join(folder, 'control');
    [gpu, nic] = await Promise.all([
      ReplayedControlledDevice.read('gpu'),
      ReplayedControlledDevice.read('nic', 'synthetic-smmuv3-no-ats.json'),
    ]);
    told = [];
    before = openCount();
    server = serve();
  });
  afterEach(async () => {
    await server.close();
    assert.equal(existsSync(path), false, 'the socket is removed');
    assert.equal(await settledCount(before), before, 'as many descriptors are open as before the test');
    rmSync(folder, { recursive: true });
  });
}

describe('serveControl and its socket', () => {
  useServer();

  test('serveControl gives the socket the mode that is wanted', async () => {
    assert.equal(statSync(path).mode & 0o777, 0o600);
    await server.close();
    server = serve({ mode: 0o660 });
    assert.equal(statSync(path).mode & 0o777, 0o660);
  });

  test('serveControl refuses a path where a server listens, and leaves that alone', async () => {
    assert.throws(
      () => serve(),
      /^ServiceError: --control: Cannot listen on .*: another process listens there; stop it, or take another path$/,
    );
    await assertServes();
  });

  test('serveControl replaces a socket that a server left behind', async () => {
    await server.close();
    const left = createServer();
    await new Promise<void>(resolve => left.listen(join(folder, 'left'), resolve));
    // Node removes the path that it made: of a server that was killed the file stays.
    renameSync(join(folder, 'left'), path);
    await new Promise(resolve => left.close(resolve));
    assert.ok(lstatSync(path).isSocket());
    server = serve();
    await assertServes();
  });

  for (const [what, where, words] of [
    ['a path that is a file', 'file', /there is a file of that name, which is no socket$/],
    ['a folder that is not there', 'none/control', /there is no folder \S+none$/],
    ['a path that is too long', 'x'.repeat(120), /wanted 1 to 107/],
  ] as const) {
    test(`serveControl refuses ${what}`, () => {
      writeFileSync(join(folder, 'file'), '');
      assert.throws(
        () => serve({ path: join(folder, where) }),
        (error: unknown) => error instanceof ServiceError && words.test(error.message),
      );
    });
  }

  test('ControlServer.close ends clients in the middle of an answer', async () => {
    const { promise, resolve } = withResolvers();
    gpu.beforeEnd = () => promise;
    const peer = await greeted();
    const answer = peer.ask({ request: 'end', device: 'gpu' }).catch(() => undefined);
    await setTimeout(50);
    const closed = server.close();
    assert.equal(await answer, undefined);
    resolve();
    await closed;
    server = serve();
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('serveControl answers', () => {
  useServer();

  for (const pieces of [1, 1000]) {
    test(`requests in order, in ${pieces} piece${pieces === 1 ? '' : 's'}, also to a client that has closed its side`, async () => {
      gpu.beforeEnd = () => setTimeout(20);
      const peer = await greeted(true);
      const text = '{"request":"end","device":"gpu"}\n{"request":"list"}\n{"request":"show","device":"nic"}\n';
      const size = Math.ceil(text.length / pieces);
      for (let at = 0; at < text.length; at += size) {
        peer.socket.write(text.slice(at, at + size));
        await setImmediate();
      }
      peer.socket.end();
      const answers = [await peer.next(), await peer.next(), await peer.next(), await peer.next()] as { result: object }[];
      assert.deepEqual(answers[0], { result: { name: 'gpu', wasConnected: false } });
      assert.ok('devices' in answers[1].result && 'device' in answers[2].result);
      assert.equal(answers[3], undefined);
      await peer.closed;
    });
  }

  test('a request that it does not understand, and goes on', async () => {
    const peer = await greeted();
    for (const line of ['', 'list', '{"request":"quit"}', '{"request":"list","x":1}', '\u0000\u0001', '['.repeat(60_000)]) {
      peer.socket.write(`${line}\n`);
      const answer = (await peer.next()) as { error: { code: string; message: string } };
      assert.equal(answer.error.code, 'usage', line.slice(0, 40));
    }
    assert.ok('result' in ((await peer.ask({ request: 'list' })) ?? {}));
    await peer.end();
  });

  test('with the words of a refusal, of a mistake, and of a fault, which it tells too', async () => {
    const peer = await greeted();
    assert.deepEqual(await peer.ask({ request: 'set', device: 'nic', properties: ['ats=on'] }), {
      error: { code: 'refused', message: 'nic fails to realize: vfio-pci: ATS requested but not supported by kernel' },
    });
    assert.deepEqual(await peer.ask({ request: 'set', device: 'nic', properties: ['ats=maybe'] }), {
      error: { code: 'usage', message: "Parameter 'ats' does not accept value 'maybe'" },
    });
    assert.deepEqual(told, []);
    gpu.beforeEnd = () => Promise.reject(new TypeError('out of order'));
    assert.deepEqual(await peer.ask({ request: 'end', device: 'gpu' }), { error: { code: 'internal', message: 'out of order' } });
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', /^control socket: internal error: out of order; this is a fault of airlock: please report it /);
    await peer.end();
  });
});

describe('serveControl survives', () => {
  useServer();

  test('clients that send nothing, half a line or junk and go', async () => {
    for (const junk of ['', '{"request":', '\u0000'.repeat(1000), 'GET / HTTP/1.1\r\n\r\n', '{"request":"list"}\n']) {
      const peers = Array.from({ length: 8 }, () => new Peer());
      for (const { socket } of peers) socket.write(junk);
      await setTimeout(5);
      await Promise.all(peers.map(peer => peer.end()));
    }
    await assertServes();
    assert.deepEqual(told, []);
  });

  test('a line without end: it says so and closes', async () => {
    const peer = await greeted();
    peer.socket.write('x'.repeat(MOST_REQUEST));
    assert.deepEqual(await peer.next(), { error: { code: 'usage', message: 'a line has more than 65536 bytes' } });
    assert.equal(await peer.next(), undefined);
    await peer.closed;
    await assertServes();
  });

  test('a client that goes on sending after that', async () => {
    const peer = await greeted();
    const chunk = Buffer.alloc(1 << 20, 'x');
    const end = performance.now() + 5000;
    while (!peer.socket.destroyed && performance.now() < end) {
      await new Promise(resolve => peer.socket.write(chunk, resolve));
    }
    assert.ok(performance.now() < end, 'the server closed the connection');
    await assertServes();
  });

  test('a line that is no UTF-8', async () => {
    const peer = await greeted();
    peer.socket.write(Uint8Array.of(0xff, 0x0a));
    assert.deepEqual(await peer.next(), { error: { code: 'usage', message: 'a line is no UTF-8' } });
    await peer.closed;
  });

  test('a client that asks and never reads: it is read no further', async () => {
    const peer = await greeted();
    const requests = Buffer.from('{"request":"list"}\n'.repeat(1000));
    peer.socket.pause();
    let asked = 0;
    for (; asked < 200 && peer.socket.writableLength < 2 ** 20; asked++) {
      peer.socket.write(requests);
      await setTimeout(1);
    }
    assert.ok(asked < 200, 'the kernel holds no more');
    await assertServes();
    await peer.end();
  });

  test('a client that is gone before its answer', async () => {
    const { promise, resolve } = withResolvers();
    gpu.beforeEnd = () => promise;
    const peer = await greeted();
    peer.socket.write('{"request":"end","device":"gpu"}\n{"request":"list"}\n');
    await setTimeout(20);
    await peer.end();
    resolve();
    await assertServes();
    assert.deepEqual(told, []);
  });

  test('more clients than it takes: one too many is told so, and let in once another one is gone', async () => {
    const peers: Peer[] = [];
    for (let i = 0; i < MOST_CLIENTS; i++) peers.push(await greeted());
    const late = new Peer();
    assert.deepEqual(await late.next(), {
      error: { code: 'usage', message: '16 clients are connected already: wanted one of them to go' },
    });
    assert.equal(await late.next(), undefined);
    await late.closed;
    await peers[0].end();
    await (await greeted()).end();
    await Promise.all(peers.map(peer => peer.end()));
  });

  test('clients that do not go when they are told to: of these it takes no more than of the others', async () => {
    const peers: Peer[] = [];
    for (let i = 0; i < MOST_CLIENTS; i++) peers.push(await greeted());
    let answer: unknown = 'none';
    // They are closed after a second, which a slow machine may let pass.
    for (let tries = 0; tries < 3 && answer !== undefined; tries++) {
      const told = Array.from({ length: MOST_CLIENTS }, () => new Peer(true));
      await Promise.all(told.map(peer => peer.next()));
      const last = new Peer();
      answer = await last.next().catch(() => undefined);
      peers.push(...told, last);
    }
    assert.equal(answer, undefined);
    await Promise.all(peers.map(peer => peer.end()));
    await assertServes();
  });

  test('a crowd that connects at once', async () => {
    for (let i = 0; i < 5; i++) {
      const peers = Array.from({ length: 100 }, () => new Peer());
      await setTimeout(10);
      await Promise.all(peers.map(peer => peer.end()));
    }
    await assertServes();
  });

  test('a client that is silent for too long: it is closed', async () => {
    await server.close();
    server = serve({ patience: 50 });
    const peer = await greeted();
    assert.equal(await peer.next().catch(() => undefined), undefined);
    await peer.closed;
    await assertServes();
  });
});
