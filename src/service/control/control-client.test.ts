/** How a client meets servers that are no control socket, or one of another version, over a real socket. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { ReplayedControlledDevice } from '../../../test/fixtures/replayed-controlled-device.ts';
import { FaultError } from '../fault.ts';
import { ServiceError } from '../service-error.ts';
import { askControl } from './control-client.ts';
import { type ControlServer, serveControl } from './control-server.ts';
import { RefusedError } from './controlled-device.ts';

const GREETING = '{"airlock":"9.9","control":1}\n';
const TIMEOUT = 20;

let folder = '';
let path = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-control-client-'));
  path = join(folder, 'control');
});
after(() => rmSync(folder, { recursive: true }));

const list = (timeout = TIMEOUT) => askControl(path, { request: 'list' }, { timeout });

/** Rejects with words that say it; what a terminal would obey in them is escaped where they are printed. */
async function assertRejects(
  asked: Promise<unknown>,
  words: RegExp,
  kind: typeof ServiceError | typeof RefusedError | typeof FaultError = ServiceError,
): Promise<void> {
  await assert.rejects(asked, (error: unknown) => {
    assert.ok(error instanceof kind, String(error));
    assert.match(error.message, words);
    return true;
  });
}

describe('askControl and serveControl', () => {
  let gpu: ReplayedControlledDevice;
  let server: ControlServer;
  beforeEach(async () => {
    gpu = await ReplayedControlledDevice.read('gpu');
    server = serveControl({ path, mode: 0o600, devices: [gpu], tell: () => undefined });
  });
  afterEach(() => server.close());

  test('askControl lists devices with what becomes of ATS', async () => {
    const { devices } = await list();
    const [{ source, socket, ...rest }] = devices;
    assert.deepEqual(rest, {
      ...{ name: 'gpu', isConnected: false, profile: 'airlock', machine: 'pc-q35-11.1', set: [], hasNext: false },
      ats: { value: 'auto', source: 'default', status: 'shown' },
    });
  });

  test('askControl shows a device with the whole view, bytes included', async () => {
    const { device } = await askControl(path, { request: 'show', device: 'gpu' }, { timeout: TIMEOUT });
    assert.deepEqual(JSON.parse(JSON.stringify(device)), JSON.parse(JSON.stringify(gpu.describe())));
    assert.equal(device.view?.guest?.length, 8192);
  });

  test('askControl counts by the names of commands, those that came', async () => {
    const { devices } = await askControl(path, { request: 'counters' }, { timeout: TIMEOUT });
    assert.deepEqual(devices, [
      {
        ...{ name: 'gpu', isConnected: false, connections: 9, refused: 10, errors: 8 },
        ...{ bytesReceived: 5, bytesSent: 6, dmaMapped: 7, dmaByMessage: 1 },
        messages: { unknown: 1, VERSION: 2, DMA_UNMAP: 4 },
      },
    ]);
  });

  test('askControl sets a property for the next client, ends the session and takes the property back', async () => {
    gpu.isConnected = true;
    const set = await askControl(path, { request: 'set', properties: ['ats=off'] }, { timeout: TIMEOUT });
    assert.deepEqual(
      set.changes.capabilities.map(({ before, after }) => [after?.name, before?.status, after?.status, after?.reason?.code]),
      [['ATS', 'shown', 'hidden', 'ats.masked.off']],
    );
    assert.deepEqual([set.isConnected, set.set], [true, ['ats=off']]);
    const [waiting] = (await list()).devices;
    assert.deepEqual([waiting.hasNext, waiting.ats?.status], [true, 'shown']);
    assert.deepEqual(await askControl(path, { request: 'end' }, { timeout: TIMEOUT }), { name: 'gpu', wasConnected: true });
    assert.deepEqual(await askControl(path, { request: 'end' }, { timeout: TIMEOUT }), { name: 'gpu', wasConnected: false });
    const [ended] = (await list()).devices;
    assert.deepEqual([ended.hasNext, ended.ats?.status, ended.ats?.source], [false, 'hidden', 'device option']);
    const unset = await askControl(path, { request: 'unset', properties: ['ats'] }, { timeout: TIMEOUT });
    assert.deepEqual(Object.keys(unset.changes.properties), ['ats']);
    assert.deepEqual(unset.set, []);
  });

  test('askControl: properties that several clients set at once are all set, and each is told of its own change', async () => {
    const words = ['ats=off', 'multifunction=on', 'x-vpasid-cap-offset=0x10'];
    const changes = await Promise.all(words.map(word => askControl(path, { request: 'set', properties: [word] }, { timeout: TIMEOUT })));
    assert.deepEqual(
      changes.map(change => Object.keys(change.changes.properties)),
      words.map(word => [word.split('=')[0]]),
    );
    assert.deepEqual([...gpu.describe().set].sort(), words);
  });

  test('askControl rejects with RefusedError where the device fails to realize, and nothing changes', async () => {
    await server.close();
    const nic = await ReplayedControlledDevice.read('nic', 'synthetic-smmuv3-no-ats.json');
    server = serveControl({ path, mode: 0o600, devices: [gpu, nic], tell: () => undefined });
    const before = JSON.stringify(nic.describe());
    const request = { request: 'set', device: 'nic', properties: ['multifunction=on', 'ats=on'] } as const;
    await assertRejects(askControl(path, request, { timeout: TIMEOUT }), /^nic fails to realize: vfio-pci: ATS requested/, RefusedError);
    assert.equal(JSON.stringify(nic.describe()), before);
    const unnamed = askControl(path, { request: 'show' }, { timeout: TIMEOUT });
    await assertRejects(unnamed, /^which device\? Wanted one of gpu, nic$/);
    const unknown = askControl(path, { request: 'end', device: 'gp' }, { timeout: TIMEOUT });
    await assertRejects(unknown, /^no device "gp" is served: wanted one of gpu, nic$/);
  });

  test('askControl says so where the server takes no more clients', async () => {
    const sockets = Array.from({ length: 16 }, () => connect({ path }));
    await Promise.all(sockets.map(socket => new Promise(resolve => socket.once('data', resolve))));
    await assertRejects(list(), /^16 clients are connected already: wanted one of them to go$/);
    for (const socket of sockets) socket.destroy();
  });
});

