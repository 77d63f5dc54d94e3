import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectUnix } from '../ffi/index.ts';
import { countUse, readSocketUse } from './socket-use.ts';
import { UnixListener } from './unix-listener.ts';

test('readSocketUse counts who was accepted and who waits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-use-'));
  const path = join(folder, 'socket');
  using listener = UnixListener.listen(path);
  assert.deepEqual(readSocketUse(path), { accepted: 0, waiting: 0 });
  using _first = connectUnix(path);
  using _second = connectUnix(path);
  assert.deepEqual(readSocketUse(path), { accepted: 0, waiting: 2 });
  using accepted = await listener.accept();
  assert.ok(accepted);
  assert.deepEqual(readSocketUse(path), { accepted: 1, waiting: 1 });
  rmSync(folder, { recursive: true });
});

test('countUse knows a server by its absolute and by its relative path, and takes no other for it', () => {
  const line = (state: string, path: string): string => `0000000000000000: 00000003 00000000 00000000 0001 ${state} 73624 ${path}`;
  const list = ['Num       RefCount Protocol Flags    Type St Inode Path', line('03', '/run/a.sock'), line('02', 'run/a.sock')];
  const others = [
    line('03', '/x/run/a.sock'),
    line('03', '@run/a.sock'),
    line('03', 'un/a.sock'),
    line('01', '/run/a.sock'),
    line('03', ''),
  ];
  assert.deepEqual(countUse([...list, ...others].join('\n'), '/run/a.sock'), { accepted: 1, waiting: 1 });
});
