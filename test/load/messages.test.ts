/** A million messages of peers that say anything: the process that serves them lives, serves the next client, and holds nothing of them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createMemfd, type Descriptor, EventFd, POLLIN, POLLOUT, type SyscallError } from '../../src/linux/ffi/index.ts';
import { connectUnix, EventLoopWaiter } from '../../src/linux/unix-transport/index.ts';
import { VFIO_USER_VERSION } from '../../src/pure/vfio-user/message.ts';
import { encodeVersion } from '../../src/pure/vfio-user/messages/version.ts';
import { encodeMessage, QEMU_CAPABILITIES } from '../compliance/vfio-user/dialogue.ts';
import { createHostileMessage, createRandom, judgeHostility } from '../compliance/vfio-user/hostile.ts';
import { PATIENCE, until, within } from '../fixtures/deadline.ts';
import { readConfig } from '../package/serving.ts';
import { Peer } from '../transport/echo-endpoint.ts';
import { createSocketBed } from '../transport/socket-bed.ts';
import { assertNoMore, footprintOf, share } from './footprint.ts';
import { serveSlot } from './served-slot.ts';

/** Half of them against a device that uses its client's memory, half against the command. */
const MESSAGES = share(500_000);
const PER_CONNECTION = 250;
/** Connections before the first look: the engine has what it needs by then. */
const FIRST = 20;

describe('a device that uses memory', () => {
  const bed = createSocketBed(0);
  before(() => bed.open());
  after(() => bed.close());
  judgeHostility(bed, MESSAGES);
});

describe('airlock serve', () => {
  const slot = serveSlot();

  /** Takes what there is; false once the server has ended the connection. */
  const drain = (peer: Peer): boolean => {
    for (let message = peer.receive(); message !== null; message = peer.receive()) {
      for (const descriptor of message.descriptors) descriptor.close();
      if (message.bytes.length === 0) return false;
    }
    return true;
  };

  const send = async (peer: Peer, waiter: EventLoopWaiter, bytes: Uint8Array, handles: readonly Descriptor[]): Promise<boolean> => {
    for (let at = 0; at < bytes.length; ) {
      const sent = peer.send(bytes.subarray(at), at === 0 ? handles : []);
      if (!drain(peer)) return false;
      if (sent === 0) await waiter.ready(peer.socket, POLLIN | POLLOUT);
      at += sent;
    }
    return true;
  };

  /** A connection, as soon as the server's queue has room. */
  const connect = async (): Promise<Peer> => {
    let peer: Peer | null = null;
    await until('the server takes a connection', () => {
      try {
        peer = new Peer(connectUnix(slot().socket));
      } catch (error) {
        if ((error as SyscallError).code !== 'EAGAIN') throw error;
      }
      return peer !== null;
    });
    assert.ok(peer);
    return peer;
  };

  /** Says things until either side has enough; how many. */
  const harass = async (seed: number, waiter: EventLoopWaiter, shared: readonly Descriptor[]): Promise<number> => {
    const random = createRandom(seed);
    using peer = await connect();
    let sent = 0;
    try {
      const version = encodeVersion({ major: 0, minor: 0, capabilities: QEMU_CAPABILITIES });
      if (random(8) !== 0) await send(peer, waiter, encodeMessage(VFIO_USER_VERSION, version), []);
      for (; sent < PER_CONNECTION; sent++) {
        const handles = random(4) === 0 ? Array.from({ length: 1 + random(3) }, () => shared[random(shared.length)]) : [];
        const bytes = createHostileMessage(random, sent);
        if (bytes.length > 0 && !(await send(peer, waiter, bytes, handles))) break;
      }
    } catch (error) {
      // The server has closed it, with our bytes unread.
      assert.match(String(error), /EPIPE|ECONNRESET/);
    }
    return sent;
  };

  test(`serve lives through ${MESSAGES} hostile messages, holds nothing of them, and serves the next client`, async () => {
    const waiter = new EventLoopWaiter();
    using file = createMemfd('hostile', 0x4000);
    using event = new EventFd();
    const config = await readConfig(slot().socket);
    const footprint = () => footprintOf(slot().server.child.pid ?? 0);
    let first = footprint();
    for (let seed = 1, sent = 0; sent < MESSAGES; seed++) {
      sent += await within(PATIENCE, `the messages of seed ${seed} are taken`, harass(seed, waiter, [file, event.descriptor]));
      if (seed === FIRST) first = footprint();
    }
    waiter.close();
    assert.equal((await within(PATIENCE, 'the next client is served', readConfig(slot().socket))).length, config.length);
    assertNoMore(footprint(), first, `${MESSAGES} messages`);
    assert.equal(await slot().server.end(), 0);
  });
});
