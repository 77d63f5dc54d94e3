/** Peers that die, flood or say nothing sensible: no crash, nothing left, and whoever else this process serves does not notice. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createMemfd } from '../../src/linux/ffi/index.ts';
import { type ConnectedClient, type ConnectionEnd, connectClient, connectUnix, serveDevice } from '../../src/linux/unix-transport/index.ts';
import type { DeviceSession, PciDevice } from '../../src/pure/vfio-user/index.ts';
import { createRandom } from '../compliance/vfio-user/hostile.ts';
import { PATIENCE, until, within } from '../fixtures/deadline.ts';
import { createMemoryDevice } from '../fixtures/memory-device.ts';
import { openCount } from '../fixtures/open-descriptors.ts';
import { createMessage, Peer } from './echo-endpoint.ts';
import { settledCount } from './settled.ts';

const MESSAGES = Number(process.env.AIRLOCK_HOSTILE_MESSAGES ?? 20_000);
const MAPPED = 0n;
const BY_MESSAGE = 1n << 32n;

const fileOf = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

/** A connection, as soon as the server's queue has room. */
async function attack(path: string): Promise<Peer> {
  let peer: Peer | null = null;
  await until(`${path} takes a connection`, () => {
    try {
      peer = new Peer(connectUnix(path));
      return true;
    } catch {
      return false;
    }
  });
  assert.ok(peer);
  return peer;
}

/** Copies guest memory without an end from the first write to its BAR 0 on, through mappings and by message. */
function createBusyDevice(): PciDevice & { copies: number; refusals: number } {
  const { regions, ...rest } = createMemoryDevice();
  let session: DeviceSession | null = null;
  const work = async (): Promise<void> => {
    try {
      for (let at = 0n; session !== null; at = (at + 4096n) % (1n << 20n)) {
        const bytes = await session.memory.read(MAPPED + at, 4096);
        await session.memory.write(BY_MESSAGE + at, bytes);
        device.copies++;
      }
    } catch {
      device.refusals++;
    }
  };
  const device = {
    ...rest,
    copies: 0,
    refusals: 0,
    regions: regions.map((region, index) => (index === 0 ? { ...region, size: 4096, isReadable: true, isWritable: true } : region)),
    attach: (given: DeviceSession): void => {
      session = given;
    },
    detach: (): void => {
      session = null;
    },
    writeRegion: (): void => void work(),
  };
  return device;
}

describe('a server among hostile peers', () => {
  let folder = '';
  let before = 0;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-hostile-'));
    before = openCount();
  });
  afterEach(async () => {
    assert.equal(await settledCount(before), before, 'as many descriptors are open as before the test');
    rmSync(folder, { recursive: true });
  });

  test('serveDevice lives through a client that is killed in the middle of DMA', async () => {
    const path = join(folder, 'busy');
    const device = createBusyDevice();
    const ends: ConnectionEnd[] = [];
    const server = serveDevice(device, path, { onEnd: end => ends.push(end) });
    for (let round = 1; round <= 2; round++) {
      const copies = device.copies;
      const client = spawn(process.execPath, ['--import', 'tsx', fileOf('dying-client.ts'), path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await within(PATIENCE, 'the client says that it works', once(client.stdout, 'data'));
      await until('the device copies', () => device.copies >= copies + 50);
      client.kill('SIGKILL');
      await within(PATIENCE, 'the client is gone', once(client, 'close'));
      await until('the server knows', () => ends.length >= round && device.refusals >= round);
    }
    assert.ok(
      ends.every(({ reason }) => reason === 'closed' || reason === 'broken'),
      JSON.stringify(ends),
    );
    await within(PATIENCE, 'the server closes', server.close());
  });

  test('serveDevice answers one client while others flood, stall and stutter on sockets of the same process', async () => {
    const names = ['honest', 'flood', 'stall', 'stutter'];
    const paths = names.map(name => join(folder, name));
    const servers = paths.map(path => serveDevice(createMemoryDevice(), path));
    const [honest = '', flood = '', stall = '', stutter = ''] = paths;
    const random = createRandom(3);
    let isOver = false;
    const hostile = [
      // Any bytes at all, as fast as they are taken; a new connection whenever the server has had enough.
      (async () => {
        while (!isOver) {
          using peer = await attack(flood);
          try {
            for (let i = 0; i < 50; i++) peer.send(Uint8Array.from({ length: 1 + random(400) }, () => random(256)));
          } catch {
            // The server has closed it.
          }
          await setTimeout(1);
        }
      })(),
      // Asks for more and more, and reads no answer.
      (async () => {
        using peer = await attack(stall);
        while (!isOver) {
          while (peer.send(createMessage(1, 32, 9)) > 0);
          await setTimeout(1);
        }
      })(),
      // One byte at a time, a descriptor with each.
      (async () => {
        using file = createMemfd('stutter', 16);
        while (!isOver) {
          using peer = await attack(stutter);
          try {
            for (const byte of createMessage(1, 600)) peer.send(Uint8Array.of(byte), [file]);
          } catch {
            // The server has closed it.
          }
          await setTimeout(1);
        }
      })(),
    ];
    const memory = process.memoryUsage().rss;
    const { client, close }: ConnectedClient = connectClient(honest);
    await within(PATIENCE, 'the honest client is answered', client.negotiate());
    const end = performance.now() + 1500;
    let answers = 0;
    for (; performance.now() < end || answers < 20; answers++) {
      await within(PATIENCE, 'a write is answered', client.writeRegion(7, answers % 4000, Uint8Array.of(answers)));
      const read = await within(PATIENCE, 'a read is answered', client.readRegion(7, answers % 4000, 1));
      assert.deepEqual(read, Uint8Array.of(answers));
    }
    isOver = true;
    await within(PATIENCE, 'the hostile clients end', Promise.all(hostile));
    await within(PATIENCE, 'the client closes', close());
    await within(PATIENCE, 'the servers close', Promise.all(servers.map(server => server.close())));
    const grown = (process.memoryUsage().rss - memory) / 2 ** 20;
    assert.ok(grown < 150, `memory grew by ${grown.toFixed(0)} MB`);
  });

  test('UnixConnection keeps its memory where it is under a forced collector', async () => {
    const program = ['--expose-gc', '--import', 'tsx', fileOf('forced-collector.ts'), String(MESSAGES)];
    const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: 600_000 + MESSAGES });
    assert.match(stdout, new RegExp(`^${MESSAGES} messages`));
  });
});
