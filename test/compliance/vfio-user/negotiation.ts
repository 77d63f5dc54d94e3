/** VERSION: what is answered to whom, and what is refused. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as wire from '../../../src/pure/vfio-user/message.ts';
import { decodeVersion, encodeVersion, vfio_user_version } from '../../../src/pure/vfio-user/messages/version.ts';
import type { ComplianceBed } from './bed.ts';
import { QEMU_CAPABILITIES, startDialogue } from './dialogue.ts';

const EINVAL = 22;
const { VFIO_USER_VERSION } = wire;

const text = (json: string): Uint8Array => vfio_user_version.encode({ major: 0, minor: 0, data: new TextEncoder().encode(json) });
const capabilities = (json: string): Uint8Array => text(`{"capabilities":${json}}\0`);

/** Version data that is refused, with the reason in its name. */
const INVALID: Record<string, Uint8Array> = {
  'no version at all': new Uint8Array(3),
  'text without NUL': text('{}'),
  'a NUL inside the text': text('{"capabilities"\0:{}}\0'),
  'two NULs': text('{}\0\0'),
  'only a NUL': text('\0'),
  'no JSON': text('{"capabilities":\0'),
  'an array': text('[]\0'),
  null: text('null\0'),
  'bytes that are no UTF-8': vfio_user_version.encode({ data: Uint8Array.of(0x22, 0xff, 0x22, 0) }),
  'capabilities that are a number': capabilities('1'),
  'capabilities that are an array': capabilities('[]'),
  'max_msg_fds as text': capabilities('{"max_msg_fds":"16"}'),
  'max_msg_fds below 0': capabilities('{"max_msg_fds":-1}'),
  'max_msg_fds with a fraction': capabilities('{"max_msg_fds":1.5}'),
  'max_data_xfer_size 0': capabilities('{"max_data_xfer_size":0}'),
  'max_data_xfer_size above 2^53': capabilities('{"max_data_xfer_size":1e300}'),
  'max_dma_maps 0': capabilities('{"max_dma_maps":0}'),
  'pgsizes as an object': capabilities('{"pgsizes":{}}'),
  'migration as a number': capabilities('{"migration":4096}'),
  'migration.pgsize as text': capabilities('{"migration":{"pgsize":"4096"}}'),
  'twin_socket as true': capabilities('{"twin_socket":true}'),
  'write_multiple as 1': capabilities('{"write_multiple":1}'),
  'text of 4097 bytes': text(`{${' '.repeat(4094)}}\0`),
  'brackets to the limit': text(`${'['.repeat(4095)}\0`),
};

/** Proposal → capabilities of the answer of a server that can migrate. */
const ANSWERS: [string, object, object][] = [
  ['QEMU', QEMU_CAPABILITIES, { ...QEMU_CAPABILITIES, migration: { pgsize: 4096 } }],
  // One digit more than was proposed has no room: what goes is a default, which rust-vmm fills in as well.
  [
    'rust-vmm',
    { max_msg_fds: 1, max_data_xfer_size: 1 << 20, migration: { pgsize: 4096 } },
    { max_msg_fds: 16, migration: { pgsize: 4096 } },
  ],
  ['a client of nothing', {}, {}],
  ['smaller transfers', { max_data_xfer_size: 4096 }, { max_data_xfer_size: 4096 }],
  ['larger transfers', { max_data_xfer_size: 64 << 20 }, { max_data_xfer_size: 1 << 20 }],
  ['fewer maps', { max_dma_maps: 4 }, { max_dma_maps: 4 }],
  ['no write_multiple', { write_multiple: false }, {}],
  ['twin sockets', { twin_socket: { supported: true }, pgsizes: 65536 }, { pgsizes: 4096 }],
  ['unknown keys', { colour: 'red', __proto__: { max_msg_fds: 3 } }, {}],
];

