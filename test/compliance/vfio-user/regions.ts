/** What the device has, its regions and its reset. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as uapi from '../../../src/pure/spec/vfio/index.ts';
import * as wire from '../../../src/pure/vfio-user/message.ts';
import { encodeDeviceInfo, vfio_user_device_info } from '../../../src/pure/vfio-user/messages/device-info.ts';
import { encodeIrqInfo } from '../../../src/pure/vfio-user/messages/irq-info.ts';
import { encodeRegionAccess, vfio_user_region_access } from '../../../src/pure/vfio-user/messages/region-access.ts';
import { encodeRegionInfoRequest } from '../../../src/pure/vfio-user/messages/region-info.ts';
import { encodeRegionIoFdsRequest, vfio_user_region_io_fds_reply } from '../../../src/pure/vfio-user/messages/region-io-fds.ts';
import { encodeRegionWriteMulti } from '../../../src/pure/vfio-user/messages/region-write-multi.ts';
import type { ComplianceBed } from './bed.ts';
import { AREAS, BAR_SIZE, CONFIG_SIZE, MSIX_COUNT, refusal } from './device.ts';
import { startDialogue } from './dialogue.ts';

const EIO = 5;
const EINVAL = 22;
const EOPNOTSUPP = 95;
const { VFIO_REGION_INFO_FLAG_READ, VFIO_REGION_INFO_FLAG_WRITE, VFIO_REGION_INFO_FLAG_MMAP, VFIO_REGION_INFO_FLAG_CAPS } = uapi;
const READ_WRITE = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
const CONFIG = uapi.VFIO_PCI_CONFIG_REGION_INDEX;

function judgeInfo(bed: ComplianceBed): void {
  it('DEVICE_GET_INFO says a PCI device that can be reset, and its counts within what QEMU takes', async test => {
    const dialogue = await startDialogue(test, bed);
    const { payload } = await dialogue.succeed(wire.VFIO_USER_DEVICE_GET_INFO, encodeDeviceInfo());
    assert.deepEqual(vfio_user_device_info.decode(payload), { argsz: 16, flags: 3, num_regions: 9, num_irqs: 5 });
    await dialogue.refuse(EINVAL, wire.VFIO_USER_DEVICE_GET_INFO, new Uint8Array(15));
    await dialogue.refuse(EINVAL, wire.VFIO_USER_DEVICE_GET_INFO, vfio_user_device_info.encode({ argsz: 15 }));
  });

  it('DEVICE_GET_REGION_INFO describes a region that messages reach', async test => {
    const dialogue = await startDialogue(test, bed);
    for (const [index, size, flags] of [
      [0, BAR_SIZE, READ_WRITE],
      [3, 0, 0],
      [6, 2048, VFIO_REGION_INFO_FLAG_READ],
      [CONFIG, CONFIG_SIZE, READ_WRITE],
    ]) {
      const { payload, handles } = await dialogue.succeed(
        wire.VFIO_USER_DEVICE_GET_REGION_INFO,
        encodeRegionInfoRequest({ argsz: 32, index }),
      );
      assert.deepEqual(uapi.vfio_region_info.decode(payload), { argsz: 32, flags, index, cap_offset: 0, size: BigInt(size), offset: 0n });
      assert.deepEqual([payload.length, handles.length], [32, 0]);
    }
  });

  it('DEVICE_GET_REGION_INFO sends one handle with a region that may be mapped whole', async test => {
    const dialogue = await startDialogue(test, bed);
    const request = encodeRegionInfoRequest({ argsz: 32, index: 1 });
    const { payload, handles } = await dialogue.succeed(wire.VFIO_USER_DEVICE_GET_REGION_INFO, request);
    const { flags, cap_offset } = uapi.vfio_region_info.decode(payload);
    assert.deepEqual([flags, cap_offset, handles.length], [READ_WRITE | VFIO_REGION_INFO_FLAG_MMAP, 0, 1]);
    assert.equal(bed.readHandle(handles[0], 0, 4).length, 4);
    handles[0].close();
  });

  it('DEVICE_GET_REGION_INFO sends no handle to a client that takes none', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false });
    await dialogue.negotiate({ max_msg_fds: 0 });
    const request = encodeRegionInfoRequest({ argsz: 32, index: 1 });
    const { payload, handles } = await dialogue.succeed(wire.VFIO_USER_DEVICE_GET_REGION_INFO, request);
    assert.deepEqual([uapi.vfio_region_info.decode(payload).flags, handles.length], [READ_WRITE, 0]);
  });

  it('DEVICE_GET_REGION_INFO chains the areas where the client has room, and says how much they need where not', async test => {
    const dialogue = await startDialogue(test, bed);
    const command = wire.VFIO_USER_DEVICE_GET_REGION_INFO;
    const needed = 32 + 16 + 16 * AREAS.length;
    for (const argsz of [32, needed - 1]) {
      const short = await dialogue.succeed(command, encodeRegionInfoRequest({ argsz, index: 2 }));
      const info = uapi.vfio_region_info.decode(short.payload);
      assert.deepEqual([short.payload.length, info.argsz, info.cap_offset, short.handles.length], [32, needed, 0, 0]);
      assert.equal(info.flags, READ_WRITE);
    }
    const { payload, handles } = await dialogue.succeed(command, encodeRegionInfoRequest({ argsz: needed, index: 2 }));
    const info = uapi.vfio_region_info.decode(payload);
    assert.deepEqual([payload.length, info.argsz, info.cap_offset, info.offset], [needed, needed, 32, 0x1000n]);
    assert.equal(info.flags, READ_WRITE | VFIO_REGION_INFO_FLAG_CAPS | VFIO_REGION_INFO_FLAG_MMAP);
    const { header, areas } = uapi.vfio_region_info_cap_sparse_mmap.decode(payload, 32);
    assert.deepEqual(header, { id: 1, version: 1, next: 0 });
    assert.deepEqual(
      areas,
      AREAS.map(({ offset, size }) => ({ offset: BigInt(offset), size: BigInt(size) })),
    );
    assert.equal(handles.length, 1);
    handles[0].close();
  });

  it('DEVICE_GET_REGION_INFO is refused for a region that is not there and for too little room', async test => {
    const dialogue = await startDialogue(test, bed);
    for (const request of [
      { argsz: 32, index: 9 },
      { argsz: 32, index: 0xffffffff },
      { argsz: 31, index: 0 },
    ]) {
      await dialogue.refuse(EINVAL, wire.VFIO_USER_DEVICE_GET_REGION_INFO, encodeRegionInfoRequest(request));
    }
    await dialogue.refuse(EINVAL, wire.VFIO_USER_DEVICE_GET_REGION_INFO, new Uint8Array(31));
  });

  it('DEVICE_GET_REGION_IO_FDS says that there are none', async test => {
    const dialogue = await startDialogue(test, bed);
    const command = wire.VFIO_USER_DEVICE_GET_REGION_IO_FDS;
    const { payload, handles } = await dialogue.succeed(command, encodeRegionIoFdsRequest(0, 4096));
    assert.deepEqual([payload, handles.length], [vfio_user_region_io_fds_reply.encode({ argsz: 16 }), 0]);
    await dialogue.refuse(EINVAL, command, encodeRegionIoFdsRequest(9, 4096));
    await dialogue.refuse(EINVAL, command, encodeRegionIoFdsRequest(0, 15));
    await dialogue.refuse(EINVAL, command, vfio_user_region_io_fds_reply.encode({ argsz: 4096, flags: 1 }));
    await dialogue.refuse(EINVAL, command, vfio_user_region_io_fds_reply.encode({ argsz: 4096, count: 1 }));
    await dialogue.refuse(EINVAL, command, new Uint8Array(12));
  });

  it('DEVICE_GET_IRQ_INFO describes each kind of interrupt', async test => {
    const dialogue = await startDialogue(test, bed);
    const { payload } = await dialogue.succeed(wire.VFIO_USER_DEVICE_GET_IRQ_INFO, encodeIrqInfo({ index: 2 }));
    assert.deepEqual(uapi.vfio_irq_info.decode(payload), { argsz: 16, flags: 9, index: 2, count: MSIX_COUNT });
    await dialogue.refuse(EINVAL, wire.VFIO_USER_DEVICE_GET_IRQ_INFO, encodeIrqInfo({ index: 5 }));
    // As the kernel, of errors of a conventional function.
    await dialogue.refuse(EINVAL, wire.VFIO_USER_DEVICE_GET_IRQ_INFO, encodeIrqInfo({ index: uapi.VFIO_PCI_ERR_IRQ_INDEX }));
    await dialogue.refuse(EINVAL, wire.VFIO_USER_DEVICE_GET_IRQ_INFO, uapi.vfio_irq_info.encode({ argsz: 15 }));
    await dialogue.refuse(EINVAL, wire.VFIO_USER_DEVICE_GET_IRQ_INFO, new Uint8Array(8));
  });
}

function judgeAccess(bed: ComplianceBed): void {
  it('REGION_READ and REGION_WRITE move bytes of every length', async test => {
    const dialogue = await startDialogue(test, bed);
    for (const count of [1, 2, 3, 4, 5, 7, 8, 9, 64, 4096, BAR_SIZE]) {
      const data = Uint8Array.from({ length: count }, (_, i) => (i * 7 + count) & 0xff);
      const place = { region: 0, offset: BAR_SIZE - count, count };
      const written = await dialogue.succeed(wire.VFIO_USER_REGION_WRITE, encodeRegionAccess(place, data));
      assert.deepEqual(written.payload, encodeRegionAccess(place), 'a write is answered with its place');
      const read = await dialogue.succeed(wire.VFIO_USER_REGION_READ, encodeRegionAccess(place));
      assert.deepEqual(read.payload, encodeRegionAccess(place, data));
    }
  });

  it('REGION_READ and REGION_WRITE are refused outside of the region, and nothing is written', async test => {
    const dialogue = await startDialogue(test, bed);
    const wrong = [
      { region: 0, offset: BAR_SIZE, count: 1 },
      { region: 0, offset: BAR_SIZE - 3, count: 4 },
      { region: 0, offset: 2 ** 32, count: 4 },
      { region: 0, offset: 2 ** 52, count: 4 },
      { region: 0, offset: 0, count: 0 },
      { region: 3, offset: 0, count: 1 },
      { region: 9, offset: 0, count: 4 },
      { region: 0xffffffff, offset: 0, count: 4 },
    ];
    for (const place of wrong) {
      await dialogue.refuse(EINVAL, wire.VFIO_USER_REGION_READ, encodeRegionAccess(place));
      await dialogue.refuse(EINVAL, wire.VFIO_USER_REGION_WRITE, encodeRegionAccess(place, new Uint8Array(place.count)));
    }
    const last = vfio_user_region_access.encode({ offset: 2n ** 64n - 1n, count: 4 });
    await dialogue.refuse(EINVAL, wire.VFIO_USER_REGION_READ, last);
    await dialogue.refuse(EINVAL, wire.VFIO_USER_REGION_WRITE, encodeRegionAccess({ region: 6, offset: 0, count: 4 }, new Uint8Array(4)));
    assert.deepEqual(dialogue.device.events, []);
  });

  it('REGION_READ and REGION_WRITE are refused where the message is not as long as its count says', async test => {
    const dialogue = await startDialogue(test, bed);
    const place = { region: 0, offset: 0, count: 4 };
    await dialogue.refuse(EINVAL, wire.VFIO_USER_REGION_READ, encodeRegionAccess(place, new Uint8Array(4)));
    await dialogue.refuse(EINVAL, wire.VFIO_USER_REGION_READ, new Uint8Array(15));
    for (const length of [0, 3, 5])
      await dialogue.refuse(EINVAL, wire.VFIO_USER_REGION_WRITE, encodeRegionAccess(place, new Uint8Array(length)));
    await dialogue.refuse(EINVAL, wire.VFIO_USER_REGION_WRITE, new Uint8Array(8));
    assert.deepEqual(dialogue.device.events, []);
  });

  it('REGION_READ and REGION_WRITE are refused above max_data_xfer_size', async test => {
    const dialogue = await startDialogue(test, bed, { maxDataXferSize: 4096 });
    const place = { region: 0, offset: 0, count: 4097 };
    await dialogue.refuse(EINVAL, wire.VFIO_USER_REGION_READ, encodeRegionAccess(place));
    await dialogue.succeed(wire.VFIO_USER_REGION_READ, encodeRegionAccess({ ...place, count: 4096 }));
    const id = await dialogue.post(wire.VFIO_USER_REGION_WRITE, encodeRegionAccess(place, new Uint8Array(4097)));
    await dialogue.endsFor({ id, command: wire.VFIO_USER_REGION_WRITE, errno: EINVAL });
  });

  it('REGION_READ is answered with the error of the device', async test => {
    const dialogue = await startDialogue(test, bed);
    const request = encodeRegionAccess({ region: 0, offset: 0, count: 4 });
    for (const failure of [refusal(), new Error('a fault of the author')]) {
      dialogue.device.failure = failure;
      await dialogue.refuse(EIO, wire.VFIO_USER_REGION_READ, request);
    }
    await dialogue.succeed(wire.VFIO_USER_REGION_READ, request);
  });

  it('REGION_WRITE with No_reply is done and not answered', async test => {
    const dialogue = await startDialogue(test, bed);
    const flags = wire.VFIO_USER_F_NO_REPLY;
    const place = { region: 0, offset: 8, count: 2 };
    await dialogue.post(wire.VFIO_USER_REGION_WRITE, encodeRegionAccess(place, Uint8Array.of(0xaa, 0xbb)), { flags });
    await dialogue.post(wire.VFIO_USER_REGION_WRITE, encodeRegionAccess({ ...place, region: 9 }, new Uint8Array(2)), { flags });
    const read = await dialogue.succeed(wire.VFIO_USER_REGION_READ, encodeRegionAccess(place));
    assert.deepEqual(read.payload.subarray(16), Uint8Array.of(0xaa, 0xbb));
  });

  it('REGION_WRITE_MULTI does all writes or, where one is outside, none', async test => {
    const dialogue = await startDialogue(test, bed);
    const command = wire.VFIO_USER_REGION_WRITE_MULTI;
    const write = (offset: number, ...bytes: number[]) => ({ region: 0, offset, bytes: Uint8Array.from(bytes) });
    const writes = [write(0, 1), write(16, 1, 2, 3, 4, 5, 6, 7, 8)];
    const { payload } = await dialogue.succeed(command, encodeRegionWriteMulti(writes));
    assert.deepEqual(payload, Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0));
    assert.deepEqual(dialogue.device.events, ['write 0 0 1', 'write 0 16 8']);
    await dialogue.refuse(EINVAL, command, encodeRegionWriteMulti([...writes, write(BAR_SIZE, 1)]));
    const whole = encodeRegionWriteMulti(writes);
    await dialogue.refuse(EINVAL, command, whole.subarray(0, whole.length - 1));
    await dialogue.refuse(EINVAL, command, Uint8Array.of(3, ...whole.subarray(1)));
    await dialogue.refuse(EINVAL, command, Uint8Array.of(1, ...whole.subarray(1)));
    await dialogue.refuse(EINVAL, command, new Uint8Array(8).fill(0xff));
    for (const count of [0, 9]) {
      const wrong = whole.slice();
      wrong[8 + 12] = count;
      await dialogue.refuse(EINVAL, command, wrong);
    }
    assert.equal(dialogue.device.events.length, 2);
  });

  it('REGION_WRITE_MULTI is refused where it was not agreed on', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false });
    await dialogue.negotiate({});
    await dialogue.refuse(EOPNOTSUPP, wire.VFIO_USER_REGION_WRITE_MULTI, new Uint8Array(8));
  });

  it('DEVICE_RESET resets the device and takes no payload', async test => {
    const dialogue = await startDialogue(test, bed);
    assert.equal((await dialogue.succeed(wire.VFIO_USER_DEVICE_RESET)).payload.length, 0);
    assert.deepEqual(dialogue.device.events, ['reset']);
    await dialogue.refuse(EINVAL, wire.VFIO_USER_DEVICE_RESET, new Uint8Array(1));
    dialogue.device.failure = refusal();
    await dialogue.refuse(EIO, wire.VFIO_USER_DEVICE_RESET);
    assert.deepEqual(dialogue.device.events, ['reset']);
  });
}

export function judgeRegions(bed: ComplianceBed): void {
  judgeInfo(bed);
  judgeAccess(bed);
}
