import assert from 'node:assert/strict';
import { it } from 'node:test';
import { VFIO_DEVICE_FEATURE_GET, vfio_region_info, vfio_region_info_cap_sparse_mmap } from '../spec/vfio/index.ts';
import { VfioUserClient } from './client.ts';
import { MemoryPlatform } from './memory-platform.ts';
import { createMessageBuffer, HEADER_SIZE, VFIO_USER_DMA_READ, vfio_user_header } from './message.ts';
import { encodeDeviceFeature } from './messages/device-feature.ts';
import { encodeDmaAccess } from './messages/dma-access.ts';
import { encodeIrqInfo } from './messages/irq-info.ts';
import { encodeMigrationData } from './messages/migration-data.ts';
import { encodeRegionAccess } from './messages/region-access.ts';
import { vfio_user_region_io_fds_reply, vfio_user_sub_region_ioregionfd } from './messages/region-io-fds.ts';
import { encodeVersion } from './messages/version.ts';

const NOTHING = new Uint8Array(0);
const IRQS = { index: 1, flags: 1, count: 2 };

/** A client, and a server that answers each command with what the test says. */
function createClient() {
  const buffer = createMessageBuffer(8192);
  const platform = new MemoryPlatform();
  const answers: { payload: Uint8Array; handles: number; flags: number }[] = [];
  const client: VfioUserClient = new VfioUserClient({
    send(bytes) {
      const { msg_id, cmd } = vfio_user_header.decode(bytes);
      const answer = answers.shift();
      if (answer === undefined) return;
      const length = HEADER_SIZE + answer.payload.length;
      vfio_user_header.write({ msg_id, cmd, msg_size: length, flags: answer.flags, error_no: 0 }, buffer.bytes);
      buffer.bytes.set(answer.payload, HEADER_SIZE);
      const handles = Array.from({ length: answer.handles }, () => platform.createEvent());
      Promise.resolve().then(() => client.receive(buffer, 0, length, handles));
    },
  });
  const say = (payload: Uint8Array, handles = 0, flags = 1) => answers.push({ payload, handles, flags });
  return { client, say, platform, buffer };
}

const version = (capabilities: object, minor = 0): Uint8Array => encodeVersion({ major: 0, minor, capabilities });

for (const [name, payload] of Object.entries({
  'a newer minor version': version({}, 3),
  'another major version': encodeVersion({ major: 1, minor: 0, capabilities: {} }),
  'max_data_xfer_size above 64 MiB': version({ max_data_xfer_size: (64 << 20) + 1 }),
  'max_dma_maps above 65535': version({ max_dma_maps: 65536 }),
  'max_data_xfer_size 0': version({ max_data_xfer_size: 0 }),
  'max_msg_fds as text': version({ max_msg_fds: '1' }),
  'three bytes': new Uint8Array(3),
})) {
  it(`VfioUserClient.negotiate rejects ${name}`, async () => {
    const { client, say } = createClient();
    say(payload);
    await assert.rejects(client.negotiate(), { name: 'ProtocolError', command: 1, errno: 71 });
    assert.throws(() => client.agreement, TypeError);
  });
}

/** Region info with a chain of capabilities at `cap_offset`. */
function regionInfo(fields: object, ...caps: Uint8Array[]): Uint8Array {
  const info = vfio_region_info.encode({ argsz: 32, flags: 15, cap_offset: 32, size: 0x2000n, ...fields });
  return Uint8Array.from([info, ...caps].flatMap(part => [...part]));
}
const area = (next: number, offset = 0n, nr_areas = 1): Uint8Array =>
  vfio_region_info_cap_sparse_mmap.encode({ header: { id: 1, version: 1, next }, nr_areas, areas: [{ offset, size: 0x1000n }] });

for (const [name, payload, handles] of [
  ['a chain that comes back to itself', regionInfo({}, area(32)), 1],
  ['a chain that goes back', regionInfo({}, area(64), area(32)), 1],
  ['a capability inside the struct', regionInfo({ cap_offset: 8 }, area(0)), 1],
  ['a capability past the end', regionInfo({ cap_offset: 4096 }, area(0)), 1],
  ['a capability at 4 GiB', regionInfo({ cap_offset: 0xffffffff }, area(0)), 1],
  ['more areas than are there', regionInfo({}, area(0, 0n, 0xffffffff)), 1],
  ['an area past the region', regionInfo({}, area(0, 0x1001n)), 1],
  ['an area past 2^53', regionInfo({}, area(0, 2n ** 63n)), 1],
  ['a region above 2^53', regionInfo({ size: 2n ** 63n }, area(0)), 1],
  ['another region', regionInfo({ index: 1 }, area(0)), 1],
  ['two handles', regionInfo({}, area(0)), 2],
  ['a handle and no MMAP flag', regionInfo({ flags: 3 }), 1],
  ['31 bytes', new Uint8Array(31), 1],
] as const) {
  it(`VfioUserClient.getRegionInfo rejects ${name} and closes its handles`, async () => {
    const { client, say, platform } = createClient();
    say(payload, handles);
    await assert.rejects(client.getRegionInfo(0), { name: 'ProtocolError' });
    assert.equal(platform.openHandles, 0);
  });
}

it('VfioUserClient.getRegionInfo ends with a server that always wants more room', async () => {
  const { client, say } = createClient();
  say(regionInfo({ argsz: 5000, flags: 3 }));
  say(regionInfo({ argsz: 6000, flags: 3 }));
  await assert.rejects(client.getRegionInfo(0));
});

