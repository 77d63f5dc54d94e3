import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeviceSession, IrqRequest, PciDevice } from '../device/pci-device.ts';
import { VfioUserClient } from './client.ts';
import { MemoryPlatform } from './memory-platform.ts';
import { MemoryTransport, type MemoryTransportOptions } from './memory-transport.ts';
import { VfioUserServer } from './server.ts';

const NONE = { size: 0, isReadable: false, isWritable: false, mapping: null };
const AREAS = [{ offset: 0x1000, size: 0x1000 }];

/** A server over a device of two regions, and a client that agreed with it. */
async function connect(options: MemoryTransportOptions = {}) {
  const platform = new MemoryPlatform();
  const memory = new Uint8Array(0x10000);
  const file = platform.createFile(0x2000);
  const found: { session: DeviceSession | null; irqs: IrqRequest[] } = { session: null, irqs: [] };
  const device: PciDevice = {
    regions: [
      { size: memory.length, isReadable: true, isWritable: true, mapping: null },
      { ...NONE, size: 0x2000, mapping: { handle: file, offset: 0, areas: AREAS } },
    ],
    irqs: [{ count: 40, flags: 1 }],
    readRegion: (_, offset, into) => into.set(memory.subarray(offset, offset + into.length)),
    writeRegion: (_, offset, bytes) => memory.set(bytes, offset),
    setIrqs: request => {
      found.irqs.push(request);
      if (request.data.kind === 'eventfds') for (const handle of request.data.handles) handle?.close();
    },
    reset: () => memory.fill(0),
    attach: session => {
      found.session = session;
    },
  };
  const transport = new MemoryTransport(
    platform,
    {
      server: carrier => new VfioUserServer({ device, platform, carrier }, { maxDataXferSize: 8192 }),
      client: carrier => new VfioUserClient(carrier),
    },
    options,
  );
  await transport.client.negotiate();
  return { platform, transport, client: transport.client, found, file };
}

for (const [name, options] of [
  ['whole', {}],
  ['byte by byte', { split: () => 1 }],
] as const) {
  describe(`VfioUserClient against VfioUserServer, ${name}`, () => {
    it('VfioUserClient.negotiate agrees on the smaller limits', async () => {
      const { client, transport } = await connect(options);
      const { minor, maxTransfer, peerMaxFds, writeMultiple, migration } = client.agreement;
      assert.deepEqual([minor, maxTransfer, peerMaxFds, writeMultiple, migration], [2, 8192, 16, true, false]);
      transport.close();
    });

    it('VfioUserClient.readRegion and writeRegion move more than one message takes', async () => {
      const { client } = await connect(options);
      const bytes = Uint8Array.from({ length: 20000 }, (_, i) => i & 0xff);
      await client.writeRegion(0, 100, bytes);
      assert.deepEqual(await client.readRegion(0, 100, bytes.length), bytes);
      client.postWrite(0, 100, Uint8Array.of(99));
      await client.writeMulti([{ region: 0, offset: 102, bytes: Uint8Array.of(98) }]);
      assert.deepEqual(await client.readRegion(0, 100, 3), Uint8Array.of(99, 1, 98));
      await assert.rejects(client.readRegion(0, 0x10000, 1), { name: 'DeviceError', errno: 22 });
      await client.reset();
      assert.deepEqual(await client.readRegion(0, 100, 3), new Uint8Array(3));
    });

    it('VfioUserClient.getRegionInfo asks again where the capabilities need more room', async () => {
      const { client, file, transport, platform } = await connect(options);
      for (const room of [32, 4096]) {
        const info = await client.getRegionInfo(1, room);
        assert.deepEqual([info.size, info.capabilities, info.mapping?.areas], [0x2000, [{ id: 1, version: 1 }], AREAS]);
        info.mapping?.handle.close();
      }
      assert.deepEqual(await client.getInfo(), { flags: 3, isResettable: true, regionCount: 2, irqCount: 1 });
      assert.deepEqual(await client.getIrqInfo(0), { index: 0, flags: 1, count: 40 });
      assert.deepEqual(await client.getRegionIoFds(0), { subRegions: [], handles: [] });
      transport.close();
      file.close();
      assert.equal(platform.openHandles, 0);
    });

    it('VfioUserClient.setIrqs sends as many messages as the server wants handles in', async () => {
      const { client, found, platform } = await connect(options);
      const handles = Array.from({ length: 40 }, () => platform.createEvent());
      const request = { index: 0, start: 0, count: 40, action: 'trigger' } as const;
      await client.setIrqs({ ...request, data: { kind: 'eventfds', handles } });
      assert.deepEqual(
        found.irqs.map(({ start, count }) => [start, count]),
        [
          [0, 16],
          [16, 16],
          [32, 8],
        ],
      );
      await client.setIrqs({ ...request, data: { kind: 'eventfds', handles: new Array<null>(40).fill(null) } });
      assert.equal(found.irqs.length, 4);
      for (const handle of handles) handle.close();
    });

    it('VfioUserClient.mapDma answers the server from its own bytes, or gives it the file', async () => {
      const { client, found, platform, transport, file } = await connect(options);
      const bytes = new Uint8Array(0x4000);
      const shared = platform.createFile(0x1000);
      await client.mapDma({ address: 0n, size: 0x4000n, isReadable: true, isWritable: true, bytes });
      const whole = { handle: shared, offset: 0n };
      await client.mapDma({ address: 0x4000n, size: 0x1000n, isReadable: true, isWritable: false, file: whole });
      const memory = found.session?.memory;
      assert.ok(memory);
      await memory.write(10n, new Uint8Array(10000).fill(5));
      assert.deepEqual([bytes[9], bytes[10], bytes[10009], bytes[10010]], [0, 5, 5, 0]);
      shared.object.bytes[0] = 7;
      assert.deepEqual(await memory.read(0x3fffn, 2), Uint8Array.of(0, 7));
      await assert.rejects(client.mapDma({ address: 0n, size: 1n, isReadable: true, isWritable: true }), { errno: 17 });
      assert.equal((await memory.read(10n, 1))[0], 5, 'a range that was refused hides none that is there');
      await client.unmapDma(0n, 0x4000n);
      await assert.rejects(memory.read(10n, 1), { errno: 14 });
      await client.unmapAllDma();
      await assert.rejects(memory.read(0x4000n, 1), { errno: 14 });
      const { dmaMapped, dmaByMessage } = transport.server.counters;
      assert.deepEqual([dmaMapped, dmaByMessage], [1, 10002]);
      shared.close();
      file.close();
      transport.close();
      assert.deepEqual([platform.openHandles, platform.mappings], [0, 0]);
    });

    it('VfioUserClient rejects what waits when the connection ends', async () => {
      const { client, transport } = await connect(options);
      const reading = assert.rejects(client.readRegion(0, 0, 4), { errno: 104 });
      transport.close();
      await reading;
      await assert.rejects(client.reset(), { errno: 104 });
      assert.equal(client.isWaiting, false);
    });
  });
}
