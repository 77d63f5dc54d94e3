/** Headers, flags, sizes and the limits of known clients. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as wire from '../../../src/pure/vfio-user/message.ts';
import { encodeRegionAccess } from '../../../src/pure/vfio-user/messages/region-access.ts';
import { decodeVersion } from '../../../src/pure/vfio-user/messages/version.ts';
import type { ComplianceBed } from './bed.ts';
import { encodeMessage, QEMU_CAPABILITIES, startDialogue } from './dialogue.ts';

const EINVAL = 22;
const EPROTO = 71;
const EOPNOTSUPP = 95;
const READ = encodeRegionAccess({ region: 7, offset: 0, count: 4 });

function judgeHeaders(bed: ComplianceBed): void {
  for (const size of [0, 1, 15, 0xffffffff, 0x80000000, (1 << 20) + 33]) {
    it(`a message that says it has ${size} bytes is refused and ends the connection`, async test => {
      const dialogue = await startDialogue(test, bed);
      const id = await dialogue.post(wire.VFIO_USER_REGION_READ, READ, { size });
      await dialogue.endsFor({ id, command: wire.VFIO_USER_REGION_READ, errno: EINVAL });
    });

    it(`a message that says it has ${size} bytes and wants no reply ends the connection without one`, async test => {
      const dialogue = await startDialogue(test, bed, { isNegotiated: false });
      await dialogue.post(wire.VFIO_USER_REGION_READ, READ, { size, flags: wire.VFIO_USER_F_NO_REPLY });
      await dialogue.ended();
    });
  }

  it('a message of max_data_xfer_size and what is around it is taken', async test => {
    const dialogue = await startDialogue(test, bed);
    const place = { region: 0, offset: 0, count: 1 << 20 };
    await dialogue.refuse(EINVAL, wire.VFIO_USER_REGION_WRITE, encodeRegionAccess(place, new Uint8Array(1 << 20)));
  });

  it('a message of impossible size is refused after those before it were answered', async test => {
    const dialogue = await startDialogue(test, bed);
    const command = wire.VFIO_USER_REGION_READ;
    const good = encodeMessage(command, READ, { id: 6 });
    const bad = encodeMessage(command, READ, { id: 7, size: 15 });
    await dialogue.peer.send(Uint8Array.of(...good, ...bad, ...good));
    const { id, errno } = await dialogue.next();
    assert.deepEqual([id, errno], [6, 0]);
    await dialogue.endsFor({ id: 7, command, errno: EINVAL });
  });

  it('a reply to nothing is refused and ends the connection, its handles closed', async test => {
    const dialogue = await startDialogue(test, bed);
    const event = bed.createEvent();
    const command = wire.VFIO_USER_DMA_READ;
    const sending = { flags: wire.VFIO_USER_F_TYPE_REPLY, handles: [event.handle] };
    const id = await dialogue.post(command, new Uint8Array(16), sending);
    await dialogue.endsFor({ id, command, errno: EPROTO });
    event.handle.close();
  });

  it('half a message is waited for', async test => {
    const dialogue = await startDialogue(test, bed);
    const bytes = encodeMessage(wire.VFIO_USER_REGION_READ, READ, { id: 77 });
    for (const [from, to] of [
      [0, 3],
      [3, 16],
      [16, 31],
      [31, 32],
    ])
      await dialogue.peer.send(bytes.subarray(from, to));
    const { id, errno } = await dialogue.next();
    assert.deepEqual([id, errno], [77, 0]);
  });

  it('half a message at the end of a connection is dropped, with its handle', async test => {
    const dialogue = await startDialogue(test, bed);
    const event = bed.createEvent();
    const bytes = encodeMessage(wire.VFIO_USER_DEVICE_SET_IRQS, new Uint8Array(20));
    await dialogue.peer.send(bytes.subarray(0, 20), [event.handle]);
    event.handle.close();
    await dialogue.peer.close();
  });

  it('several messages at once are answered in order, whatever their ids', async test => {
    const dialogue = await startDialogue(test, bed);
    const ids = [5, 5, 0, 65535, 5];
    const bytes = ids.map(id => encodeMessage(wire.VFIO_USER_REGION_READ, READ, { id }));
    await dialogue.peer.send(Uint8Array.from(bytes.flatMap(message => [...message])));
    for (const id of ids) assert.equal((await dialogue.next()).id, id);
  });

  it('unknown, obsolete and the server’s own commands are refused', async test => {
    const dialogue = await startDialogue(test, bed);
    const commands = [0, wire.VFIO_USER_DMA_READ, wire.VFIO_USER_DMA_WRITE, wire.VFIO_USER_DIRTY_PAGES, 19, 255, 65535];
    for (const command of commands) await dialogue.refuse(EOPNOTSUPP, command, new Uint8Array(32));
  });

  it('flags that a command does not have are refused', async test => {
    const dialogue = await startDialogue(test, bed);
    for (const flags of [wire.VFIO_USER_F_ERROR, 0x40, 0x80000000]) {
      await dialogue.refuse(EINVAL, wire.VFIO_USER_REGION_READ, READ, { flags });
      await dialogue.refuse(EINVAL, wire.VFIO_USER_DEVICE_RESET, undefined, { flags });
    }
    assert.deepEqual(dialogue.device.events, []);
  });

  for (const type of [2, 15]) {
    it(`a message of type ${type} is refused and ends the connection, its handles closed`, async test => {
      const dialogue = await startDialogue(test, bed);
      const event = bed.createEvent();
      const id = await dialogue.post(wire.VFIO_USER_DEVICE_RESET, undefined, { flags: type, handles: [event.handle] });
      await dialogue.endsFor({ id, command: wire.VFIO_USER_DEVICE_RESET, errno: EINVAL });
      event.handle.close();
    });
  }

  it('No_reply is honoured, and refused in silence where only the reply is of use', async test => {
    const dialogue = await startDialogue(test, bed);
    const flags = wire.VFIO_USER_F_NO_REPLY;
    const useless = [1, 4, 5, 6, 7, 9, 16, 17];
    for (const command of useless) await dialogue.post(command, new Uint8Array(32), { flags });
    await dialogue.post(wire.VFIO_USER_DEVICE_RESET, undefined, { flags });
    await dialogue.post(99, undefined, { flags });
    await dialogue.alive();
    assert.deepEqual(dialogue.device.events, ['reset']);
  });

  it('handles that no command takes are closed, and the command is refused', async test => {
    const dialogue = await startDialogue(test, bed);
    const events = [bed.createEvent(), bed.createEvent()];
    const handles = events.map(event => event.handle);
    for (const command of [3, 4, 5, 6, 7, 9, 10, 13, 15, 16, 17, 18]) {
      await dialogue.refuse(EINVAL, command, command === 9 ? READ : new Uint8Array(32), { handles });
    }
    await dialogue.refuse(EOPNOTSUPP, 99, undefined, { handles });
    assert.deepEqual(dialogue.device.events, []);
    for (const handle of handles) handle.close();
  });
}

/** What a client insists on in the answer to its proposal, by client. */
function judgeClients(bed: ComplianceBed): void {
  it('QEMU: capabilities are within max_msg_fds 16, max_data_xfer_size 64 MiB, max_dma_maps 65535, pages of 4 KiB', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false });
    const { capabilities } = decodeVersion((await dialogue.negotiate({ ...QEMU_CAPABILITIES, max_data_xfer_size: 1 << 30 })).payload);
    assert.ok(capabilities);
    const { max_msg_fds = 0, max_data_xfer_size = 0, max_dma_maps = 0, pgsizes = 0, migration } = capabilities;
    assert.ok(max_msg_fds <= 16 && max_data_xfer_size <= 64 << 20 && max_dma_maps <= 65535);
    assert.deepEqual([pgsizes % 4096, (migration?.pgsize ?? 0) % 4096], [0, 0]);
  });

  it('QEMU: the answer to its proposal has no key that it did not propose, version 0.0, and no more bytes', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false });
    const { payload } = await dialogue.negotiate();
    const { major, minor, capabilities } = decodeVersion(payload);
    const request = `${JSON.stringify({ capabilities: QEMU_CAPABILITIES })}\0`.length + 4;
    assert.deepEqual([major, minor, payload.length <= request], [0, 0, true]);
    for (const key of Object.keys(capabilities ?? {})) assert.ok(Object.hasOwn(QEMU_CAPABILITIES, key), key);
    const top: unknown = JSON.parse(new TextDecoder().decode(payload.subarray(4, -1)));
    assert.deepEqual(Object.keys(top as object), ['capabilities']);
  });

  it('Cloud Hypervisor: 16 handles in one message are taken though it proposes one', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false });
    const { capabilities } = decodeVersion((await dialogue.negotiate({ max_msg_fds: 1, max_data_xfer_size: 1 << 20 })).payload);
    assert.equal(capabilities?.max_msg_fds, 16);
  });

  it('libvfio-user clients: an access of 1 MiB is one message', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false });
    const { capabilities } = decodeVersion((await dialogue.negotiate({ max_data_xfer_size: 1 << 20 })).payload);
    assert.equal(capabilities?.max_data_xfer_size, 1 << 20);
  });

  it('the server refuses to be made with limits that QEMU would refuse', async () => {
    const wrong = [
      { maxMsgFds: 17 },
      { maxMsgFds: 0 },
      { maxDataXferSize: (64 << 20) + 4096 },
      { maxDataXferSize: 5000 },
      { maxDmaMaps: 65536 },
    ];
    for (const options of wrong) {
      const before = bed.held();
      await assert.rejects(startDialogueWith(bed, options), RangeError);
      assert.ok(bed.held() >= before);
    }
  });
}

async function startDialogueWith(bed: ComplianceBed, options: object): Promise<void> {
  await bed.connect({ regions: [], irqs: [], readRegion() {}, writeRegion() {}, setIrqs() {}, reset() {} }, options);
}

export function judgeFraming(bed: ComplianceBed): void {
  judgeHeaders(bed);
  judgeClients(bed);
}
