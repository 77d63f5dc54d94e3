/** A raw peer's side of a conversation: messages made by hand, replies taken apart. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Handle, VfioUserServerOptions } from '../../../src/pure/vfio-user/index.ts';
import * as wire from '../../../src/pure/vfio-user/message.ts';
import { encodeVersion } from '../../../src/pure/vfio-user/messages/version.ts';
import { PATIENCE, within } from '../../fixtures/deadline.ts';
import type { ComplianceBed, RawPeer } from './bed.ts';
import { ComplianceDevice } from './device.ts';

export interface Sending {
  readonly handles?: readonly Handle[];
  readonly flags?: number;
  readonly id?: number;
  /** Instead of the message's own. */
  readonly size?: number;
}

export interface Answer {
  readonly id: number;
  readonly command: number;
  readonly flags: number;
  /** 0 for a success. */
  readonly errno: number;
  readonly payload: Uint8Array;
  readonly handles: readonly Handle[];
}

const NOTHING = new Uint8Array(0);

/** The bytes of one message. */
export function encodeMessage(command: number, payload: Uint8Array = NOTHING, { id = 1, flags = 0, size }: Sending = {}): Uint8Array {
  const bytes = new Uint8Array(wire.HEADER_SIZE + payload.length);
  wire.vfio_user_header.write({ msg_id: id, cmd: command, msg_size: size ?? bytes.length, flags }, bytes);
  bytes.set(payload, wire.HEADER_SIZE);
  return bytes;
}

/** Everything that QEMU 11.1 proposes. */
export const QEMU_CAPABILITIES = {
  migration: { pgsize: 4096, max_bitmap_size: 256 << 20 },
  max_msg_fds: 16,
  max_data_xfer_size: 1 << 20,
  pgsizes: 4096,
  max_dma_maps: 65535,
  write_multiple: true,
};

export class Dialogue {
  readonly peer: RawPeer;
  readonly device: ComplianceDevice;
  readonly bed: ComplianceBed;
  #id = 0;

  constructor(peer: RawPeer, device: ComplianceDevice, bed: ComplianceBed) {
    this.peer = peer;
    this.device = device;
    this.bed = bed;
  }

  async post(command: number, payload?: Uint8Array, sending: Sending = {}): Promise<number> {
    const id = sending.id ?? ++this.#id & 0xffff;
    await this.peer.send(encodeMessage(command, payload, { ...sending, id }), sending.handles);
    return id;
  }

  /** The next message, which must be there. */
  async next(): Promise<Answer> {
    const message = await within(PATIENCE, 'the server answers', this.peer.receive());
    assert.ok(message, 'the connection ended');
    const { msg_id, cmd, msg_size, flags, error_no } = wire.vfio_user_header.decode(message.bytes);
    assert.equal(msg_size, message.bytes.length);
    const isError = (flags & wire.VFIO_USER_F_ERROR) !== 0;
    if (isError) assert.equal(msg_size, wire.HEADER_SIZE, 'an error reply is a header and nothing else');
    assert.equal(error_no !== 0, isError);
    const payload = message.bytes.subarray(wire.HEADER_SIZE);
    return { id: msg_id, command: cmd, flags, errno: error_no, payload, handles: message.handles };
  }

  /** A command and its reply, which must name it. */
  async ask(command: number, payload?: Uint8Array, sending: Sending = {}): Promise<Answer> {
    const id = await this.post(command, payload, sending);
    const answer = await this.next();
    assert.deepEqual([answer.id, answer.command, answer.flags & 0xf], [id, command, wire.VFIO_USER_F_TYPE_REPLY]);
    return answer;
  }

  /** As `ask`, for a command that must succeed. */
  async succeed(command: number, payload?: Uint8Array, sending: Sending = {}): Promise<Answer> {
    const answer = await this.ask(command, payload, sending);
    assert.equal(answer.errno, 0, `${wire.commandName(command)} was refused`);
    return answer;
  }

  /** As `ask`, for a command that must be refused with `errno`; the connection lives. */
  async refuse(errno: number, command: number, payload?: Uint8Array, sending: Sending = {}): Promise<void> {
    const answer = await this.ask(command, payload, sending);
    assert.equal(answer.errno, errno, `${wire.commandName(command)} ${Array.from(payload ?? []).join(' ')}`);
    assert.equal(answer.handles.length, 0);
    await this.alive();
  }

  /** The server answers: nothing before is outstanding. */
  async alive(): Promise<void> {
    const answer = await this.ask(99);
    assert.equal(answer.errno, 95);
  }

  async ended(): Promise<void> {
    assert.equal(await within(PATIENCE, 'the server ends the connection', this.peer.receive()), null);
  }

  /** The server says which message it is that ends the connection, and ends it. */
  async endsFor(message: { readonly id: number; readonly command: number; readonly errno: number }): Promise<void> {
    const { id, command, errno, flags, handles } = await this.next();
    assert.deepEqual({ id, command, errno, handles }, { ...message, handles: [] });
    assert.equal(flags, wire.VFIO_USER_F_TYPE_REPLY | wire.VFIO_USER_F_ERROR);
    await this.ended();
  }

  async negotiate(capabilities: object = QEMU_CAPABILITIES, minor = 0): Promise<Answer> {
    return this.succeed(wire.VFIO_USER_VERSION, encodeVersion({ major: 0, minor, capabilities }));
  }
}

export interface DialogueOptions extends VfioUserServerOptions {
  readonly canMigrate?: boolean;
  /** Default true. */
  readonly isNegotiated?: boolean;
}

/** Handles that a test found when its first dialogue began, and its dialogues that are still there. */
const running = new WeakMap<TestContext, { readonly before: number; dialogues: number }>();

/** A dialogue with a device of its own. At the test's end nothing that was open meanwhile may still be. */
export async function startDialogue(test: TestContext, bed: ComplianceBed, options: DialogueOptions = {}): Promise<Dialogue> {
  const state = running.get(test) ?? { before: bed.held(), dialogues: 0 };
  running.set(test, state);
  state.dialogues++;
  const device = new ComplianceDevice(bed, options);
  const peer = await bed.connect(device, options);
  test.after(async () => {
    await peer.close();
    device.close();
    state.dialogues--;
    assert.equal(device.session, null, 'the device still has a session');
    if (state.dialogues === 0) assert.equal(bed.held(), state.before, 'handles or mappings are left');
  });
  const dialogue = new Dialogue(peer, device, bed);
  if (options.isNegotiated ?? true) await dialogue.negotiate();
  return dialogue;
}
