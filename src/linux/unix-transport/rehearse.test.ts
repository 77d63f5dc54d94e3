/** A rehearsal: messages of a VMM that is not there, until the code is warm or a client comes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryDevice } from '../../../test/fixtures/memory-device.ts';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import { VfioUserServer } from '../../pure/vfio-user/index.ts';
import { VFIO_USER_REGION_READ, VFIO_USER_REGION_WRITE, VFIO_USER_VERSION } from '../../pure/vfio-user/message.ts';
import { LinuxPlatform } from './linux-platform.ts';
import { rehearse } from './rehearse.ts';

function rehearseUntil(isWanted: () => boolean): VfioUserServer {
  let server: VfioUserServer | null = null;
  rehearse(carrier => {
    server = new VfioUserServer({ device: createMemoryDevice(), platform: new LinuxPlatform(), carrier });
    return server;
  }, isWanted);
  assert.ok(server);
  return server;
}

test('rehearse agrees on a version and accesses config space, all of which succeeds, and leaves nothing open', () => {
  const before = openCount();
  const { counters } = rehearseUntil(() => false);
  assert.equal(counters.messages[VFIO_USER_VERSION], 1);
  const [reads, writes] = [counters.messages[VFIO_USER_REGION_READ] ?? 0, counters.messages[VFIO_USER_REGION_WRITE] ?? 0];
  assert.ok(reads + writes > 30, `${reads} reads, ${writes} writes`);
  assert.equal(counters.errors, 0);
  assert.equal(openCount(), before);
});

test('rehearse ends as soon as there is a client', () => {
  let looks = 0;
  const { counters } = rehearseUntil(() => ++looks > 3);
  assert.ok((counters.messages[VFIO_USER_REGION_READ] ?? 0) < 100);
});

test('rehearse throws what makes no endpoint', () => {
  const before = openCount();
  assert.throws(
    () =>
      rehearse(
        () => {
          throw new RangeError('no device');
        },
        () => false,
      ),
    /no device/,
  );
  assert.equal(openCount(), before);
});
