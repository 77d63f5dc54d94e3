/** airlock serve: what clients read, who is let in, how it ends, what it says to its surroundings. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { SyscallError } from '../../src/linux/ffi/index.ts';
import { connectUnix } from '../../src/linux/unix-transport/index.ts';
import { until } from '../fixtures/deadline.ts';
import { airlock, ROOT } from './airlock.ts';
import { connect, endServers, fewestOpenFiles, MAIN, openFiles, Running, readConfig, startServer, withClient } from './serving.ts';

const ATS = join(ROOT, 'captures/synthetic-vtd-ats.json');
const NO_ATS = join(ROOT, 'captures/synthetic-smmuv3-no-ats.json');
const GPU = '01:00.0';
const [CONFIG, BAR0] = [7, 0];
const COMMAND = 0x04;
const INTERRUPT_LINE = 0x3c;
/** Each is a thread of Node, which takes a tenth of a second: one that leaks shows in a few. */
const CONNECTIONS = Number(process.env.AIRLOCK_CONNECTIONS ?? 40);
/** Descriptors of a thread that waits for a client; there is one, or none for a moment after a client came. */
const OF_A_THREAD = 10;
const MEMORY_ON = Uint8Array.of(0x02, 0x00);

const hasPython = spawnSync('python3', ['--version']).status === 0;
const skipWithoutPython = hasPython ? false : 'python3 is not installed';

let folder = '';
const path = (name: string): string => join(folder, name);
/** What `airlock view` says that the guest reads. */
function viewed(...args: readonly string[]): Uint8Array {
  const { status, stderr } = airlock(['view', ...args, '--write', path('view.bin')]);
  assert.equal(status, 0, stderr);
  return readFileSync(path('view.bin'));
}
/** The first bytes of the GPU, as lspci prints them. */
function dumpOf(length: number): string {
  const lines = airlock(['decode', ATS, '-s', GPU, '-xxxx']).stdout.split('\n');
  return `${lines.filter(line => /^01:00|^0000:01:00/.test(line) || Number.parseInt(line.split(':')[0], 16) < length).join('\n')}\n`;
}
const serveGpu = (...args: readonly string[]) => startServer(ATS, '-s', GPU, '--socket', path('gpu.sock'), ...args);

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-serve-'));
});
afterEach(endServers);
after(() => rmSync(folder, { recursive: true, force: true }));

