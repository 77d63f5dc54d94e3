/** Waiting for real descriptors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSocketPair, Descriptor, EventFd, O_RDONLY, POLLHUP, POLLIN, POLLNVAL, POLLOUT, PollSet } from './index.ts';

test('PollSet.wait finds the places where something happened', () => {
  using first = new EventFd();
  using second = new EventFd();
  using set = new PollSet(3);
  set.watch(0, first.descriptor, POLLIN);
  set.watch(2, second.descriptor, POLLIN);
  assert.equal(set.wait(0), 0);
  second.signal();
  assert.equal(set.wait(-1), 1);
  assert.deepEqual([set.ready(0), set.ready(1), set.ready(2)], [0, 0, POLLIN]);
  first.signal();
  assert.equal(set.wait(0), 2);
  set.clear(2);
  assert.equal(set.ready(2), 0);
  assert.equal(set.wait(0), 1);
  second.drain();
  first.drain();
  assert.equal(set.wait(0), 0);
});

test('PollSet.wait gives up after its time', () => {
  using events = new EventFd();
  using set = new PollSet(1);
  set.watch(0, events.descriptor, POLLIN);
  const start = performance.now();
  assert.equal(set.wait(30), 0);
  assert.ok(performance.now() - start >= 29);
});

test('PollSet reports hang-ups and closed descriptors unasked', () => {
  const [near, far] = createSocketPair();
  using set = new PollSet(1);
  set.watch(0, near, POLLOUT);
  set.wait(0);
  assert.equal(set.ready(0), POLLOUT);
  far.close();
  set.wait(0);
  assert.equal(set.ready(0) & POLLHUP, POLLHUP);
  near.close();
  set.wait(0);
  assert.equal(set.ready(0), POLLNVAL);
});

test('PollSet refuses places that it does not have and closed descriptors', () => {
  using set = new PollSet(2);
  for (const place of [-1, 2, 0.5]) assert.throws(() => set.ready(place), RangeError);
  assert.throws(() => new PollSet(0), RangeError);
  const file = Descriptor.open('/dev/null', O_RDONLY);
  file.close();
  assert.throws(() => set.watch(0, file, POLLIN), TypeError);
});
