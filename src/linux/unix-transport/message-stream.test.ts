/** The kernel's rules for descriptors in a stream, and framing under every way to split it. */
import assert from 'node:assert/strict';
import { fstatSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import { createMessage, LIMIT, Peer } from '../../../test/transport/echo-endpoint.ts';
import { MSG_ID } from '../../pure/vfio-user/message.ts';
import { ProtocolError } from '../../pure/vfio-user/protocol-error.ts';
import { createMemfd, createSocketPair, type Descriptor } from '../ffi/index.ts';
import { MessageStream } from './message-stream.ts';

type Found = readonly [id: number, length: number, inodes: readonly number[]];

describe('MessageStream', () => {
  let before = 0;
  let peer: Peer;
  let socket: Descriptor;
  let stream: MessageStream;
  let files: Descriptor[];
  let inodes: number[];
  beforeEach(() => {
    before = openCount();
    const [near, far] = createSocketPair();
    peer = new Peer(far);
    socket = near;
    stream = new MessageStream(near, LIMIT);
    files = Array.from({ length: 4 }, (_, i) => createMemfd(`file ${i}`, 16));
    inodes = files.map(({ number }) => fstatSync(number).ino);
  });
  afterEach(() => {
    stream.close();
    socket.close();
    peer[Symbol.dispose]();
    for (const file of files) file.close();
    assert.equal(openCount(), before, 'as many descriptors are open as before the test');
  });

  const inodesOf = (descriptors: readonly Descriptor[]): number[] => {
    const found = descriptors.map(({ number }) => fstatSync(number).ino);
    for (const descriptor of descriptors) descriptor.close();
    return found;
  };
  /** Takes the messages that are complete. */
  const take = (): Found[] => {
    const found: Found[] = [];
    while (stream.next()) {
      const { at, length, input } = stream;
      const id = input.view.getUint16(at + MSG_ID, true);
      for (let i = at + 16; i < at + length; i++) if (input.bytes[i] !== (id & 0xff)) assert.fail(`byte ${i - at} of message ${id}`);
      found.push([id, length, inodesOf(stream.takeDescriptors())]);
    }
    return found;
  };
  const takeAll = (): Found[] => {
    const found = take();
    while (stream.receive() > 0) found.push(...take());
    return found;
  };

  test('MessageStream gives coalesced messages the descriptors that each came with', () => {
    peer.send(createMessage(1, 20), files.slice(0, 1));
    peer.send(createMessage(2, 30));
    peer.send(createMessage(3, 40), files.slice(1, 3));
    peer.send(createMessage(4, 50));
    peer.send(createMessage(5, 60), files.slice(3));
    const [a, b, c, d] = inodes;
    assert.deepEqual(takeAll(), [
      [1, 20, [a]],
      [2, 30, []],
      [3, 40, [b, c]],
      [4, 50, []],
      [5, 60, [d]],
    ]);
  });

  test('MessageStream receives plain messages and the one with descriptors after them at once', () => {
    for (const id of [1, 2]) peer.send(createMessage(id, 32));
    peer.send(createMessage(3, 32), files.slice(0, 1));
    assert.equal(stream.receive(), 96, 'the case that the rule is for');
    assert.deepEqual(take(), [
      [1, 32, []],
      [2, 32, []],
      [3, 32, inodes.slice(0, 1)],
    ]);
  });

  test('MessageStream gives the last message that begins the descriptors, also where it is not complete yet', () => {
    const last = createMessage(2, 100);
    peer.send(createMessage(1, 32).subarray(0, 20));
    assert.equal(stream.receive(), 20);
    peer.send(createMessage(1, 32).subarray(20));
    peer.send(last.subarray(0, 7), files.slice(0, 1));
    assert.equal(stream.receive(), 19);
    assert.deepEqual(take(), [[1, 32, []]]);
    // The rest comes together with a message that has its own.
    peer.send(last.subarray(7));
    peer.send(createMessage(3), files.slice(1, 2));
    assert.equal(stream.receive(), 93 + 16);
    assert.deepEqual(take(), [
      [2, 100, inodes.slice(0, 1)],
      [3, 16, inodes.slice(1, 2)],
    ]);
  });

  test('MessageStream keeps descriptors that come with several pieces of one message, in order', () => {
    const message = createMessage(7, 48);
    for (const [i, file] of files.entries()) {
      peer.send(message.subarray(i * 12, i * 12 + 12), [file]);
      assert.equal(stream.receive(), 12);
      if (i < 3) assert.deepEqual(take(), []);
    }
    assert.deepEqual(take(), [[7, 48, inodes]]);
  });

  test('MessageStream puts together the largest message, whose descriptors come with its first piece', () => {
    const found: Found[] = [];
    const message = createMessage(9, LIMIT);
    for (let at = 0; at < LIMIT; ) {
      at += peer.send(message.subarray(at), at === 0 ? files.slice(0, 2) : []);
      while (stream.receive() > 0) found.push(...take());
    }
    peer.send(createMessage(10), files.slice(2, 3));
    found.push(...takeAll());
    assert.deepEqual(found, [
      [9, LIMIT, inodes.slice(0, 2)],
      [10, 16, inodes.slice(2, 3)],
    ]);
  });

  test('MessageStream has room for the largest message wherever it begins', () => {
    const found: Found[] = [];
    const message = createMessage(3, LIMIT);
    for (const id of [1, 2]) peer.send(createMessage(id, 40_000));
    let at = peer.send(message.subarray(0, 1000));
    assert.equal(stream.receive(), 81_000, 'all of it at once');
    found.push(...take());
    while (at < LIMIT) {
      at += peer.send(message.subarray(at));
      while (stream.receive() > 0) found.push(...take());
    }
    assert.deepEqual(found, [
      [1, 40_000, []],
      [2, 40_000, []],
      [3, LIMIT, []],
    ]);
  });

  test('MessageStream refuses sizes that no message has as soon as the header is there', () => {
    for (const size of [0, 15, LIMIT + 1, 0xffff_ffff]) {
      using other = new Peer(createPair());
      other.send(createMessage(1, 16).fill(0).subarray(0, 4));
      const header = createMessage(5);
      new DataView(header.buffer).setUint32(4, size, true);
      other.send(header.subarray(4));
      pairStream.receive();
      assert.throws(() => pairStream.next(), ProtocolError, `size ${size}`);
      pairStream.close();
      pairSocket.close();
    }
  });
  let pairSocket: Descriptor;
  let pairStream: MessageStream;
  const createPair = (): Descriptor => {
    const [near, far] = createSocketPair();
    pairSocket = near;
    pairStream = new MessageStream(near, LIMIT);
    return far;
  };

  test('MessageStream refuses more descriptors than it has room for, and closes those it got', () => {
    peer.send(createMessage(1), Array(65).fill(files[0]));
    assert.throws(() => stream.receive(), { name: 'ProtocolError', command: 2, messageId: 1 });
  });

  test('MessageStream takes 64 descriptors with one message', () => {
    peer.send(createMessage(1), Array(64).fill(files[0]));
    assert.deepEqual(takeAll(), [[1, 16, Array(64).fill(inodes[0])]]);
  });

  test('MessageStream refuses descriptors that come with each byte of a long message', () => {
    const message = createMessage(1, 1000);
    const drip = (): void => {
      for (const byte of message) {
        peer.send(Uint8Array.of(byte), Array(60).fill(files[0]));
        stream.receive();
        stream.next();
      }
    };
    assert.throws(drip, ProtocolError);
    assert.ok(openCount() - before < 350, 'held a bounded number');
  });

  test('MessageStream says what is left over at the end of the stream', () => {
    peer.send(createMessage(1, 32).subarray(0, 20));
    assert.equal(stream.receive(), 20);
    assert.equal(stream.next(), false);
    peer.close();
    assert.equal(stream.receive(), 0);
    assert.equal(stream.isPartial, true);
  });

  test('MessageStream finds what was sent, in whatever pieces and however many are received at once', () => {
    const sent = fc.record({
      length: fc.oneof(fc.integer({ min: 16, max: 64 }), fc.integer({ min: 16, max: 3000 }), fc.integer({ min: 30_000, max: 70_000 })),
      from: fc.integer({ min: 0, max: 3 }),
      to: fc.integer({ min: 0, max: 4 }),
      receives: fc.integer({ min: 0, max: 2 }),
    });
    const check = (messages: readonly { length: number; from: number; to: number; receives: number }[]): void => {
      const found: Found[] = [];
      for (const [id, { length, from, to, receives }] of messages.entries()) {
        const message = createMessage(id, length);
        for (let at = 0; at < length; ) {
          const taken = peer.send(message.subarray(at), at === 0 ? files.slice(from, to) : []);
          at += taken;
          for (let i = 0; i < (taken === 0 ? 3 : receives) && stream.receive() > 0; i++) found.push(...take());
        }
      }
      found.push(...takeAll());
      const wanted = messages.map(({ length, from, to }, id): Found => [id, length, inodes.slice(from, to)]);
      assert.deepEqual(found, wanted);
    };
    fc.assert(fc.property(fc.array(sent, { minLength: 1, maxLength: 30 }), check), { numRuns: 150 });
  });
});