describe('airlock serve presents', () => {
  it('the guest view of airlock view, whatever ats is', async () => {
    const seen = new Set<string>();
    const rows = [
      [ATS, 'auto'],
      [ATS, 'on'],
      [ATS, 'off'],
      [NO_ATS, 'auto'],
    ] as const;
    for (const [capture, ats] of rows) {
      const server = await startServer(capture, '-s', GPU, '--ats', ats, '--socket', path('gpu.sock'));
      const bytes = Buffer.from(await readConfig(path('gpu.sock')));
      assert.equal(bytes.toString('hex'), Buffer.from(viewed(capture, '-s', GPU, '--ats', ats)).toString('hex'), `${capture} ats=${ats}`);
      seen.add(bytes.toString('hex'));
      assert.equal(await server.end(), 0);
    }
    assert.equal(seen.size, 2, 'ATS shown by on and auto, masked by off and where the kernel cannot use it');
  });

  it('under a profile and a machine type what these make of it', async () => {
    const options = ['--profile', 'qemu-11.1', '--machine', 'pc-q35-11.0', '--placement', 'root-complex'];
    await serveGpu(...options);
    assert.deepEqual(Buffer.from(await readConfig(path('gpu.sock'))), viewed(ATS, '-s', GPU, ...options));
  });

  it('bytes of a raw file untouched by the profile raw, and every bit takes writes', async () => {
    const bytes = Uint8Array.from({ length: 4096 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
    writeFileSync(path('raw.bin'), bytes);
    await startServer(path('raw.bin'), '--profile', 'raw', '--socket', path('raw.sock'));
    assert.deepEqual(await readConfig(path('raw.sock')), bytes);
    const written = await withClient(path('raw.sock'), async client => {
      await client.writeRegion(CONFIG, 0, Uint8Array.of(0xff, 0x00, 0xa5));
      return client.readRegion(CONFIG, 0, 3);
    });
    assert.deepEqual(written, Uint8Array.of(0xff, 0x00, 0xa5));
  });

  it('a space that a device can have where not all of it is known, and says what is missing', async () => {
    for (const [length, size] of [
      [64, 256],
      [320, 4096],
    ]) {
      writeFileSync(path('cut.txt'), dumpOf(length));
      for (const profile of ['airlock', 'raw']) {
        const server = await startServer(path('cut.txt'), '--profile', profile, '--socket', path('cut.sock'));
        const bytes = await readConfig(path('cut.sock'));
        assert.equal(bytes.length, size);
        assert.ok(bytes.subarray(length).every(byte => byte === 0));
        await server.says(/^airlock: warning: cut: only \d+ bytes of config space are known .*: a guest reads 0 from \w+ to \w+$/m);
        await server.says(/^airlock: warning: cut: the \w+ list (is empty|ends with .*): what follows at \w+ is not known$/m);
        assert.equal(await server.end(), 0);
      }
    }
  });

  it('nothing of which the identity is not known', () => {
    writeFileSync(path('anonymous.txt'), dumpOf(256).replace(/^00: .*\n/m, ''));
    const anonymous = dumpOf(256).replace(/^.*\[0302\].*$/m, '01:00.0 a device');
    writeFileSync(path('classless.txt'), anonymous.replace(/^(00: (?:\w\w ){11})\w\w/m, '$1??'));
    for (const [name, profile] of ['anonymous', 'classless'].flatMap(it => ['airlock', 'raw'].map(profile => [it, profile] as const))) {
      const { status, stderr } = airlock(['serve', path(`${name}.txt`), '--profile', profile, '--socket', path('no.sock')]);
      assert.equal(status, 2);
      assert.equal(stderr, 'airlock: Cannot serve no: its vendor and device ID, its class and its header type are not all known\n');
    }
  });

  it('the device of a dump that -s chooses', async () => {
    const hex = airlock(['decode', ATS, '-s', '02:00.0', '-xxxx']).stdout;
    const other = airlock(['decode', ATS, '-s', GPU, '-xxxx']).stdout;
    writeFileSync(path('dump.txt'), `${other}\n${hex}\n`);
    await startServer(path('dump.txt'), '-s', '02:00.0', '--socket', path('nic.sock'));
    assert.deepEqual(Buffer.from(await readConfig(path('nic.sock'))), viewed(path('dump.txt'), '-s', '02:00.0'));
  });

  it('the view, and words that attach QEMU and Cloud Hypervisor', async () => {
    const { stdout } = await serveGpu();
    assert.match(stdout, /^ {2}ATS \[270 v1\] +shown/m);
    assert.match(stdout, new RegExp(`^Ready: gpu at ${path('gpu.sock')}$`, 'm'));
    assert.match(stdout, /-device '\{"driver":"vfio-user-pci","bus":"rp1",\s+"socket":.*gpu\.sock"\}\}'/);
    assert.match(stdout, /--user-device socket=.*gpu\.sock/);
  });
});

describe('airlock serve and its clients', () => {
  it('keeps the state of the device from one client to the next', async () => {
    const server = await serveGpu();
    const command = await withClient(path('gpu.sock'), async client => {
      const before = await client.readRegion(CONFIG, COMMAND, 2);
      await client.writeRegion(CONFIG, COMMAND, MEMORY_ON);
      await client.writeRegion(BAR0, 0x1234, Uint8Array.of(1, 2, 3, 4));
      return before;
    });
    assert.notDeepEqual(command, MEMORY_ON);
    const kept = await withClient(path('gpu.sock'), client => client.readRegion(BAR0, 0x1234, 4));
    assert.deepEqual(kept, Uint8Array.of(1, 2, 3, 4));
    const reset = await withClient(path('gpu.sock'), async client => {
      await client.reset();
      return client.readRegion(CONFIG, COMMAND, 2);
    });
    assert.deepEqual(reset, command);
    assert.equal(await server.end(), 0);
  });

  it('--fresh gives each client the device as at first: config space, registers and memory', async () => {
    for (const profile of ['airlock', 'raw', 'cloud-hypervisor-53']) {
      const server = await serveGpu('--fresh', '--profile', profile);
      const first = await readConfig(path('gpu.sock'));
      await withClient(path('gpu.sock'), async client => {
        await client.writeRegion(CONFIG, COMMAND, Uint8Array.of(0x46, 0x05));
        await client.writeRegion(CONFIG, INTERRUPT_LINE, Uint8Array.of(0x5a));
        await client.writeRegion(BAR0, 0x1234, Uint8Array.of(1, 2, 3, 4));
      });
      assert.deepEqual(await readConfig(path('gpu.sock')), first);
      const memory = await withClient(path('gpu.sock'), async client => {
        await client.writeRegion(CONFIG, COMMAND, MEMORY_ON);
        return client.readRegion(BAR0, 0x1234, 4);
      });
      assert.deepEqual(memory, new Uint8Array(4));
      assert.equal(await server.end(), 0);
    }
  });

  it('--once ends it when the first client is gone', async () => {
    const server = await serveGpu('--once');
    const { client, close } = await connect(path('gpu.sock'));
    assert.equal(existsSync(path('gpu.sock')), false, 'nobody else may come');
    assert.equal((await client.readRegion(CONFIG, 0, 2)).length, 2);
    await close();
    assert.equal(await server.ended, 0);
  });

  it('refuses a second client while the first one is there, and serves one that comes as the first goes', async () => {
    const server = await serveGpu();
    const first = await connect(path('gpu.sock'));
    await assert.rejects(connect(path('gpu.sock')));
    await server.says(/^airlock: gpu: a second client is refused: the device has one already$/m);
    assert.equal((await first.client.readRegion(CONFIG, 0, 2)).length, 2);
    const next = connect(path('gpu.sock'));
    await first.close();
    await (await next).close();
  });

  it('--version-deadline lets a client go that begins and says no VERSION; the next one is served, many silent ones or not', async () => {
    const server = await serveGpu('--version-deadline', '3');
    const clients = Array.from({ length: 101 }, () => connectUnix(path('gpu.sock')));
    writeFileSync(clients[100].number, Buffer.alloc(1, 1));
    await server.says(/^airlock: gpu: the client broke the protocol: the client did not agree on a version within 3 s$/m);
    assert.equal((await readConfig(path('gpu.sock'))).length, 4096);
    for (const socket of clients) socket.close();
  });

  it('survives a client that is killed in the middle of a message, and one that breaks the protocol', async () => {
    const server = await serveGpu();
    // VERSION whole, then the first half of a header.
    const program = `
      const json = Buffer.from('{"capabilities":{}}\\0');
      const header = Buffer.alloc(20);
      header.writeUInt16LE(1, 2); header.writeUInt32LE(20 + json.length, 4); header.writeUInt16LE(1, 18);
      const socket = require('net').connect(process.argv[1], () => socket.write(Buffer.concat([header, json])));
      socket.once('data', () => { socket.write(Buffer.alloc(8, 1)); console.log('half sent'); });`;
    const client = new Running(process.execPath, ['-e', program, path('gpu.sock')]);
    await client.says(/half sent/);
    await client.end('SIGKILL');
    await server.says(/the client is gone|the connection broke/);
    const hostile = connectUnix(path('gpu.sock'));
    writeFileSync(hostile.number, Buffer.alloc(64, 0xff));
    await server.says(/the client broke the protocol: /);
    hostile.close();
    assert.equal((await readConfig(path('gpu.sock'))).length, 4096);
    assert.equal(await server.end(), 0);
  });

  it(`leaves no descriptor open after ${CONNECTIONS} connections`, { timeout: 300_000 }, async () => {
    const server = await serveGpu('--spin', '0');
    await readConfig(path('gpu.sock'));
    await server.says(/the client is gone/);
    const before = await fewestOpenFiles(server);
    const gone = (): number => server.stderr.match(/the client is gone|the connection broke|is refused/g)?.length ?? 0;
    for (let made = 0; made < CONNECTIONS; ) {
      try {
        using socket = connectUnix(path('gpu.sock'));
        // One that goes without a word is no client.
        writeFileSync(socket.number, Buffer.alloc(1));
        made++;
      } catch (error) {
        // As many as may wait are waiting.
        if (!(error instanceof SyscallError && error.code === 'EAGAIN')) throw error;
        const so = gone();
        await until('a client is served', () => gone() > so);
      }
    }
    await until('all of them are gone', () => gone() > CONNECTIONS);
    await until('their descriptors are closed', () => openFiles(server) <= before + OF_A_THREAD);
  });

  it('--log-protocol tells every message', async () => {
    const server = await serveGpu('--log-protocol');
    await withClient(path('gpu.sock'), client => client.readRegion(CONFIG, 0, 4));
    await server.says(/the client is gone/);
    assert.match(server.stderr, /^airlock: gpu: → VERSION \d+, \d+ bytes/m);
    assert.match(server.stderr, /^airlock: gpu: → REGION_READ \d+, 32 bytes: region 7 offset 0x0 count 4$/m);
    assert.match(server.stderr, /^airlock: gpu: ← REGION_READ \d+ reply, 36 bytes: region 7 offset 0x0 count 4 data 34 12 01 a0$/m);
  });
});

describe('airlock serve and its socket', () => {
  it('each signal that ends a process ends it with 0 and removes its sockets, a client that is there or not', async () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
      const server = await serveGpu('--control', path('control'));
      const client = signal === 'SIGINT' ? null : await connect(path('gpu.sock'));
      assert.equal(await server.end(signal), 0, server.stderr);
      assert.match(server.stderr, new RegExp(`^airlock: ${signal}: ending$`, 'm'));
      assert.doesNotMatch(server.stderr, /[Dd]ebugger/);
      assert.deepEqual([existsSync(path('gpu.sock')), existsSync(path('control'))], [false, false]);
      await client?.ended;
    }
  });

  it('replaces the socket of a server that was killed', async () => {
    const killed = await serveGpu();
    await killed.end('SIGKILL');
    assert.ok(existsSync(path('gpu.sock')));
    await serveGpu();
    assert.equal((await readConfig(path('gpu.sock'))).length, 4096);
  });

  it('refuses the socket of a server that lives, which goes on', async () => {
    await serveGpu();
    const second = airlock(['serve', ATS, '-s', GPU, '--socket', path('gpu.sock')]);
    assert.equal(second.status, 2);
    assert.match(second.stderr, /^airlock: Cannot listen on .*gpu\.sock: another process listens there; stop it, or take another path\n$/);
    assert.equal((await readConfig(path('gpu.sock'))).length, 4096);
  });

  it('has the permissions of --mode whatever the umask is, 0600 without', async () => {
    for (const [mode, wanted] of [
      [[], 0o600],
      [['--mode', '0666'], 0o666],
      [['--mode', '660'], 0o660],
    ] as const) {
      const server = await serveGpu(...mode);
      assert.equal(statSync(path('gpu.sock')).mode & 0o777, wanted);
      await server.end();
    }
  });

  it('is not made where a device fails to realize', () => {
    const { status, stdout, stderr } = airlock(['serve', NO_ATS, '-s', GPU, '--ats', 'on', '--socket', path('none.sock')]);
    assert.equal(status, 1);
    assert.match(stdout, /3D controller/);
    const words = 'vfio-pci: ATS requested but not supported by kernel';
    assert.equal(stderr, `airlock: nothing is served: none fails to realize: ${words}\n`);
    assert.equal(existsSync(path('none.sock')), false);
  });
});

