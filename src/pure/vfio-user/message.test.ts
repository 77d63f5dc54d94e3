import assert from 'node:assert/strict';
import { it } from 'node:test';
import { commandName, createMessageBuffer, messageLength, vfio_user_header } from './message.ts';
import { formatMessage } from './message-text.ts';
import { vfio_user_device_info } from './messages/device-info.ts';
import { encodeDmaAccess, vfio_user_dma_region_access } from './messages/dma-access.ts';
import { vfio_user_dma_map } from './messages/dma-map.ts';
import { vfio_user_dma_unmap } from './messages/dma-unmap.ts';
import { vfio_user_mig_data } from './messages/migration-data.ts';
import { encodeRegionAccess, vfio_user_region_access } from './messages/region-access.ts';
import { vfio_user_region_io_fds_reply, vfio_user_sub_region_ioregionfd } from './messages/region-io-fds.ts';
import { vfio_user_region_write, vfio_user_region_write_multi } from './messages/region-write-multi.ts';
import { vfio_user_version } from './messages/version.ts';

it('wire structs have the sizes of the specification', () => {
  const sizes = [
    [vfio_user_header, 16],
    [vfio_user_version, 4],
    [vfio_user_dma_map, 32],
    [vfio_user_dma_unmap, 24],
    [vfio_user_device_info, 16],
    [vfio_user_region_access, 16],
    [vfio_user_dma_region_access, 16],
    [vfio_user_region_write, 24],
    [vfio_user_region_write_multi, 8],
    [vfio_user_region_io_fds_reply, 16],
    [vfio_user_sub_region_ioregionfd, 40],
    [vfio_user_mig_data, 8],
  ] as const;
  for (const [type, size] of sizes) assert.equal(type.size, size, type.name);
});

it('messageLength waits for a whole message and throws as soon as the header is wrong', () => {
  const { bytes, view } = createMessageBuffer(64);
  vfio_user_header.write({ msg_id: 7, cmd: 9, msg_size: 32 }, bytes, 8);
  assert.equal(messageLength(view, 8, 15, 64), 0);
  assert.equal(messageLength(view, 8, 31, 64), 0);
  assert.equal(messageLength(view, 8, 40, 64), 32);
  assert.equal(messageLength(view, 8, 40, 32), 32);
  assert.throws(() => messageLength(view, 8, 16, 31), { name: 'ProtocolError', command: 9, messageId: 7, errno: 22 });
  for (const msg_size of [0, 15, 0xffffffff]) {
    vfio_user_header.write({ msg_id: 7, cmd: 9, msg_size }, bytes);
    assert.equal(messageLength(view, 0, 15, 64), 0);
    assert.throws(() => messageLength(view, 0, 16, 64), { name: 'ProtocolError' });
  }
});

it('commandName keeps numbers that it does not know', () => {
  assert.deepEqual([commandName(9), commandName(18), commandName(19)], ['REGION_READ', 'MIG_DATA_WRITE', 'unknown (0x13)']);
});

for (const [header, payload, handles, text] of [
  [{ cmd: 9 }, encodeRegionAccess({ region: 7, offset: 16, count: 4 }), 0, 'REGION_READ 3, 32 bytes: region 7 offset 0x10 count 4'],
  [
    { cmd: 10, flags: 0x10 },
    encodeRegionAccess({ region: 0, offset: 0, count: 2 }, Uint8Array.of(1, 255)),
    0,
    'REGION_WRITE 3, 34 bytes, no reply wanted: region 0 offset 0x0 count 2 data 01 ff',
  ],
  [
    { cmd: 12, flags: 1 },
    encodeDmaAccess({ addr: 4096n, count: 9 }, new Uint8Array(9)),
    0,
    'DMA_WRITE 3 reply, 41 bytes: address 0x1000 count 9 data 00 00 00 00 00 00 00 00 …',
  ],
  [{ cmd: 8, flags: 0x21, error_no: 22 }, new Uint8Array(0), 2, 'DEVICE_SET_IRQS 3 reply, 16 bytes, 2 handles, error 22'],
  [{ cmd: 9 }, new Uint8Array(3), 1, 'REGION_READ 3, 19 bytes, 1 handle'],
] as const) {
  it(`formatMessage says ${text}`, () => {
    const length = 16 + payload.length;
    const bytes = Uint8Array.from([...vfio_user_header.encode({ msg_id: 3, msg_size: length, ...header }), ...payload]);
    assert.equal(formatMessage(new DataView(bytes.buffer), 0, length, handles), text);
  });
}
