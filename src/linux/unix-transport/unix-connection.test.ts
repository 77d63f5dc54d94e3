/** One endpoint on a real socket: replies, back-pressure, and every way for a connection to end. */
import assert from 'node:assert/strict';
import { fstatSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import { createMessage, EchoEndpoint, LIMIT, Peer, SILENT, THROW } from '../../../test/transport/echo-endpoint.ts';
import { createMemfd, createSocketPair, type Descriptor, POLLIN, POLLOUT } from '../ffi/index.ts';
import { UnixConnection } from './unix-connection.ts';

describe('UnixConnection', () => {
  let before = 0;
  let peer: Peer;
  let endpoint: EchoEndpoint;
  let connection: UnixConnection;
  let file: Descriptor;
  beforeEach(() => {
    before = openCount();
    const [near, far] = createSocketPair();
    peer = new Peer(far);
    file = createMemfd('file', 16);
    connection = new UnixConnection(near, carrier => {
      endpoint = new EchoEndpoint(carrier);
      return endpoint;
    });
  });
  afterEach(() => {
    connection.close();
    assert.equal(endpoint.closes, 1, 'the endpoint is closed once');
    peer[Symbol.dispose]();
    file.close();
    assert.equal(openCount(), before, 'as many descriptors are open as before the test');
  });

  const stepAll = (): void => {
    while (connection.step());
  };
  /** What the peer gets until there is nothing more; a step in between makes room for more. */
  const receiveAll = (): Uint8Array => {
    const parts: Uint8Array[] = [];
    for (let part = peer.receive(); part !== null && part.bytes.length > 0; part = peer.receive()) {
      parts.push(part.bytes);
      for (const descriptor of part.descriptors) descriptor.close();
      stepAll();
    }
    return Buffer.concat(parts);
  };

  test('UnixConnection.endUnlessAgreed first reads what the peer has sent, and ends what that does not agree', () => {
    const late = new Error('too late');
    peer.send(createMessage(1).subarray(0, 5));
    stepAll();
    peer.send(createMessage(1).subarray(5));
    connection.endUnlessAgreed(late);
    stepAll();
    assert.equal(connection.end, null);
    assert.equal(receiveAll().length, 16);
  });

  test('UnixConnection.endUnlessAgreed ends one whose peer has begun and gone no further', () => {
    const late = new Error('too late');
    peer.send(createMessage(1).subarray(0, 5));
    connection.endUnlessAgreed(late);
    assert.equal(connection.end, null);
    stepAll();
    assert.deepEqual(connection.end, { reason: 'protocol', error: late });
  });

  test('UnixConnection answers coalesced messages in order, each with its descriptors', () => {
    peer.send(createMessage(1, 20));
    peer.send(createMessage(2, 30), [file, file]);
    peer.send(createMessage(3, 40));
    stepAll();
    const first = peer.receive();
    assert.deepEqual([first?.bytes.length, first?.descriptors.length], [50, 2]);
    assert.deepEqual(
      first?.descriptors.map(({ number }) => fstatSync(number).ino),
      Array(2).fill(fstatSync(file.number).ino),
    );
    for (const descriptor of first?.descriptors ?? []) descriptor.close();
    assert.equal(receiveAll().length, 40);
    assert.deepEqual(
      endpoint.seen.map(({ id, length }) => [id, length]),
      [
        [1, 20],
        [2, 30],
        [3, 40],
      ],
    );
    const { messages, bytesReceived, bytesSent, descriptorsReceived } = connection.counters;
    assert.deepEqual([messages, bytesReceived, bytesSent, descriptorsReceived], [3, 90, 90, 2]);
  });

  test('UnixConnection.step hands over one message at a time while promises wait', () => {
    for (const id of [1, 2, 3]) peer.send(createMessage(id));
    endpoint.isWaiting = true;
    assert.equal(connection.isWaiting, true);
    for (const count of [1, 2, 3]) {
      assert.equal(connection.step(), true);
      assert.equal(endpoint.seen.length, count);
    }
    assert.equal(connection.step(), false);
  });

  test('UnixConnection stops reading while the peer does not read, and loses nothing', () => {
    const request = createMessage(5, 1000);
    let sent = 0;
    for (let idle = 0; idle < 3; ) {
      const taken = peer.send(request.subarray(sent % 1000));
      sent += taken;
      connection.step();
      idle = taken === 0 ? idle + 1 : 0;
    }
    assert.equal(connection.events, POLLOUT, 'reads no more');
    assert.ok(connection.counters.messages < 3000, `answered ${connection.counters.messages} messages ahead`);
    const rest = request.subarray(sent % 1000);
    const bytes = Buffer.from(receiveAll());
    assert.equal(connection.events, POLLIN);
    if (rest.length < 1000) peer.send(rest);
    stepAll();
    const all = Buffer.concat([bytes, receiveAll()]);
    assert.equal(all.length, Math.ceil(sent / 1000) * 1000);
    const reply = Buffer.from(request);
    reply.writeUInt32LE(1, 8);
    for (let at = 0; at < all.length; at += 1000) if (!all.subarray(at, at + 1000).equals(reply)) assert.fail(`reply at ${at}`);
  });

  test('UnixConnection keeps descriptors of a message that must wait, and passes them with it', () => {
    const block = createMessage(1, LIMIT);
    // Fills the socket's buffer.
    endpoint.carrier.send(block, []);
    const before = openCount();
    endpoint.carrier.send(createMessage(2), [file]);
    assert.equal(openCount(), before + 1);
    const came: number[] = [];
    let length = 0;
    for (let part = peer.receive(); part !== null; part = peer.receive()) {
      length += part.bytes.length;
      for (const descriptor of part.descriptors) {
        came.push(fstatSync(descriptor.number).ino);
        descriptor.close();
      }
      stepAll();
    }
    assert.equal(length, LIMIT + 16);
    assert.deepEqual(came, [fstatSync(file.number).ino]);
  });

  test('UnixConnection closes descriptors of messages that were never sent', () => {
    endpoint.carrier.send(createMessage(1, LIMIT), []);
    for (let i = 0; i < 10; i++) endpoint.carrier.send(createMessage(2), [file]);
  });

  test('UnixConnection.send refuses with EBUSY what a peer that never reads cannot be kept waiting for', () => {
    const block = createMessage(1, LIMIT);
    const send = (): void => {
      for (let i = 0; i < 100; i++) endpoint.carrier.send(block, []);
    };
    assert.throws(send, { name: 'DeviceError', errno: 16 });
    assert.equal(connection.end, null, 'the connection goes on');
    assert.equal(receiveAll().length % LIMIT, 0, 'whole messages only');
  });

  test('UnixConnection.send tells whoever waits that there is something to send', () => {
    let changes = 0;
    connection.onChange = () => changes++;
    endpoint.carrier.send(createMessage(1), []);
    assert.equal(changes, 0, 'sent at once');
    endpoint.carrier.send(createMessage(1, LIMIT), []);
    assert.equal(changes, 1);
    assert.equal(connection.events, POLLIN | POLLOUT);
    connection.onChange = null;
  });

  test('UnixConnection.send to a peer that is gone ends the connection and throws nothing', () => {
    peer.close();
    endpoint.carrier.send(createMessage(1), []);
    endpoint.carrier.send(createMessage(1), []);
    stepAll();
    assert.equal(connection.end?.reason, 'closed');
    endpoint.carrier.send(createMessage(1), []);
  });

  test('UnixConnection.send refuses handles of another machine', () => {
    assert.throws(() => endpoint.carrier.send(createMessage(1), [{ close: () => undefined }]), TypeError);
  });

  const sendAndClose = (bytes: Uint8Array) => (): void => {
    peer.send(bytes);
    connection.step();
    peer.close();
  };
  const send = (bytes: Uint8Array) => (): void => void peer.send(bytes);
  const ends: readonly (readonly [string, () => void, string, RegExp | null])[] = [
    ['closes', () => peer.close(), 'closed', null],
    ['closes with our reply unread', sendAndClose(createMessage(1)), 'closed', null],
    ['closes after half a header', sendAndClose(createMessage(1).subarray(0, 8)), 'broken', /in a message/],
    ['closes after half a message', sendAndClose(createMessage(1, 50).subarray(0, 30)), 'broken', /in a message/],
    ['sends a size of 0', send(createMessage(1, 0)), 'protocol', /size 0/],
    ['sends a size of 4 GiB', send(createMessage(1, 16).fill(0xff, 4, 8)), 'protocol', /size 4294967295/],
    ['makes the endpoint fail', send(createMessage(1, 16, THROW)), 'fault', /the device has a fault/],
  ];
  for (const [what, act, reason, words] of ends) {
    test(`UnixConnection ends with "${reason}" when the peer ${what}`, () => {
      act();
      stepAll();
      assert.equal(connection.end?.reason, reason);
      if (words === null) assert.equal(connection.end?.error, null);
      else assert.match(connection.end?.error?.message ?? '', words);
      assert.equal(connection.socket.isClosed, true);
      assert.equal(connection.step(), false);
    });
  }

  test('UnixConnection.close ends it at once, within a message after it, and once', () => {
    const { receive } = endpoint;
    endpoint.receive = (...message) => {
      connection.close();
      assert.equal(endpoint.closes, 0, 'not from within a call');
      return receive.apply(endpoint, message);
    };
    for (const id of [1, 2]) peer.send(createMessage(id, 16, SILENT));
    connection.step();
    assert.equal(endpoint.seen.length, 1, 'nothing after it');
    assert.equal(connection.end?.reason, 'stopped');
    connection.close({ reason: 'fault', error: new Error('late') });
    assert.equal(connection.end?.reason, 'stopped');
  });
});

test('UnixConnection closes the socket where no endpoint can be made', () => {
  const before = openCount();
  const [near, far] = createSocketPair();
  const fail = (): never => {
    throw new RangeError('no such device');
  };
  assert.throws(() => new UnixConnection(near, fail), /no such device/);
  far.close();
  assert.equal(openCount(), before);
});
