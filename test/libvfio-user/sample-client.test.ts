/** libvfio-user's own sample client, and our server: all that it does until it wants dirty pages to be logged. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { serveDevice } from '../../src/linux/unix-transport/index.ts';
import { SoftwareDevice } from '../../src/pure/device/index.ts';
import { PATIENCE, within } from '../fixtures/deadline.ts';
import { LIBRARY_MISSING, libraryFile } from './library.ts';

/** It insists on the identity of its own server. */
const createDevice = (): SoftwareDevice =>
  new SoftwareDevice({
    vendorId: 0xdead,
    deviceId: 0xbeef,
    subsystemVendorId: 0xcafe,
    subsystemId: 0xbabe,
    classCode: 0xff_00_00,
    hasIntx: true,
    bars: { 0: { size: 0x1000 }, 1: { size: 0x4000 } },
  });

it('the sample client negotiates, asks, resets, maps 32 files and connects an interrupt', { skip: LIBRARY_MISSING }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-sample-client-'));
  const lines: string[] = [];
  const server = serveDevice(createDevice(), join(folder, 'socket'), { log: line => lines.push(line) });
  const client = spawn(libraryFile('build/samples/client'), [join(folder, 'socket')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  client.stderr.setEncoding('utf8').on('data', text => {
    errors += text;
  });
  await within(PATIENCE, 'the sample client ends', once(client, 'close'));
  await server.close();
  rmSync(folder, { recursive: true });

  const commands = lines.flatMap(line => /^→ (\w+)/.exec(line)?.[1] ?? []);
  const count = (name: string): number => commands.filter(command => command === name).length;
  assert.deepEqual(
    ['VERSION', 'DEVICE_GET_INFO', 'DEVICE_GET_REGION_INFO', 'DEVICE_RESET', 'DMA_MAP', 'DEVICE_GET_IRQ_INFO', 'DEVICE_SET_IRQS'].map(
      count,
    ),
    [1, 1, 9, 1, 32, 5, 1],
    errors,
  );
  // It asks for a region that there is not, to see that this is refused; what it wants last, no device of ours has.
  const refused = lines.filter(line => line.startsWith('  refused'));
  assert.deepEqual(
    refused.map(line => /error (\d+)/.exec(line)?.[1]),
    ['22', '25'],
    refused.join('\n'),
  );
  assert.equal(commands.at(-1), 'DEVICE_FEATURE');
  assert.match(errors, /failed to start dirty page logging/);
});