const padded = (payload: Uint8Array, more = 5): Uint8Array => Uint8Array.of(...payload, ...new Uint8Array(more).fill(0xee));

for (const [name, answer, ask, wanted] of [
  [
    'the last part of a migration, filled up',
    padded(encodeMigrationData(Uint8Array.of(1, 2, 3)), 61),
    client => client.readMigrationData(64),
    Uint8Array.of(1, 2, 3),
  ],
  ['no part of a migration, filled up', padded(encodeMigrationData(NOTHING), 64), client => client.readMigrationData(64), NOTHING],
  [
    'bytes of a region',
    padded(encodeRegionAccess({ region: 1, offset: 2, count: 3 }, Uint8Array.of(7, 8, 9))),
    client => client.readRegion(1, 2, 3),
    Uint8Array.of(7, 8, 9),
  ],
  [
    'a written region',
    encodeRegionAccess({ region: 1, offset: 2, count: 3 }, Uint8Array.of(7, 8, 9)),
    client => client.writeRegion(1, 2, Uint8Array.of(7, 8, 9)),
    undefined,
  ],
  [
    'a feature',
    padded(encodeDeviceFeature(2, VFIO_DEVICE_FEATURE_GET, new Uint8Array(8))),
    client => client.getFeature(2, 8),
    new Uint8Array(8),
  ],
  ['a header', padded(NOTHING), client => client.reset(), undefined],
  ['a kind of interrupt', padded(encodeIrqInfo({ index: 1, flags: 1, count: 2 })), client => client.getIrqInfo(1), IRQS],
] as const satisfies readonly [string, Uint8Array, (client: VfioUserClient) => Promise<unknown>, unknown][]) {
  it(`VfioUserClient takes ${name} from a reply that is longer than it says`, async () => {
    const { client, say } = createClient();
    say(version({}));
    await client.negotiate();
    say(answer);
    assert.deepEqual(await ask(client), wanted);
  });
}

it('VfioUserClient.negotiate takes a text that the reply goes on behind', async () => {
  const { client, say } = createClient();
  say(padded(version({ max_msg_fds: 3 })));
  assert.equal((await client.negotiate()).peerMaxFds, 3);
});

it('VfioUserClient.getRegionIoFds takes as many entries as argsz has room for', async () => {
  const { client, say } = createClient();
  const entry = vfio_user_sub_region_ioregionfd.encode({ offset: 0x40n, size: 4n });
  const { size } = vfio_user_region_io_fds_reply;
  say(padded(vfio_user_region_io_fds_reply.encode({ argsz: size + entry.length, count: 1, sub_regions: entry })), 1);
  const { subRegions, handles } = await client.getRegionIoFds(0);
  assert.deepEqual([subRegions.map(({ offset }) => offset), handles.length], [[0x40n], 1]);
});

it('VfioUserClient rejects replies that are shorter than they say', async () => {
  const { client, say } = createClient();
  say(version({}));
  await client.negotiate();
  say(encodeMigrationData(Uint8Array.of(1, 2, 3)).subarray(0, -1));
  await assert.rejects(client.readMigrationData(64), { name: 'ProtocolError', message: /2 of 3 bytes/ });
  say(encodeMigrationData(Uint8Array.of(1, 2, 3)));
  await assert.rejects(client.readMigrationData(2), { name: 'ProtocolError', message: /3 bytes, at most 2/ });
  say(encodeRegionAccess({ region: 1, offset: 2, count: 3 }, Uint8Array.of(7, 8)));
  await assert.rejects(client.readRegion(1, 2, 3), { name: 'ProtocolError' });
  say(encodeDeviceFeature(2, VFIO_DEVICE_FEATURE_GET, new Uint8Array(7)));
  await assert.rejects(client.getFeature(2, 8), { name: 'ProtocolError' });
});

it('VfioUserClient takes an error reply without error number as EIO', async () => {
  const { client, say } = createClient();
  say(new Uint8Array(0), 0, 0x21);
  await assert.rejects(client.reset(), { name: 'DeviceError', errno: 5 });
});

it('VfioUserClient.receive throws for a reply that nothing waits for', () => {
  const { client, buffer } = createClient();
  vfio_user_header.write({ msg_id: 3, cmd: 13, msg_size: 16, flags: 1 }, buffer.bytes);
  assert.throws(() => client.receive(buffer, 0, 16, []), { name: 'ProtocolError', messageId: 3 });
});

it('VfioUserClient refuses DMA outside of its memory, above its limit, and commands that are a server’s', () => {
  const { client, buffer } = createClient();
  for (const [cmd, payload, errno] of [
    [VFIO_USER_DMA_READ, encodeDmaAccess({ addr: 0n, count: 4 }), 14],
    [VFIO_USER_DMA_READ, encodeDmaAccess({ addr: 0n, count: 1 << 21 }), 22],
    [VFIO_USER_DMA_READ, new Uint8Array(15), 22],
    [9, new Uint8Array(16), 95],
  ] as const) {
    const length = HEADER_SIZE + payload.length;
    vfio_user_header.write({ msg_id: 3, cmd, msg_size: length, flags: 0 }, buffer.bytes);
    buffer.bytes.set(payload, HEADER_SIZE);
    assert.equal(client.receive(buffer, 0, length, []), HEADER_SIZE);
    assert.equal(vfio_user_header.decode(client.output.bytes).error_no, errno);
  }
});
