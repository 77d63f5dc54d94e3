import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { notifyServiceManager } from './index.ts';

const READER = `
import os, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = sys.argv[1]
s.bind('\\0' + name[1:] if name.startswith('@') else name)
s.settimeout(20)
env = dict(os.environ, NOTIFY_SOCKET=name)
subprocess.run(sys.argv[2:], env=env, check=True)
sys.stdout.write(s.recv(4096).decode())
`;
const SENDER = `import { notifyServiceManager } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
if (!notifyServiceManager(['READY=1', 'STATUS=serving'])) process.exit(3);`;

const hasPython = spawnSync('python3', ['--version']).status === 0;

test('notifyServiceManager reaches a socket in the file system and an abstract one', {
  skip: hasPython ? false : 'python3 is not installed',
}, () => {
  for (const name of [`/tmp/airlock-notify-${process.pid}`, `@airlock-notify-${process.pid}`]) {
    const sender = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', SENDER];
    const { stdout, stderr, status } = spawnSync('python3', ['-c', READER, name, ...sender], { encoding: 'utf8' });
    assert.equal(stdout, 'READY=1\nSTATUS=serving', stderr);
    assert.equal(status, 0);
    if (name.startsWith('/')) spawnSync('rm', [name]);
  }
});

test('notifyServiceManager does nothing where there is no socket, or nobody reads it', () => {
  for (const name of [undefined, '', 'vsock:2:1', '/nowhere/notify', '@nobody-reads-this', `/${'x'.repeat(200)}`]) {
    assert.equal(notifyServiceManager(['READY=1'], name === undefined ? {} : { NOTIFY_SOCKET: name }), false, name);
  }
});
