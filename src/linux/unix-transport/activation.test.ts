/** Sockets from a service manager, played by a shell: right ones served, others refused. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PATIENCE } from '../../../test/fixtures/deadline.ts';
import { bindUnix, connectUnix, createSocketPair, createUnixSocket, type Descriptor, EventFd, listenUnix } from '../ffi/index.ts';
import { takeActivatedListeners } from './activation.ts';

const PROGRAM = `
  import { takeActivatedListeners } from ${JSON.stringify(new URL('./activation.ts', import.meta.url).href)};
  try {
    const [{ name, listener }, ...more] = takeActivatedListeners();
    const socket = await listener.accept();
    console.log(name, more.length, socket !== null, 'LISTEN_FDS' in process.env);
    socket.close();
    listener.close();
  } catch (error) {
    console.log(error.message);
  }`;

/** Runs the program with the sockets as descriptors 3 and on; gives what it prints. */
async function activate(sockets: readonly Descriptor[], names: string): Promise<string> {
  const command = 'export LISTEN_PID=$$ && exec "$0" --import tsx --input-type=module -e "$1"';
  const env = { ...process.env, LISTEN_FDS: String(sockets.length), LISTEN_FDNAMES: names };
  const stdio = ['ignore', 'pipe', 'inherit', ...sockets.map(({ number }) => number)] as const;
  const child = spawn('sh', ['-c', command, process.execPath, PROGRAM], { env, stdio: [...stdio], timeout: PATIENCE * 1000 });
  let text = '';
  child.stdout?.on('data', chunk => {
    text += chunk;
  });
  await once(child, 'close');
  return text.trim();
}

describe('takeActivatedListeners', () => {
  let folder = '';
  let path = '';
  let socket: Descriptor;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-activation-'));
    path = join(folder, 'socket');
    socket = createUnixSocket(path);
    bindUnix(socket, path);
  });
  afterEach(() => {
    socket.close();
    rmSync(folder, { recursive: true });
  });

  test('takeActivatedListeners serves on the socket it was given, and leaves its file', async () => {
    listenUnix(socket, 4);
    const client = connectUnix(path);
    assert.equal(await activate([socket], 'gpu'), 'gpu 0 true false');
    client.close();
    assert.ok(existsSync(path), 'whoever made the socket removes it');
  });

  test('takeActivatedListeners refuses what is no listening UNIX socket', async () => {
    const refusal = 'it is no listening UNIX stream socket (ListenStream= with a path)';
    assert.equal(await activate([socket], 'mute'), `Cannot serve on socket mute of the service manager: ${refusal}`);
    const [one, two] = createSocketPair('seqpacket');
    assert.equal(await activate([one], ''), `Cannot serve on socket 3 of the service manager: ${refusal}`);
    one.close();
    two.close();
    using events = new EventFd();
    assert.equal(await activate([events.descriptor], 'x'), 'Cannot look at socket x of the service manager: ENOTSOCK');
  });

  test('takeActivatedListeners finds nothing that is meant for another process, and refuses numbers that are none', () => {
    assert.deepEqual(takeActivatedListeners({}), []);
    assert.deepEqual(takeActivatedListeners({ LISTEN_PID: '1', LISTEN_FDS: '1' }, 2), []);
    for (const LISTEN_FDS of ['x', '-1', '1.5', '100000']) {
      assert.throws(() => takeActivatedListeners({ LISTEN_PID: '2', LISTEN_FDS }, 2), /is no number of sockets/);
    }
  });
});
