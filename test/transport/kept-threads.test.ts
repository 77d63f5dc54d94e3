/** Threads that carry one connection after another: what ended well is used again, what did not is not, and nothing passes between. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, afterEach, before as beforeAll, beforeEach, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createSocketPair } from '../../src/linux/ffi/index.ts';
import { type ConnectionEnd, ConnectionThread, EventLoopWaiter, StandbyThreads } from '../../src/linux/unix-transport/index.ts';
import { PATIENCE, within } from '../fixtures/deadline.ts';
import { openCount } from '../fixtures/open-descriptors.ts';
import { buildModule } from './build-module.ts';
import { createMessage, Peer, THROW } from './echo-endpoint.ts';
import { FramedPeer } from './framed-peer.ts';
import { settledCount } from './settled.ts';
import type { ThreadData } from './thread-device.ts';

const LEAVE_TIMER = 212;

interface Told {
  readonly end: ConnectionEnd;
  readonly posted: unknown[];
  readonly thread: ConnectionThread;
}

describe('StandbyThreads', () => {
  let module: URL;
  let threads: StandbyThreads;
  let waiter: EventLoopWaiter;
  let before = 0;
  beforeAll(async () => {
    module = await buildModule(new URL('./thread-device.ts', import.meta.url));
  });
  after(() => rmSync(module));
  beforeEach(() => {
    before = openCount();
    waiter = new EventLoopWaiter();
    threads = new StandbyThreads(module, 1, { most: 1 });
  });
  afterEach(async () => {
    await within(PATIENCE, 'the threads are gone', threads.close());
    waiter.close();
    assert.equal(await settledCount(before), before, 'as many descriptors are open as before the test');
  });

  /** One connection with one message, which is answered but for a command that throws; the peer ends it. */
  const connect = async (command: number, given: Partial<ThreadData> = {}): Promise<Told> => {
    const data: ThreadData = { greeting: 'hello', fails: false, atEnd: 'posts', ...given };
    const posted: unknown[] = [];
    const [near, far] = createSocketPair();
    using peer = new Peer(far);
    const messages = new FramedPeer(peer, waiter);
    const thread = new ConnectionThread(threads.take(), near, { data, spin: 0, onMessage: message => posted.push(message) });
    if (!data.fails) {
      peer.send(createMessage(7, 16, command));
      const reply = await messages.receive();
      assert.equal(reply?.bytes[0], command === THROW ? undefined : 7);
    }
    messages.close();
    peer.close();
    return { end: await within(PATIENCE, 'the connection has ended', thread.ended), posted, thread };
  };
  const threadOf = ({ posted }: Told): unknown => (posted.at(-1) as { threadId?: number }).threadId;

  test('StandbyThreads gives connections that end well to one and the same thread, which begins each anew', async () => {
    const told: Told[] = [];
    for (let i = 0; i < 5; i++) told.push(await connect(2, { greeting: `hello ${i}` }));
    assert.equal(new Set(told.map(threadOf)).size, 1);
    for (const [i, { end, posted }] of told.entries()) {
      assert.deepEqual(end, { reason: 'closed', error: null });
      assert.deepEqual(posted[0], `hello ${i}`);
      assert.equal(posted.length, 2, 'nothing of another connection');
    }
  });

  test('StandbyThreads gives no order for a connection that has ended to the next one', async () => {
    const first = await connect(2);
    const [near, far] = createSocketPair();
    using peer = new Peer(far);
    const posted: unknown[] = [];
    const data: ThreadData = { greeting: 'second', fails: false };
    const second = new ConnectionThread(threads.take(), near, { data, spin: 0, onMessage: message => posted.push(message) });
    first.thread.post('late');
    await within(PATIENCE, 'the end is told again', first.thread.stop());
    assert.equal((await within(PATIENCE, 'it counts', second.readCounters())).messages, 0, 'it lives');
    assert.equal((await within(PATIENCE, 'it counts', first.thread.readCounters())).messages, 1, 'the counters of the end stay');
    peer.close();
    assert.equal((await within(PATIENCE, 'it ends', second.ended)).reason, 'closed');
    assert.deepEqual(posted, ['second']);
  });

  test('StandbyThreads let their threads rehearse a connection, of which the first client meets nothing', async () => {
    const rehearsal: ThreadData = { greeting: 'rehearsed', fails: false, atEnd: 'posts' };
    await threads.close();
    threads = new StandbyThreads(module, 1, { most: 1, rehearsal });
    for (const greeting of ['at once', 'later']) {
      const { end, posted, thread } = await connect(2, { greeting });
      assert.equal(end.reason, 'closed');
      assert.deepEqual([posted[0], posted.length], [greeting, 2]);
      assert.equal((await thread.readCounters()).messages, 1);
      if (greeting === 'at once') await setTimeout(1500);
    }
  });

  test('StandbyThreads take no harm from a rehearsal that fails', async () => {
    await threads.close();
    threads = new StandbyThreads(module, 1, { most: 1, rehearsal: { greeting: '', fails: true } satisfies ThreadData });
    await setTimeout(200);
    assert.equal((await connect(2)).end.reason, 'closed');
  });

  for (const [what, command, given, reason] of [
    ['in which a message threw', THROW, {}, 'fault'],
    ['whose end threw', 2, { atEnd: 'throws' }, 'fault'],
    ['in which no device could be made', 2, { fails: true }, 'fault'],
    ['in which a timer is left', LEAVE_TIMER, {}, 'closed'],
  ] as const) {
    test(`StandbyThreads does not use a thread again ${what}`, async () => {
      const first = await connect(2);
      const { thread, end } = await connect(command, given);
      assert.equal(end.reason, reason);
      const next = await connect(2);
      assert.equal(next.end.reason, 'closed');
      assert.notEqual(threadOf(next), threadOf(first));
      assert.equal((await thread.readCounters()).messages, given && 'fails' in given ? 0 : 1);
    });
  }
});
