import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { cloudHypervisorArguments, qemuArguments } from './attach-words.ts';

/** What a shell makes of a line. */
function wordsOf(lines: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\0' ${lines}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

test('qemuArguments are words of a shell, whatever the socket is called', () => {
  for (const socket of ['/run/a.sock', "/tmp/it's here.sock", '/tmp/$(id).sock', '/tmp/a"b.sock']) {
    const words = wordsOf(
      qemuArguments(socket)
        .map(line => `    ${line}`)
        .join('\n'),
    );
    assert.deepEqual(JSON.parse(words.at(-1) ?? ''), { driver: 'vfio-user-pci', bus: 'rp1', socket: { type: 'unix', path: socket } });
    assert.equal(words.length, 10);
  }
});

test('cloudHypervisorArguments name the socket', () => {
  assert.deepEqual(
    wordsOf(
      cloudHypervisorArguments('/tmp/a b.sock')
        .map(line => `    ${line}`)
        .join('\n'),
    ).at(-1),
    'socket=/tmp/a b.sock',
  );
});
