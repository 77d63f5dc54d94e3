/** What airlock attach says of sockets that give no vfio-user server's answer, each of them real. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { serveDevice, UnixListener } from '../../src/linux/unix-transport/index.ts';
import { SoftwareDevice } from '../../src/pure/device/index.ts';
import { PATIENCE, within } from '../fixtures/deadline.ts';
import { connect, endServers, MAIN, Running, startServer } from './serving.ts';

const WANTED = 'wanted the socket of a vfio-user server';
const BUSY = 'another client is connected to it, and a server takes one at a time';

let folder = '';
const path = (name: string): string => join(folder, name);

/** What `attach` prints on standard error, without what all of it begins with; it must end with 2 and print nothing else. */
async function attach(socket: string, ...args: readonly string[]): Promise<string> {
  const running = new Running(process.execPath, [MAIN, 'attach', socket, ...args]);
  assert.equal(await within(PATIENCE, 'attach ends', running.ended), 2, running.stdout);
  assert.equal(running.stdout, '');
  const begin = `airlock: Cannot ask ${socket}: `;
  const text = running.stderr.trimEnd();
  return text.startsWith(begin) ? text.slice(begin.length) : text;
}

describe('airlock attach', () => {
  let server: Server | null = null;
  const sockets = new Set<Socket>();
  /** A server of Node's own. */
  async function listen(name: string, onClient: (socket: Socket) => void): Promise<string> {
    server = createServer(socket => {
      sockets.add(socket.on('error', () => undefined));
      onClient(socket);
    });
    await new Promise<void>(resolve => server?.listen(path(name), resolve));
    return path(name);
  }
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-attach-'));
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await new Promise(resolve => (server === null ? resolve(null) : server.close(resolve)));
    server = null;
    await endServers();
  });
  after(() => rmSync(folder, { recursive: true }));

  it('names a control socket, and the command for it', async () => {
    const control = path('control');
    await startServer('captures/synthetic-vtd-ats.json', '-s', '01:00.0', '--socket', path('gpu.sock'), '--control', control);
    const words = `it is a control socket of airlock serve, ${WANTED}; airlock ctl ${control} list names the devices and their sockets`;
    assert.equal(await attach(control), words);
  });

  it('says of airlock serve that another client has the device, once it is refused and before', async () => {
    await startServer('captures/synthetic-vtd-ats.json', '-s', '01:00.0', '--socket', path('gpu.sock'));
    const first = await connect(path('gpu.sock'));
    assert.equal(await attach(path('gpu.sock'), '--timeout', '60'), `${BUSY}: it ended the connection`);
    assert.equal(await attach(path('gpu.sock'), '--timeout', '1'), `no answer in 1 s: ${BUSY}`);
    await first.close();
  });

  it('says of a server that lets clients wait that another one is connected', async () => {
    const device = new SoftwareDevice({ vendorId: 0x1234, deviceId: 0xa0d0, classCode: 0xff_00_00 });
    const waiting = serveDevice(device, path('device.sock'));
    const first = await connect(path('device.sock'));
    assert.equal(await attach(path('device.sock'), '--timeout', '1'), `no answer in 1 s: ${BUSY}`);
    await first.close();
    await waiting.close();
  });

  it('tells a peer that is silent from one that takes no connections', async () => {
    const silent = await listen('silent.sock', () => undefined);
    const words = 'it took the connection and gave no answer in 1 s: it hangs, or is no vfio-user server';
    assert.equal(await attach(silent, '--timeout', '1'), words);
    using listener = UnixListener.listen(path('stopped.sock'));
    assert.equal(await attach(listener.target, '--timeout', '1'), 'no answer in 1 s: what listens there takes no connections');
  });

  it('says what a program of another kind begins with', async () => {
    const monitor = await listen('monitor.sock', socket => socket.write('{"QMP": {"version": {"qemu": {}}}}\r\n'));
    assert.equal(await attach(monitor), `what listens there speaks text, and begins with "{\\"QMP\\": {\\"versio": ${WANTED}`);
  });

  it('says that a program ends the connection without a word', async () => {
    const closing = await listen('closing.sock', socket => socket.destroy());
    assert.equal(await attach(closing), `it ended the connection without an answer, ${WANTED}`);
  });

  it('says that a server which answers with noise breaks the protocol', async () => {
    const noisy = await listen('noisy.sock', socket => socket.write(Buffer.alloc(64, 0xfe)));
    assert.match(await attach(noisy), /^unknown \(0xfefe\) 65278: size 4278124286 is above the limit of /);
  });

  it('names what is no socket', async () => {
    writeFileSync(path('file'), '');
    mkdirSync(path('directory'));
    const begin = 'airlock: Cannot connect to';
    assert.equal(await attach(path('file')), `${begin} ${path('file')}: it is a file, ${WANTED}`);
    assert.equal(await attach(path('directory')), `${begin} ${path('directory')}: it is a directory, ${WANTED}`);
    assert.ok(!existsSync(path('nothing')));
    assert.match(await attach(path('nothing')), /ENOENT, there is no such file$/);
  });
});
