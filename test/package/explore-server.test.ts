/** `airlock explore` as a server: whom it answers, with what, and how it ends. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { PATIENCE, until, within } from '../fixtures/deadline.ts';
import { MAIN, Running } from './serving.ts';

const CAPTURE = 'captures/vm-amd.json';
const TOKEN = /^http:\/\/127\.0\.0\.1:(\d+)\/([0-9a-f]{32})\/$/m;

const started: Running[] = [];
afterEach(() => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL');
});

interface Served {
  readonly command: Running;
  readonly port: number;
  readonly path: string;
}

async function serve(...args: readonly string[]): Promise<Served> {
  const command = new Running(process.execPath, [MAIN, 'explore', '--no-open', ...args]);
  started.push(command);
  await command.says(/Ctrl-C ends it/);
  const [, port = '', token = ''] = TOKEN.exec(command.stdout) ?? [];
  assert.notEqual(token, '', command.stdout);
  return { command, port: Number(port), path: `/${token}/` };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function ask(port: number, path: string, { method = 'GET', headers = {} }: Asked = {}): Promise<Answer> {
  const answered = new Promise<Answer>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, response => {
      let body = '';
      response.setEncoding('utf8').on('data', text => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    asked.on('error', reject).end();
  });
  return within(PATIENCE, `${method} ${path} is answered`, answered);
}

/** What a server says to bytes that no HTTP client would send, until it closes. */
function askRaw(port: number, text: string): Promise<string> {
  const said = new Promise<string>(resolve => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').on('data', part => {
      answer += part;
    });
    // Refused bytes may still be under way when the server closes.
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
  return within(PATIENCE, 'the server closes', said);
}

