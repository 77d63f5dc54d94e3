/** Sockets with a file: who may connect, what is replaced, what is left behind. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import { settledCount } from '../../../test/transport/settled.ts';
import { bindUnix, connectUnix, createUnixSocket, listenUnix, SyscallError } from '../ffi/index.ts';
import { UnixListener } from './unix-listener.ts';

describe('UnixListener', () => {
  let folder = '';
  let path = '';
  let before = 0;
  let umask = 0;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-listener-'));
    path = join(folder, 'socket');
    before = openCount();
    umask = process.umask();
  });
  afterEach(async () => {
    process.umask(umask);
    assert.equal(await settledCount(before), before, 'as many descriptors are open as before the test');
    assert.deepEqual(
      readdirSync(folder).filter(name => name.endsWith('socket')),
      [],
    );
    rmSync(folder, { recursive: true });
  });

  test('UnixListener.accept gives each client in turn, and null once closed', async () => {
    const listener = UnixListener.listen(path);
    const waiting = listener.accept();
    const first = connectUnix(path);
    const second = connectUnix(path);
    const accepted = [await waiting, await listener.accept()];
    const last = listener.accept();
    listener.close();
    assert.equal(await last, null);
    assert.equal(await listener.accept(), null);
    for (const socket of [first, second, ...accepted]) {
      assert.ok(socket);
      socket.close();
    }
  });

  for (const mode of [0o600, 0o660, 0o666, 0o777]) {
    test(`UnixListener.listen gives the file mode 0${mode.toString(8)} whatever the umask is`, () => {
      for (const mask of [0, 0o022, 0o777]) {
        process.umask(mask);
        using _listener = UnixListener.listen(path, { mode });
        assert.equal(statSync(path).mode & 0o777, mode, `umask 0${mask.toString(8)}`);
      }
    });
  }

  test('UnixListener.listen lets nobody else connect unless told otherwise', () => {
    process.umask(0);
    using _listener = UnixListener.listen(path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('UnixListener.listen replaces a socket that a server left behind', () => {
    const gone = createUnixSocket(path);
    bindUnix(gone, path);
    listenUnix(gone, 1);
    gone.close();
    assert.ok(existsSync(path));
    using _listener = UnixListener.listen(path);
    connectUnix(path).close();
  });

  test('UnixListener.listen refuses a socket that somebody listens on, also one whose queue is full', () => {
    using _other = UnixListener.listen(path);
    const clients = [];
    const refused = { message: `Cannot listen on ${path}: another process listens there; stop it, or take another path` };
    assert.throws(() => UnixListener.listen(path), refused);
    for (;;) {
      try {
        clients.push(connectUnix(path));
      } catch (error) {
        assert.equal((error as SyscallError).message, `Cannot connect to ${path}: EAGAIN, too many clients wait there already`);
        break;
      }
    }
    assert.throws(() => UnixListener.listen(path), refused);
    for (const client of clients) client.close();
    assert.ok(existsSync(path), 'the other keeps its file');
  });

  test('UnixListener.listen refuses a file that is no socket, and leaves it', () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'precious');
    assert.throws(() => UnixListener.listen(file), {
      message: `Cannot listen on ${file}: there is a file of that name, which is no socket`,
    });
    assert.equal(statSync(file).size, 8);
  });

  test('UnixListener.close leaves a file that another server put there since', () => {
    const listener = UnixListener.listen(path);
    unlinkSync(path);
    using _other = UnixListener.listen(path);
    listener.close();
    connectUnix(path).close();
  });

  test('UnixListener.listen throws for paths that cannot be', () => {
    assert.throws(() => UnixListener.listen(join(folder, 'x'.repeat(120))), RangeError);
    assert.throws(() => UnixListener.listen(''), RangeError);
    assert.throws(
      () => UnixListener.listen(join(folder, 'none', 'socket')),
      (error: unknown) => error instanceof SyscallError && error.code === 'ENOENT' && error.call === 'bind',
    );
    assert.throws(() => connectUnix(path), { code: 'ENOENT' });
    assert.throws(() => connectUnix(folder), { message: `Cannot connect to ${folder}: ECONNREFUSED, nobody listens on it` });
  });

  test('UnixListener waits without keeping the thread, and a process that only waits can exit', () => {
    const program = `
      import { UnixListener } from ${JSON.stringify(new URL('./unix-listener.ts', import.meta.url).href)};
      const listener = UnixListener.listen(${JSON.stringify(join(folder, 'child'))});
      process.on('exit', () => listener.close());
      listener.accept();
      setTimeout(() => process.exit(7), 20);`;
    const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.equal(child.status, 7, `${child.signal} ${child.stderr}`);
  });
});