/** A service manager of its own: a notification socket, a listening socket as descriptor 3, a service; tells what it is told. */
const MANAGER = `
import os, socket, sys
folder, kind = sys.argv[1:3]
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(folder + '/notify')
given = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM if kind == 'datagram' else socket.SOCK_STREAM)
given.bind(folder + '/given.sock')
if kind == 'stream': given.listen()
pid = os.fork()
if pid == 0:
    os.dup2(given.fileno(), 3)
    os.set_inheritable(3, True)
    env = dict(os.environ, NOTIFY_SOCKET=folder + '/notify', LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='gpu')
    os.execvpe(sys.argv[3], sys.argv[3:], env)
print('service', pid, flush=True)
notify.settimeout(0.2)
while True:
    done, status = os.waitpid(pid, os.WNOHANG)
    try:
        while True: print(repr(notify.recv(4096).decode()), flush=True)
    except TimeoutError: pass
    if done: break
print('ended with', os.waitstatus_to_exitcode(status), flush=True)
`;

function startManager(kind: string): Running {
  const service = [process.execPath, MAIN, 'serve', ATS, '-s', GPU, '--socket', path('manager/given.sock')];
  rmSync(path('manager'), { recursive: true, force: true });
  mkdirSync(path('manager'));
  return new Running('python3', ['-c', MANAGER, path('manager'), kind, ...service]);
}

