/** Messages are taken one by one from a stream, whatever its reads bring, and a wait for one has an end. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createMemfd, createSocketPair } from '../../src/linux/ffi/index.ts';
import { EventLoopWaiter } from '../../src/linux/unix-transport/index.ts';
import { DeadlineError, until, within } from '../fixtures/deadline.ts';
import { createMessage, Peer } from './echo-endpoint.ts';
import { FramedPeer } from './framed-peer.ts';

describe('FramedPeer', () => {
  let sender: Peer;
  let receiver: Peer;
  let waiter: EventLoopWaiter;
  let messages: FramedPeer;
  beforeEach(() => {
    const [near, far] = createSocketPair();
    [sender, receiver] = [new Peer(near), new Peer(far)];
    waiter = new EventLoopWaiter();
    messages = new FramedPeer(receiver, waiter);
  });
  afterEach(() => {
    messages.close();
    sender[Symbol.dispose]();
    receiver[Symbol.dispose]();
    waiter.close();
  });

  test('FramedPeer.receive gives two messages that one read brings, each with its descriptors', async () => {
    using file = createMemfd('file', 16);
    sender.send(Buffer.concat([createMessage(1, 20), createMessage(2, 30)]));
    sender.send(createMessage(3), [file]);
    const received: number[][] = [];
    for (let i = 0; i < 3; i++) {
      const message = await messages.receive();
      assert.ok(message);
      received.push([message.bytes[0], message.bytes.length, message.descriptors.length]);
      for (const descriptor of message.descriptors) descriptor.close();
    }
    assert.deepEqual(received, [
      [1, 20, 0],
      [2, 30, 0],
      [3, 16, 1],
    ]);
  });

  test('FramedPeer.receive waits for the rest of a message, and gives null at the end', async () => {
    const bytes = createMessage(7, 100);
    sender.send(bytes.subarray(0, 50));
    setTimeout(() => {
      sender.send(bytes.subarray(50));
      sender.close();
    }, 20);
    assert.deepEqual((await messages.receive())?.bytes, bytes);
    assert.equal(await messages.receive(), null);
  });
});

test('within and until name what they waited for in vain', async () => {
  const never = new Promise(() => undefined);
  await assert.rejects(within(0.05, 'it comes', never), new DeadlineError('it comes', 0.05));
  await assert.rejects(
    until('it is true', () => false, 0.05),
    { message: 'waited 0.05 s in vain until it is true' },
  );
  assert.equal(await within(5, 'it comes', Promise.resolve(3)), 3);
});
