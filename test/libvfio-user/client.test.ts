/** Our client and `airlock attach`, and servers of libvfio-user: its own sample, and a device of ours behind the library. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createMemfd, Descriptor, EventFd, readAt, writeAt } from '../../src/linux/ffi/index.ts';
import { type ConnectedClient, connectClient } from '../../src/linux/unix-transport/index.ts';
import { struct, u32, u64 } from '../../src/pure/device/index.ts';
import { airlock } from '../package/airlock.ts';
import { buildPeerServer, LIBRARY_MISSING, libraryFile, ServingProgram } from './library.ts';

const [BAR0, BAR1, BAR2] = [0, 1, 2];
const [STOP, STOP_COPY, RESUMING, RUNNING] = [1, 3, 4, 2];
const ACTIONS = { byMessage: 1, mapped: 2, interrupt: 3 };
/** As peer-server.c has them. */
const registers = struct('registers', { from: u64, to: u64, action: u32, error: u32 });
const STATE_SIZE = 100;

describe('VfioUserClient and a server of libvfio-user', { skip: LIBRARY_MISSING }, () => {
  let folder = '';
  let sample: ServingProgram;
  let peer: ServingProgram;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-libvfio-user-'));
    sample = new ServingProgram(libraryFile('build/samples/gpio-pci-idio-16'), join(folder, 'gpio.sock'));
    peer = new ServingProgram(buildPeerServer(folder), join(folder, 'peer.sock'));
    await sample.start();
    await peer.start();
  });
  after(async () => {
    await sample?.end();
    await peer?.end();
    rmSync(folder, { recursive: true });
  });

  async function withClient(program: ServingProgram, use: (client: ConnectedClient['client']) => Promise<void>): Promise<void> {
    const { client, close } = connectClient(program.socket);
    try {
      await client.negotiate();
      await use(client);
    } finally {
      await close();
    }
  }

  it('airlock attach tells what the sample GPIO card offers', () => {
    const { status, stdout, stderr } = airlock(['attach', sample.socket]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /\[494f:0dc8\]/);
    assert.match(stdout, /BAR 2 +0x100 bytes, read, write/);
    assert.match(stdout, /0 INTx +1, eventfd/);
  });

  it('registers of the sample count as its source says', () =>
    withClient(sample, async client => {
      const inputs = async (): Promise<number> => (await client.readRegion(BAR2, 1, 1))[0];
      await client.reset();
      const before = await inputs();
      // An input is set where its output was set a number of times that three divides.
      for (let i = 0; i < 3; i++) await client.writeRegion(BAR2, 0, Uint8Array.of(0x0f));
      assert.equal(await inputs(), before);
      await client.writeRegion(BAR2, 0, Uint8Array.of(0x01));
      assert.notEqual((await inputs()) & 1, before & 1);
    }));

  it('the sample migrates: its last part is filled up to what was asked for, and says that it is empty', () =>
    withClient(sample, async client => {
      await client.writeRegion(BAR2, 0, Uint8Array.of(0xff));
      await client.setMigrationState(STOP_COPY);
      const PINS = 64;
      assert.equal((await client.readMigrationData(PINS)).length, PINS);
      assert.deepEqual(await client.readMigrationData(PINS), new Uint8Array(0));
      await client.setMigrationState(RUNNING);
      assert.equal(await client.getMigrationState(), RUNNING);
    }));

  it('a state goes out in parts, the last of them short, and comes back', () =>
    withClient(peer, async client => {
      await client.probeFeature(1);
      await client.setMigrationState(STOP_COPY);
      const parts: Uint8Array[] = [];
      for (let part = await client.readMigrationData(64); part.length > 0; part = await client.readMigrationData(64)) parts.push(part);
      assert.deepEqual(
        parts.map(part => part.length),
        [64, STATE_SIZE - 64],
      );
      const state = Uint8Array.from(parts.flatMap(part => [...part]));
      assert.deepEqual(
        state,
        Uint8Array.from({ length: STATE_SIZE }, (_, i) => i),
      );
      for (const next of [STOP, RESUMING]) await client.setMigrationState(next);
      const changed = state.map(byte => byte ^ 0xff);
      await client.writeMigrationData(changed.subarray(0, 30));
      await client.writeMigrationData(changed.subarray(30));
      for (const next of [STOP, STOP_COPY]) await client.setMigrationState(next);
      assert.deepEqual(await client.readMigrationData(STATE_SIZE), changed);
      await client.setMigrationState(RUNNING);
    }));

  it('a region is the same by message and in the file that comes with it', () =>
    withClient(peer, async client => {
      const { mapping, size } = await client.getRegionInfo(BAR1);
      assert.ok(mapping?.handle instanceof Descriptor);
      using file = mapping.handle;
      const areas = [
        { offset: 0, size: 0x1000 },
        { offset: 0x2000, size: 0x1000 },
      ];
      assert.deepEqual([size, mapping.areas], [0x4000, areas]);
      await client.writeRegion(BAR1, 0x2010, Uint8Array.of(1, 2, 3));
      const bytes = new Uint8Array(3);
      readAt(file, bytes, mapping.offset + 0x2010);
      assert.deepEqual(bytes, Uint8Array.of(1, 2, 3));
      writeAt(file, Uint8Array.of(9), mapping.offset + 0x2011);
      assert.deepEqual(await client.readRegion(BAR1, 0x2010, 3), Uint8Array.of(1, 9, 3));
    }));

  it('its DMA reaches memory by message and in a file, and finds none after it was taken back', () =>
    withClient(peer, async client => {
      const bytes = new Uint8Array(0x1000);
      const memory = createMemfd('guest memory', 0x1000);
      const allowed = { size: 0x1000n, isReadable: true, isWritable: true };
      await client.mapDma({ address: 0x10000n, ...allowed, bytes });
      await client.mapDma({ address: 0x20000n, ...allowed, file: { handle: memory, offset: 0n } });
      const act = async (action: number, from: bigint, to: bigint): Promise<number> => {
        await client.writeRegion(BAR0, 0, registers.encode({ from, to }).subarray(0, 16));
        await client.writeRegion(BAR0, 16, Uint8Array.of(action, 0, 0, 0));
        return registers.decode(await client.readRegion(BAR0, 0, registers.size)).error;
      };
      const text = new TextEncoder().encode('Airlock!');
      bytes.set(text, 0x100);
      assert.equal(await act(ACTIONS.byMessage, 0x10100n, 0x10200n), 0);
      assert.deepEqual(bytes.subarray(0x200, 0x208), text);
      writeAt(memory, text, 0x80);
      assert.equal(await act(ACTIONS.mapped, 0x20080n, 0x20ff8n), 0);
      const copy = new Uint8Array(8);
      readAt(memory, copy, 0xff8);
      assert.deepEqual(copy, text);
      await client.unmapDma(0x10000n, 0x1000n);
      assert.notEqual(await act(ACTIONS.byMessage, 0x10100n, 0x10200n), 0);
      await client.unmapAllDma();
      assert.notEqual(await act(ACTIONS.mapped, 0x20080n, 0x20ff8n), 0);
      memory.close();
    }));

  it('its interrupt signals our eventfd, and no more once it is taken back', () =>
    withClient(peer, async client => {
      using event = new EventFd();
      const request = { index: 0, start: 0, count: 1, action: 'trigger' } as const;
      await client.setIrqs({ ...request, data: { kind: 'eventfds', handles: [event.descriptor] } });
      const trigger = () => client.writeRegion(BAR0, 16, Uint8Array.of(ACTIONS.interrupt, 0, 0, 0));
      await trigger();
      assert.equal(event.drain(), 1n);
      await client.setIrqs({ ...request, count: 0, data: { kind: 'none' } });
      await trigger();
      assert.equal(event.drain(), 0n);
    }));

  it('a client that goes leaves the server to the next one', async () => {
    for (let i = 0; i < 5; i++) {
      await withClient(peer, async client => {
        assert.equal((await client.getInfo()).regionCount, 9);
      });
    }
  });
});