describe('airlock explore, served', { timeout: 300_000 }, () => {
  it('gives the page with its data, and says that nobody is to keep or frame it, or to let it out', async () => {
    const { port, path } = await serve(CAPTURE);
    const { status, headers, body } = await ask(port, path);
    assert.equal(status, 200);
    assert.match(body, /<script type="application\/json" id="embedded">\{"inputs":\[\{"name":"captures\/vm-amd\.json"/);
    const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(body) ?? [];
    assert.match(policy, /^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; img-src blob: data:;/);
    assert.equal(headers['content-security-policy'], `${policy}; frame-ancestors 'none'`);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.deepEqual(
      Object.keys(headers).filter(name => name.startsWith('access-control-')),
      [],
    );
    const head = await ask(port, path, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers['content-length'], head.body], [200, `${Buffer.byteLength(body)}`, '']);
  });

  it('answers to its own names alone: a name that somebody points here gets nothing', async () => {
    const { port, path } = await serve(CAPTURE);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`])
      assert.equal((await ask(port, path, { headers: { Host: host } })).status, 200, host);
    const others = ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`, `127.0.0.1.evil.example:${port}`];
    for (const host of others) {
      const { status, body } = await ask(port, path, { headers: { Host: host } });
      assert.equal(status, 421, host);
      assert.doesNotMatch(body, /script/);
    }
    assert.match(await askRaw(port, `GET ${path} HTTP/1.0\r\n\r\n`), /^HTTP\/1\.1 421 /);
    assert.match(await askRaw(port, `GET ${path} HTTP/1.1\r\n\r\n`), /^HTTP\/1\.1 400 /);
    assert.match(await askRaw(port, `GET ${path} HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 421 /);
  });

  it('answers at its token alone', async () => {
    const { port, path } = await serve(CAPTURE);
    const wrong = `/${path[1] === '0' ? '1' : '0'}${path.slice(2)}`;
    const paths = ['/', '/favicon.ico', wrong, path.slice(0, -1), `${path}x`, `${path}..%2f..%2fetc/passwd`, `${path}../../../etc/passwd`];
    for (const other of [...paths, `/..${path}`, `/.${path}`, `/${path}`, `${path.toUpperCase()}X`, `${path}?x`, `${path}%00`]) {
      const { status, body } = await ask(port, other);
      assert.equal(status, 404, other);
      assert.doesNotMatch(body, /root:|script/);
    }
    assert.match(
      await askRaw(port, `GET http://127.0.0.1:${port}${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`),
      / 404 /,
    );
    const tokens = new Set([path, (await serve(CAPTURE)).path, (await serve()).path]);
    assert.equal(tokens.size, 3);
  });

  it('takes GET and HEAD and no other method', async () => {
    const { port, path } = await serve();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND']) {
      const { status, headers } = await ask(port, path, { method, headers: { Origin: 'http://evil.example' } });
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method);
      assert.equal(headers['access-control-allow-origin'], undefined);
    }
    assert.match(await askRaw(port, 'CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example\r\n\r\n'), /^(?:HTTP\/1\.1 4\d\d .*)?/);
    assert.equal((await ask(port, path)).status, 200);
  });

  it('refuses what is no request, and a header of a megabyte, and goes on', async () => {
    const { command, port, path } = await serve(CAPTURE);
    const long = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Long: ${'x'.repeat(1024 * 1024)}\r\n\r\n`;
    assert.match(await askRaw(port, long), /^(?:HTTP\/1\.1 431 .*|)$/ms);
    for (const text of ['\0\0\0\0\r\n\r\n', 'GET\r\n\r\n', `${'A'.repeat(100_000)}\r\n\r\n`])
      assert.match(await askRaw(port, text), /^(?:HTTP\/1\.1 4\d\d .*|)$/ms);
    assert.equal((await ask(port, path)).status, 200);
    assert.doesNotMatch(command.stderr, /\bat .*:\d+:\d+|Error/);
  });

  it('answers many at a time, and closes those that do not say what they want', async () => {
    const { port, path } = await serve(CAPTURE);
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(port, path)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(new Set(answers.map(({ body }) => body)).size, 1);
    assert.match(await askRaw(port, 'GET / HT'), /^HTTP\/1\.1 408 /);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    it(`ends at ${signal}, also while somebody is connected`, async () => {
      const { command, port } = await serve(CAPTURE);
      let isClosed = false;
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      socket.on('close', () => {
        isClosed = true;
      });
      await until('it is connected', () => !socket.connecting);
      assert.equal(await command.end(signal), 0);
      await until('the connection is closed', () => isClosed);
      assert.equal(command.stderr.split('\n').length, 2, command.stderr);
    });

  it('opens the address in a browser where there is a display, and says where it cannot', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'airlock-opener-'));
    try {
      const opened = join(folder, 'opened');
      writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\nprintf %s "$*" >'${opened}.tmp' && mv '${opened}.tmp' '${opened}'\nexit 3\n`, {
        mode: 0o755,
      });
      const run = (env: NodeJS.ProcessEnv, ...args: readonly string[]): Running => {
        const command = new Running(process.execPath, [MAIN, 'explore', ...args], { WAYLAND_DISPLAY: '', ...env });
        started.push(command);
        return command;
      };
      const withDisplay = run({ PATH: `${folder}:${process.env.PATH}`, DISPLAY: ':0' });
      await withDisplay.says(/^airlock: note: no browser could be opened: xdg-open ended with 3; open the address yourself$/m);
      assert.equal(`${readFileSync(opened, 'utf8')}\n`, withDisplay.stdout);
      await run({ PATH: folder.replace(/$/, '-none'), DISPLAY: ':0' }).says(/no browser could be opened: xdg-open cannot be run/);
      rmSync(opened);
      for (const quiet of [run({ PATH: folder, DISPLAY: '' }), run({ PATH: folder, DISPLAY: ':0' }, '--no-open')]) {
        await quiet.says(/Ctrl-C ends it/);
        assert.equal(await quiet.end(), 0);
      }
      assert.equal(existsSync(opened), false);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('takes the port that it is told, and says where that cannot be had', async () => {
    const { port } = await serve();
    const second = new Running(process.execPath, [MAIN, 'explore', '--no-open', '--port', `${port}`]);
    assert.equal(await within(PATIENCE, 'it ends', second.ended), 2);
    assert.match(second.stderr, new RegExp(`^airlock: Cannot serve the page at 127\\.0\\.0\\.1:${port}: .*\\n$`));
    await started.pop()?.end('SIGTERM');
    assert.equal((await serve('--port', `${port}`)).port, port);
  });
});
