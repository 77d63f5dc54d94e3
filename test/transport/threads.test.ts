/** Connections in threads of their own: started, spoken to, stopped; nothing is left whatever ends them. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, afterEach, before as beforeAll, beforeEach, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createMemfd, createSocketPair, type Descriptor } from '../../src/linux/ffi/index.ts';
import { type ConnectionEnd, ConnectionThread, EventLoopWaiter, StandbyThread } from '../../src/linux/unix-transport/index.ts';
import { PATIENCE, within } from '../fixtures/deadline.ts';
import { openCount } from '../fixtures/open-descriptors.ts';
import { buildModule } from './build-module.ts';
import { createMessage, Peer, THROW } from './echo-endpoint.ts';
import { FramedPeer } from './framed-peer.ts';
import { settledCount } from './settled.ts';
import type { ThreadData } from './thread-device.ts';

const FAULT_LATER = 210;
const SEND_LATER = 211;

describe('ConnectionThread', () => {
  let module: URL;
  beforeAll(async () => {
    module = await buildModule(new URL('./thread-device.ts', import.meta.url));
  });
  after(() => rmSync(module));
  let before = 0;
  let peer: Peer;
  let messages: FramedPeer;
  let socket: Descriptor;
  let waiter: EventLoopWaiter;
  beforeEach(() => {
    before = openCount();
    const [near, far] = createSocketPair();
    socket = near;
    peer = new Peer(far);
    waiter = new EventLoopWaiter();
    messages = new FramedPeer(peer, waiter);
  });
  afterEach(async () => {
    messages.close();
    peer[Symbol.dispose]();
    waiter.close();
    assert.equal(await settledCount(before), before, 'as many descriptors are open as before the test');
  });

  const start = (spin: number, posted: unknown[] = [], fails = false): ConnectionThread => {
    const data: ThreadData = { greeting: 'hello', fails };
    return new ConnectionThread(module, socket, { data, spin, onMessage: message => posted.push(message) });
  };
  /** The next message from the thread, its descriptors closed; of no bytes at the end. */
  const receive = async (): Promise<{ length: number; id: number; descriptors: number }> => {
    const message = await messages.receive();
    for (const descriptor of message?.descriptors ?? []) descriptor.close();
    return { length: message?.bytes.length ?? 0, id: message?.bytes[0] ?? 0, descriptors: message?.descriptors.length ?? 0 };
  };
  const endOf = (thread: ConnectionThread): Promise<ConnectionEnd> => within(PATIENCE, 'the thread has ended', thread.ended);
  const stop = (thread: ConnectionThread): Promise<ConnectionEnd> => within(PATIENCE, 'the thread stops', thread.stop());
  const countersOf = (thread: ConnectionThread) => within(PATIENCE, 'the thread tells its counters', thread.readCounters());

  for (const spin of [0, 100]) {
    test(`ConnectionThread serves, counts and ends with the peer, polling for ${spin} µs`, async () => {
      const posted: unknown[] = [];
      const thread = start(spin, posted);
      using file = createMemfd('file', 16);
      for (let id = 1; id <= 50; id++) {
        peer.send(createMessage(id, 20 + id), id % 10 === 0 ? [file] : []);
        assert.deepEqual(await receive(), { length: 20 + id, id, descriptors: id % 10 === 0 ? 1 : 0 });
      }
      let counters = await countersOf(thread);
      // It may not have come to wait yet; asking wakes it.
      for (let i = 0; i < 500 && counters.waits === 0; i++) counters = await countersOf(thread);
      assert.deepEqual([counters.messages, counters.descriptorsReceived], [50, 5]);
      assert.ok(counters.waits > 0);
      assert.equal(counters.spins > 0, spin > 0);
      thread.post({ any: 'thing' });
      await countersOf(thread);
      peer.close();
      assert.deepEqual(await endOf(thread), { reason: 'closed', error: null });
      assert.deepEqual(posted, ['hello', { answer: { any: 'thing' } }]);
      assert.equal((await countersOf(thread)).messages, 50);
    });

    test(`ConnectionThread.stop ends a thread that waits, polling for ${spin} µs`, async () => {
      const thread = start(spin);
      peer.send(createMessage(1));
      await receive();
      const ended = stop(thread);
      assert.equal((await receive()).length, 0, 'the peer sees the end');
      assert.equal((await ended).reason, 'stopped');
      assert.equal((await stop(thread)).reason, 'stopped', 'and a second time');
      thread.post('nobody hears');
    });
  }

  test('ConnectionThread.stop ends a thread whose peer never stops asking', async () => {
    const thread = start(100);
    let isOver = false;
    thread.ended.then(() => {
      isOver = true;
    });
    peer.send(createMessage(1));
    await receive();
    const ended = stop(thread);
    let unanswered = 0;
    for (let i = 0; !isOver && i < 1_000_000; i++) {
      try {
        if (peer.send(createMessage(1)) > 0) unanswered++;
        // Its answers are read, so that it never has to wait before it looks at the next question.
        for (; i % 64 === 0 && unanswered > 0; unanswered--) if ((await receive()).length === 0) isOver = true;
      } catch {
        break;
      }
    }
    assert.equal((await ended).reason, 'stopped');
  });

  test('ConnectionThread.stop ends a thread that has only just been started', async () => {
    const thread = start(0);
    assert.equal((await stop(thread)).reason, 'stopped');
  });

  test('ConnectionThread lets timers of its device run while it waits', async () => {
    const thread = start(0);
    peer.send(createMessage(5, 16, SEND_LATER));
    assert.equal((await receive()).id, 5);
    assert.equal((await receive()).id, 77);
    await stop(thread);
  });

  test('ConnectionThread ends with the fault of its device, in a message and in a timer, and closes what it held', async () => {
    using file = createMemfd('file', 16);
    const thread = start(0);
    peer.send(createMessage(5, 16, FAULT_LATER), [file]);
    assert.equal((await receive()).length, 16);
    const { reason, error } = await endOf(thread);
    assert.equal(reason, 'fault');
    assert.match(error?.message ?? '', /a fault in a timer/);
    assert.equal((await receive()).length, 0);
  });

  test('ConnectionThread tells of a fault in a message', async () => {
    const thread = start(0);
    peer.send(createMessage(5, 16, THROW));
    const { reason, error } = await endOf(thread);
    assert.deepEqual([reason, error?.message], ['fault', 'the device has a fault']);
  });

  test('ConnectionThread ends where no endpoint can be made, and closes the socket', async () => {
    const { reason, error } = await endOf(start(0, [], true));
    assert.deepEqual([reason, error?.message], ['fault', 'there is no such device']);
    assert.equal((await receive()).length, 0);
  });

  test('ConnectionThread ends where its module cannot be loaded, and closes the socket', async () => {
    const thread = new ConnectionThread(new URL('./none.ts', import.meta.url), socket, { data: null });
    assert.equal((await endOf(thread)).reason, 'fault');
    assert.equal((await receive()).length, 0);
  });

  test('StandbyThread that nobody needs ends by itself, once it has loaded what it needs', async () => {
    socket.close();
    // A thread that is terminated while it loads native code aborts the process: this one takes its time.
    const words = [
      "import { parentPort } from 'node:worker_threads'",
      'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)',
      "parentPort.postMessage('loaded')",
    ];
    const thread = new StandbyThread(new URL(`data:text/javascript,${encodeURIComponent(words.join('; '))}`));
    const posted: unknown[] = [];
    thread.worker.on('message', message => posted.push(message));
    await within(PATIENCE, 'a thread that loads ends', thread.close());
    assert.deepEqual([thread.isUsable, posted], [false, ['loaded']]);
    const idle = new StandbyThread(module);
    await setTimeout(200);
    await within(PATIENCE, 'an idle thread ends', idle.close());
  });
});