describe('askControl and what is no control socket', () => {
  let server: Server | null = null;
  const sockets = new Set<Socket>();
  async function serve(onClient: (socket: Socket) => void): Promise<void> {
    server = createServer(socket => {
      sockets.add(socket.on('error', () => undefined));
      onClient(socket);
    });
    await new Promise<void>(resolve => server?.listen(path, resolve));
  }
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    if (server?.listening) await new Promise(resolve => server?.close(resolve));
    rmSync(path, { force: true, recursive: true });
  });

  /** What the server says, and what the client makes of it. */
  const ROWS: readonly (readonly [what: string, says: string, words: RegExp])[] = [
    ['ends at once', '', /ended the connection without a greeting; wanted a control socket, as airlock serve --control PATH makes it$/],
    ['greets as QMP does', '{"QMP": {"version": {}}}\n', /: it greets in another way; wanted a control socket/],
    ['greets with what is no JSON', 'SSH-2.0-OpenSSH\r\n', /: it greets in another way/],
    ['greets with half a line', '{"airlock":"1"', /without a greeting/],
    ['greets with bytes that are no text', '\u0000\u0001\n', /: it greets in another way/],
    [
      'speaks a newer version',
      '{"airlock":"2\\u001b[31m","control":2}\n',
      /: airlock 2.\[31m speaks version 2 of the control protocol there, this one 1$/,
    ],
    ['greets and ends', GREETING, /: it ended the connection without an answer/],
    [
      'answers nothing of the kind',
      `${GREETING}{"result":{"devices":[{"name":7}]}}\n`,
      /: it answers in another way than this airlock expects, as airlock 9\.9$/,
    ],
    ['answers no object', `${GREETING}{"result":7}\n`, /: it answers in another way/],
    ['answers what is no JSON', `${GREETING}{\n`, /: it answers in another way/],
    ['answers what has no field that it needs', `${GREETING}{"result":{}}\n`, /: it answers in another way/],
    ['answers with a code that is new', `${GREETING}{"error":{"code":"moon","message":"full\\n"}}\n`, /^full\n$/],
  ];
  for (const [what, says, words] of ROWS) {
    test(`askControl ends with words where the server ${what}`, async () => {
      await serve(socket => socket.end(says));
      await assertRejects(list(), words);
    });
  }

  test('askControl ends with a fault of ours where the server has one', async () => {
    await serve(socket => socket.end(`${GREETING}{"error":{"code":"internal","message":"x"}}\n`));
    await assertRejects(list(), /^Cannot ask .*: internal error of the server: x; this is a fault of airlock: /, FaultError);
  });

  test('askControl sends nothing to a server that does not greet, and gives it up', async () => {
    let received = 0;
    await serve(socket => socket.on('data', data => (received += data.length)));
    await assertRejects(list(1), /^Cannot ask .*: it says nothing for 1 s, as the socket of a device does; wanted a control socket/);
    assert.equal(received, 0);
  });

  test('askControl takes no answer without end', async () => {
    await serve(socket => {
      socket.write(GREETING);
      const flood = (): void => {
        while (!socket.destroyed && socket.write('x'.repeat(1 << 16)));
      };
      socket.on('drain', flood);
      flood();
    });
    await assertRejects(list(), /: a line has more than 4194304 bytes; wanted a control socket/);
  });

  test('askControl says why it cannot connect', async () => {
    await assertRejects(list(), /^Cannot connect to .*control: ENOENT, there is no such socket$/);
    writeFileSync(path, '');
    await assertRejects(list(), /: it is no socket: wanted a control socket/);
    await assertRejects(askControl(`${path}/x`, { request: 'list' }, { timeout: TIMEOUT }), /: ENOTDIR, there is no such socket$/);
    rmSync(path);
    mkdirSync(path);
    await assertRejects(list(), /: it is no socket/);
    for (const wrong of ['', 'x'.repeat(108), '/tmp/'.repeat(100)]) {
      await assertRejects(askControl(wrong, { request: 'list' }, { timeout: TIMEOUT }), /bytes, wanted 1 to 107$/);
    }
  });

  test('askControl says so where nobody listens any more', async () => {
    await serve(() => undefined);
    renameSync(path, `${path}.left`);
    await new Promise(resolve => server?.close(resolve));
    await assertRejects(askControl(`${path}.left`, { request: 'list' }, { timeout: TIMEOUT }), /: ECONNREFUSED, nobody listens on it$/);
    rmSync(`${path}.left`);
  });

  test('askControl says so where the user may not connect', async () => {
    await serve(() => undefined);
    chmodSync(path, 0);
    const isRoot = process.geteuid?.() === 0;
    // Root may connect to any socket, so it is somebody else for the call, which connects before it waits for anything.
    if (isRoot) process.seteuid?.(65534);
    const asked = list();
    if (isRoot) process.seteuid?.(0);
    await assertRejects(asked, /: EACCES, the user may not connect to it$/);
  });
});