describe('airlock serve and its surroundings', () => {
  it('under a service manager uses its socket and tells when it is ready and when it stops', { skip: skipWithoutPython }, async () => {
    const manager = startManager('stream');
    await manager.says(/^'READY=1\\nSTATUS=serving given'$/m);
    assert.equal((await readConfig(path('manager/given.sock'))).length, 4096);
    process.kill(Number(/service (\d+)/.exec(manager.stdout)?.[1]), 'SIGTERM');
    assert.equal(await manager.ended, 0, manager.stderr);
    assert.match(manager.stdout, /^'STOPPING=1'$/m);
    assert.match(manager.stdout, /^ended with 0$/m);
    assert.ok(existsSync(path('manager/given.sock')), 'the socket is the manager’s');
  });

  it('refuses a socket of the service manager that nobody can connect to', { skip: skipWithoutPython }, async () => {
    const manager = startManager('datagram');
    await manager.ended;
    assert.match(manager.stdout, /^ended with 2$/m);
    assert.match(manager.stderr, /^airlock: Cannot serve on socket gpu of the service manager: it is no listening UNIX stream socket/m);
  });

  it('--metrics answers what Prometheus reads', async () => {
    const server = await serveGpu('--metrics', '0');
    await server.says(/^Metrics: /m);
    const url = /^Metrics: (http:\/\/127\.0\.0\.1:\d+\/metrics)$/m.exec(server.stdout)?.[1] ?? '';
    const { client, close } = await connect(path('gpu.sock'));
    for (let i = 0; i < 5; i++) await client.readRegion(CONFIG, 0, 4);
    const during = await fetch(url);
    assert.match(during.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const text = await during.text();
    requireExposition(text);
    assert.match(text, /^airlock_client_connected\{device="gpu"\} 1$/m);
    assert.match(text, /^airlock_messages_total\{device="gpu",command="REGION_READ"\} 5$/m);
    await close();
    await server.says(/the client is gone/);
    const later = await (await fetch(url)).text();
    assert.match(later, /^airlock_client_connected\{device="gpu"\} 0$/m);
    assert.match(later, /^airlock_messages_total\{device="gpu",command="REGION_READ"\} 5$/m);
    assert.equal((await fetch(url.replace('/metrics', '/'))).status, 404);
    assert.equal((await fetch(url, { method: 'POST' })).status, 404);
    assert.equal(await server.end(), 0);
  });
});

/** Every family has its help and type once, before its samples; counters end in `_total` (text format 0.0.4). */
function requireExposition(text: string): void {
  assert.ok(text.endsWith('\n'));
  const types = new Map<string, string>();
  let family = '';
  for (const line of text.trimEnd().split('\n')) {
    const type = /^# TYPE ([a-z_]+) (counter|gauge)$/.exec(line);
    if (type !== null) {
      assert.ok(!types.has(type[1]), line);
      family = type[1];
      types.set(family, type[2]);
      if (type[2] === 'counter') assert.match(family, /_total$/);
    } else if (!/^# HELP [a-z_]+ \S.*$/.test(line)) {
      assert.match(line, /^[a-z_]+\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+\} \d+$/);
      assert.equal(line.slice(0, line.indexOf('{')), family);
    }
  }
  assert.ok(types.size >= 7);
}