export function judgeNegotiation(bed: ComplianceBed): void {
  it('VERSION of another major version is refused and ends the connection', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false });
    const id = await dialogue.post(VFIO_USER_VERSION, encodeVersion({ major: 1, minor: 0, capabilities: {} }));
    await dialogue.endsFor({ id, command: VFIO_USER_VERSION, errno: EINVAL });
  });

  for (const [name, proposed, expected] of ANSWERS) {
    it(`VERSION of ${name} is answered with nothing that was not proposed`, async test => {
      // Whatever pages this machine has.
      const dialogue = await startDialogue(test, bed, { isNegotiated: false, pageSize: 4096 });
      const payload = text(`${JSON.stringify({ capabilities: proposed })}\0`);
      const answer = decodeVersion((await dialogue.succeed(VFIO_USER_VERSION, payload)).payload);
      assert.deepEqual(answer, { major: 0, minor: 0, capabilities: expected });
      assert.notEqual(dialogue.device.session, null);
    });
  }

  it('VERSION is answered with the pages of the server, whatever the client has', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false, pageSize: 65536 });
    const proposal = encodeVersion({ major: 0, minor: 0, capabilities: { pgsizes: 16384 } });
    const answer = decodeVersion((await dialogue.succeed(VFIO_USER_VERSION, proposal)).payload);
    assert.deepEqual(answer.capabilities, { pgsizes: 65536 });
  });

  it('VERSION is never answered with more bytes than were proposed', async test => {
    const proposals = [
      { max_msg_fds: 1 },
      { max_msg_fds: 1, max_data_xfer_size: 1 << 20, migration: {} },
      { migration: {}, pgsizes: 1, max_dma_maps: 9, write_multiple: true, max_data_xfer_size: 1 << 20 },
    ];
    for (const proposed of proposals) {
      const dialogue = await startDialogue(test, bed, { isNegotiated: false });
      const payload = encodeVersion({ major: 0, minor: 0, capabilities: proposed });
      const answer = await dialogue.succeed(VFIO_USER_VERSION, payload);
      assert.ok(answer.payload.length <= payload.length, `${answer.payload.length} bytes for ${payload.length}`);
      decodeVersion(answer.payload);
    }
  });

  it('VERSION without data is answered without data', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false });
    assert.equal((await dialogue.succeed(VFIO_USER_VERSION, new Uint8Array(4))).payload.length, 4);
  });

  for (const [proposed, minor] of [
    [0, 0],
    [1, 1],
    [2, 2],
    [65535, 2],
  ]) {
    it(`VERSION 0.${proposed} is answered with 0.${minor}`, async test => {
      const dialogue = await startDialogue(test, bed, { isNegotiated: false });
      const payload = encodeVersion({ major: 0, minor: proposed, capabilities: {} });
      assert.equal(decodeVersion((await dialogue.succeed(VFIO_USER_VERSION, payload)).payload).minor, minor);
    });
  }

  it('VERSION does not speak of migration for a device that cannot migrate', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false, canMigrate: false });
    const answer = decodeVersion((await dialogue.negotiate()).payload);
    assert.deepEqual(answer.capabilities, withoutMigration());
  });

  it('VERSION is refused for version data that is wrong, and may be sent again', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false });
    for (const [name, payload] of Object.entries(INVALID)) {
      const answer = await dialogue.ask(VFIO_USER_VERSION, payload);
      assert.equal(answer.errno, EINVAL, name);
      assert.equal(dialogue.device.session, null, name);
    }
    await dialogue.negotiate();
  });

  it('VERSION is refused with a handle', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false });
    const file = bed.createFile(4096);
    await dialogue.refuse(EINVAL, VFIO_USER_VERSION, new Uint8Array(4), { handles: [file.handle] });
    file.handle.close();
  });

  it('VERSION is refused a second time, and the first one holds', async test => {
    const dialogue = await startDialogue(test, bed);
    await dialogue.refuse(EINVAL, VFIO_USER_VERSION, new Uint8Array(4));
    await dialogue.succeed(wire.VFIO_USER_DEVICE_RESET);
  });

  it('VERSION is refused where the device does not want the client', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false });
    dialogue.device.failure = new Error('not now');
    assert.equal((await dialogue.ask(VFIO_USER_VERSION, new Uint8Array(4))).errno, 5);
    await dialogue.refuse(EINVAL, wire.VFIO_USER_DEVICE_RESET);
    await dialogue.negotiate();
  });

  it('commands are refused before VERSION', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false });
    for (let command = 2; command <= 18; command++) {
      const { errno } = await dialogue.ask(command, new Uint8Array(64));
      const isUnknown = [wire.VFIO_USER_DMA_READ, wire.VFIO_USER_DMA_WRITE, wire.VFIO_USER_DIRTY_PAGES].includes(command);
      assert.equal(errno, isUnknown ? 95 : EINVAL, wire.commandName(command));
    }
    assert.deepEqual(dialogue.device.events, []);
  });
}

function withoutMigration(): object {
  const { migration: _, ...rest } = QEMU_CAPABILITIES;
  return rest;
}
