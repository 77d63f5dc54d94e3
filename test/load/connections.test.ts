/** As many connections as a host sees in years: the process that serves them holds afterwards what it held after the first hundred. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connectClient, connectUnix } from '../../src/linux/unix-transport/index.ts';
import { PATIENCE, within } from '../fixtures/deadline.ts';
import { Peer } from '../transport/echo-endpoint.ts';
import { assertNoMore, footprintOf, share } from './footprint.ts';
import { serveSlot } from './served-slot.ts';

const CONNECTIONS = share(100_000);
const FIRST = 100;
const CONFIG_REGION = 7;

describe('airlock serve', () => {
  const slot = serveSlot();

  /** Most clients read; some go without a word, or in the middle of one, or say what no message is. */
  const connect = async (i: number): Promise<void> => {
    if (i % 10 === 0) {
      using peer = new Peer(connectUnix(slot().socket));
      if (i % 20 === 0) peer.send(new Uint8Array(1 + (i % 40)).fill(i));
      return;
    }
    const { client, close } = connectClient(slot().socket);
    await client.negotiate();
    assert.equal((await client.readRegion(CONFIG_REGION, 0, 4)).length, 4);
    await close();
  };
  const footprint = () => footprintOf(slot().server.child.pid ?? 0);

  test(`serve holds after ${CONNECTIONS} connections what it held after ${FIRST}`, async () => {
    for (let i = 1; i <= FIRST; i++) await within(PATIENCE, `connection ${i} is served`, connect(i));
    const first = footprint();
    for (let i = FIRST + 1; i <= CONNECTIONS; i++) await within(PATIENCE, `connection ${i} is served`, connect(i));
    assertNoMore(footprint(), first, `${CONNECTIONS} connections`);
    assert.equal(await slot().server.end(), 0);
  });
});
