/** Waiting beside the event loop: what is closed too early, or woken too late, is in nobody's way. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PATIENCE, within } from '../../../test/fixtures/deadline.ts';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import { settledCount } from '../../../test/transport/settled.ts';
import { EventFd, POLLIN } from '../ffi/index.ts';
import { EventLoopWaiter } from './event-loop-waiter.ts';

describe('EventLoopWaiter', () => {
  let before = 0;
  let waiter: EventLoopWaiter;
  beforeEach(() => {
    before = openCount();
    waiter = new EventLoopWaiter();
  });
  afterEach(async () => {
    waiter.close();
    assert.equal(await settledCount(before), before, 'as many descriptors are open as before the test');
  });

  /** Begins to wait; what ends the wait, and its end. */
  const begin = (event: EventFd): { readonly wake: () => void; readonly ended: Promise<void> } => {
    let wake = (): void => undefined;
    const ended = waiter.ready(event.descriptor, POLLIN, end => {
      wake = end;
    });
    return { wake: () => wake(), ended };
  };

  test('EventLoopWaiter.ready ends by an event, or by whoever is woken', async () => {
    using event = new EventFd('an event');
    const first = begin(event);
    event.signal();
    await within(PATIENCE, 'the event comes', first.ended);
    event.drain();
    const second = begin(event);
    second.wake();
    await within(PATIENCE, 'it is woken', second.ended);
  });

  test('EventLoopWaiter.ready of a descriptor that was closed before it is woken leaves nothing', async () => {
    const event = new EventFd('an event');
    const { wake, ended } = begin(event);
    event.close();
    wake();
    await within(PATIENCE, 'it is woken', ended);
  });

  test('EventLoopWaiter.ready is not ended by who waited for another descriptor of the same number', async () => {
    const closed = new EventFd('an event');
    const { number } = closed.descriptor;
    const old = begin(closed);
    closed.close();
    using event = new EventFd('another event');
    assert.equal(event.descriptor.number, number);
    const { ended } = begin(event);
    old.wake();
    await within(PATIENCE, 'it is woken', old.ended);
    event.signal();
    await within(PATIENCE, 'the event comes', ended);
  });
});
