/** Connections in threads of their own: started, spoken to, stopped; nothing is left whatever ends them. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, afterEach, before as beforeAll, beforeEach, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createMemfd, createSocketPair, type Descriptor, POLLIN, type SyscallError } from '../../src/linux/ffi/index.ts';
import { ConnectionThread, EventLoopWaiter, StandbyThread } from '../../src/linux/unix-transport/index.ts';
import { openCount } from '../fixtures/open-descriptors.ts';
import { buildModule } from './build-module.ts';
import { createMessage, Peer, THROW } from './echo-endpoint.ts';
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
  let socket: Descriptor;
  let waiter: EventLoopWaiter;
  beforeEach(() => {
    before = openCount();
    const [near, far] = createSocketPair();
    socket = near;
    peer = new Peer(far);
    waiter = new EventLoopWaiter();
  });
  afterEach(async () => {
    peer[Symbol.dispose]();
    waiter.close();
    assert.equal(await settledCount(before), before, 'as many descriptors are open as before the test');
  });

  const start = (spin: number, messages: unknown[] = [], fails = false): ConnectionThread => {
    const data: ThreadData = { greeting: 'hello', fails };
    return new ConnectionThread(module, socket, { data, spin, onMessage: message => messages.push(message) });
  };
  /** An end with bytes of ours unread is an end too. */
  const receiveOrEnd = (): ReturnType<Peer['receive']> => {
    try {
      return peer.receive();
    } catch (error) {
      assert.equal((error as SyscallError).code, 'ECONNRESET');
      return { bytes: new Uint8Array(0), descriptors: [] };
    }
  };
  /** The next bytes from the thread, their descriptors closed; none at the end. */
  const receive = async (): Promise<{ length: number; id: number; descriptors: number }> => {
    for (;;) {
      const part = receiveOrEnd();
      if (part !== null) {
        for (const descriptor of part.descriptors) descriptor.close();
        return { length: part.bytes.length, id: part.bytes[0] ?? 0, descriptors: part.descriptors.length };
      }
      await waiter.ready(peer.socket, POLLIN);
    }
  };

  for (const spin of [0, 100]) {
    test(`ConnectionThread serves, counts and ends with the peer, polling for ${spin} µs`, async () => {
      const messages: unknown[] = [];
      const thread = start(spin, messages);
      using file = createMemfd('file', 16);
      for (let id = 1; id <= 50; id++) {
        peer.send(createMessage(id, 20 + id), id % 10 === 0 ? [file] : []);
        assert.deepEqual(await receive(), { length: 20 + id, id, descriptors: id % 10 === 0 ? 1 : 0 });
      }
      let counters = await thread.readCounters();
      // It may not have come to wait yet; asking wakes it.
      for (let i = 0; i < 500 && counters.waits === 0; i++) counters = await thread.readCounters();
      assert.deepEqual([counters.messages, counters.descriptorsReceived], [50, 5]);
      assert.ok(counters.waits > 0);
      assert.equal(counters.spins > 0, spin > 0);
      thread.post({ any: 'thing' });
      await thread.readCounters();
      peer.close();
      assert.deepEqual(await thread.ended, { reason: 'closed', error: null });
      assert.deepEqual(messages, ['hello', { answer: { any: 'thing' } }]);
      assert.equal((await thread.readCounters()).messages, 50);
    });

    test(`ConnectionThread.stop ends a thread that waits, polling for ${spin} µs`, async () => {
      const thread = start(spin);
      peer.send(createMessage(1));
      await receive();
      const ended = thread.stop();
      assert.equal((await receive()).length, 0, 'the peer sees the end');
      assert.equal((await ended).reason, 'stopped');
      assert.equal((await thread.stop()).reason, 'stopped', 'and a second time');
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
    const ended = thread.stop();
    for (let i = 0; !isOver && i < 1_000_000; i++) {
      try {
        peer.send(createMessage(1));
        if (i % 64 === 0) await receive();
      } catch {
        break;
      }
    }
    assert.equal((await ended).reason, 'stopped');
  });

  test('ConnectionThread.stop ends a thread that has only just been started', async () => {
    const thread = start(0);
    assert.equal((await thread.stop()).reason, 'stopped');
  });

  test('ConnectionThread lets timers of its device run while it waits', async () => {
    const thread = start(0);
    peer.send(createMessage(5, 16, SEND_LATER));
    assert.equal((await receive()).id, 5);
    assert.equal((await receive()).id, 77);
    await thread.stop();
  });

  test('ConnectionThread ends with the fault of its device, in a message and in a timer, and closes what it held', async () => {
    using file = createMemfd('file', 16);
    const thread = start(0);
    peer.send(createMessage(5, 16, FAULT_LATER), [file]);
    assert.equal((await receive()).length, 16);
    const { reason, error } = await thread.ended;
    assert.equal(reason, 'fault');
    assert.match(error?.message ?? '', /a fault in a timer/);
    assert.equal((await receive()).length, 0);
  });

  test('ConnectionThread tells of a fault in a message', async () => {
    const thread = start(0);
    peer.send(createMessage(5, 16, THROW));
    const { reason, error } = await thread.ended;
    assert.deepEqual([reason, error?.message], ['fault', 'the device has a fault']);
  });

  test('ConnectionThread ends where no endpoint can be made, and closes the socket', async () => {
    const { reason, error } = await start(0, [], true).ended;
    assert.deepEqual([reason, error?.message], ['fault', 'there is no such device']);
    assert.equal((await receive()).length, 0);
  });

  test('ConnectionThread ends where its module cannot be loaded, and closes the socket', async () => {
    const thread = new ConnectionThread(new URL('./none.ts', import.meta.url), socket, { data: null });
    assert.equal((await thread.ended).reason, 'fault');
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
    const messages: unknown[] = [];
    thread.worker.on('message', message => messages.push(message));
    await thread.close();
    assert.deepEqual([thread.isUsable, messages], [false, ['loaded']]);
    const idle = new StandbyThread(module);
    await setTimeout(200);
    await idle.close();
  });
});
