/** Messages with descriptors over real sockets; no descriptor is left behind. */
import assert from 'node:assert/strict';
import { fstatSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import {
  createMemfd,
  createSocketPair,
  type Descriptor,
  EventFd,
  MessageBlock,
  type MessagePart,
  receiveMessage,
  SyscallError,
  sendMessage,
} from './index.ts';

const text = (block: MessageBlock, length: number): string => Buffer.from(block.data.subarray(0, length)).toString();

function put(block: MessageBlock, words: string): { length: number } {
  block.data.set(Buffer.from(words));
  return { length: words.length };
}

function closeAll(descriptors: readonly Descriptor[]): void {
  for (const descriptor of descriptors) descriptor.close();
}

describe('messages', () => {
  let before = 0;
  let block: MessageBlock;
  let near: Descriptor;
  let far: Descriptor;
  beforeEach(() => {
    before = openCount();
    block = new MessageBlock(4096, 4);
    [near, far] = createSocketPair();
  });
  afterEach(() => {
    block[Symbol.dispose]();
    near.close();
    far.close();
    assert.equal(openCount(), before, 'as many descriptors are open as before the test');
  });

  test('receiveMessage gives what sendMessage took, null while there is nothing, 0 at the end', () => {
    assert.equal(receiveMessage(far, block), null);
    assert.equal(sendMessage(near, block, put(block, 'hello')), 5);
    block.data.fill(0);
    assert.deepEqual(receiveMessage(far, block), { length: 5, descriptors: [], descriptorsLost: false });
    assert.equal(text(block, 5), 'hello');
    near.close();
    assert.deepEqual(receiveMessage(far, block), { length: 0, descriptors: [], descriptorsLost: false });
  });

  test('receiveMessage and sendMessage work on a part of the data', () => {
    put(block, '0123456789');
    assert.equal(sendMessage(near, block, { at: 3, length: 4 }), 4);
    block.data.fill(0x2e);
    assert.equal(receiveMessage(far, block, { at: 1, length: 3 })?.length, 3);
    assert.equal(text(block, 5), '.345.');
    assert.equal(receiveMessage(far, block, { at: 4 })?.length, 1);
    assert.equal(text(block, 6), '.3456.');
    for (const part of [{ at: -1 }, { at: 4096 }, { length: 0 }, { at: 1, length: 4096 }]) {
      assert.throws(() => receiveMessage(far, block, part), RangeError);
      assert.throws(() => sendMessage(near, block, part), RangeError);
    }
  });

  test('sendMessage passes descriptors that mean the same file and close on exec', () => {
    using memory = createMemfd('memory', 4321);
    using events = new EventFd();
    sendMessage(near, block, put(block, 'x'), [memory, events.descriptor]);
    const message = receiveMessage(far, block);
    const [first, second] = message?.descriptors ?? [];
    assert.ok(first && second);
    assert.notEqual(first.number, memory.number);
    assert.equal(fstatSync(first.number).ino, fstatSync(memory.number).ino);
    assert.equal(fstatSync(first.number).size, 4321);
    assert.match(readFileSync(`/proc/self/fdinfo/${second.number}`, 'utf8'), /^flags:\s+02[0-7]{6}$/m);
    assert.equal(first.target, 'descriptor from socket pair, second end');
    closeAll(message?.descriptors ?? []);
  });

  test('receiveMessage brings as many descriptors as there is room for, an odd number too', () => {
    using events = new EventFd();
    for (const room of [0, 1, 2, 3, 4]) {
      using small = new MessageBlock(8, room);
      sendMessage(near, block, { length: 1 }, Array(4).fill(events.descriptor));
      const message = receiveMessage(far, small);
      assert.equal(message?.descriptors.length, room);
      assert.equal(message?.descriptorsLost, room < 4, `room for ${room}`);
      closeAll(message?.descriptors ?? []);
    }
  });

  test('receiveMessage never joins descriptors of two messages, but plain bytes to the message that follows', () => {
    using events = new EventFd();
    const receiveAll = (part: MessagePart): (readonly [number, number])[] => {
      sendMessage(near, block, { length: 2 });
      sendMessage(near, block, { length: 3 }, [events.descriptor]);
      sendMessage(near, block, { length: 4 }, [events.descriptor]);
      const seen: (readonly [number, number])[] = [];
      for (let message = receiveMessage(far, block, part); message; message = receiveMessage(far, block, part)) {
        seen.push([message.length, message.descriptors.length]);
        closeAll(message.descriptors);
      }
      return seen;
    };
    // biome-ignore format: pairs of length and descriptors
    assert.deepEqual(receiveAll({}), [[5, 1], [4, 1]]);
    // biome-ignore format: as above
    assert.deepEqual(receiveAll({ length: 2 }), [[2, 0], [2, 1], [2, 1], [2, 0], [1, 0]]);
  });

  test('sendMessage takes what there is room for, then nothing, and no descriptors then', () => {
    using events = new EventFd();
    let total = 0;
    for (let sent = 1; sent > 0; total += sent) sent = sendMessage(near, block, {}, total === 0 ? [events.descriptor] : []);
    assert.ok(total >= 4096);
    assert.equal(sendMessage(near, block, {}, [events.descriptor]), 0);
    let received = 0;
    let descriptors = 0;
    for (let message = receiveMessage(far, block); message; message = receiveMessage(far, block)) {
      received += message.length;
      descriptors += message.descriptors.length;
      closeAll(message.descriptors);
    }
    assert.deepEqual([received, descriptors], [total, 1]);
  });

  test('sendMessage to a peer that is gone throws EPIPE and raises no signal', () => {
    far.close();
    const message = 'Cannot send to socket pair, first end: EPIPE, the peer has closed its end';
    assert.throws(() => sendMessage(near, block), { name: 'SyscallError', call: 'sendmsg', code: 'EPIPE', message });
  });

  test('sendMessage refuses more descriptors than there is room for and closed ones', () => {
    const events = new EventFd();
    assert.throws(() => sendMessage(near, block, {}, Array(5).fill(events.descriptor)), RangeError);
    events.close();
    assert.throws(() => sendMessage(near, block, {}, [events.descriptor]), TypeError);
    assert.equal(receiveMessage(far, block), null);
  });

  test('receiveMessage throws SyscallError on what is no socket', () => {
    using events = new EventFd('the eventfd');
    assert.throws(
      () => receiveMessage(events.descriptor, block),
      (error: unknown) => error instanceof SyscallError && error.code === 'ENOTSOCK' && error.target === 'the eventfd',
    );
  });

  test('MessageBlock refuses sizes that the kernel would', () => {
    for (const size of [0, -1, 0.5]) assert.throws(() => new MessageBlock(size, 0), RangeError);
    for (const room of [-1, 254, 0.5]) assert.throws(() => new MessageBlock(8, room), RangeError);
    new MessageBlock(8, 253)[Symbol.dispose]();
  });

  test('MessageBlock cannot be used once its memory is unmapped', () => {
    const gone = new MessageBlock(8, 1);
    gone[Symbol.dispose]();
    const uses = [
      () => gone.data,
      () => gone.address,
      () => gone.flags,
      () => gone.hasControl,
      () => gone.receivedNumbers(),
      () => gone.prepareReceive(0, 8),
      () => gone.prepareSend(0, 8, []),
    ];
    for (const use of uses) assert.throws(use, new TypeError('Cannot use a message: its memory is unmapped'));
    gone[Symbol.dispose]();
  });

  test('createSocketPair keeps message boundaries of seqpacket sockets', () => {
    const [one, two] = createSocketPair('seqpacket');
    sendMessage(one, block, { length: 7 });
    sendMessage(one, block, { length: 9 });
    const lengths = [receiveMessage(two, block)?.length, receiveMessage(two, block)?.length];
    one.close();
    two.close();
    assert.deepEqual(lengths, [7, 9]);
  });
});
