/** What SIGUSR1 does to commands that take long: it ends them, where Node would open a port for debuggers. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { PATIENCE, until, within } from '../fixtures/deadline.ts';
import { MAIN, Running } from './serving.ts';

let folder = '';
const path = (name: string): string => join(folder, name);
let silent: Server;
let connected = 0;
const started: Running[] = [];

/** Ended at the latest after its test. */
function start(...args: readonly string[]): Running {
  const command = new Running(process.execPath, [MAIN, ...args]);
  started.push(command);
  return command;
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-signals-'));
  silent = createServer(() => {
    connected++;
  });
  await new Promise<void>(resolve => silent.listen(path('silent.sock'), resolve));
});
afterEach(() => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL');
});
after(() => {
  silent.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('SIGUSR1', () => {
  for (const name of ['attach', 'ctl']) {
    it(`ends airlock ${name}, which waits for a server, and opens no debugger`, { timeout: 120_000 }, async () => {
      const so = connected;
      const command = start(name, path('silent.sock'), '--timeout', '600');
      await until('it is connected', () => connected > so);
      assert.equal(await command.end('SIGUSR1'), 'SIGUSR1');
      assert.doesNotMatch(command.stderr, /[Dd]ebugger/);
    });
  }

  it('ends airlock view, which waits for its input, and opens no debugger', { timeout: 120_000 }, async () => {
    execFileSync('mkfifo', [path('input')]);
    const command = start('view', path('input'));
    // A pipe with a name opens once the other side does.
    const writer = await within(PATIENCE, 'it opens its input', open(path('input'), 'w'));
    assert.equal(await command.end('SIGUSR1'), 'SIGUSR1');
    assert.doesNotMatch(command.stderr, /[Dd]ebugger/);
    await writer.close();
  });
});
