/** What a guest's root port advertises above a served device: QEMU's answer to what the slot of a view says of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildConfigSpace } from '../../../src/pure/pci/builder.ts';
import { ConfigSpace } from '../../../src/pure/pci/config-space.ts';
import { expressFacts } from '../../../src/pure/pci/express-facts.ts';
import { PROFILES } from '../../../src/pure/profiles/index.ts';
import { describePort } from '../../../src/pure/slot/port.ts';
import { endServers, startServer } from '../../package/serving.ts';
import { QemuGuest, skipWithoutQemu as skip } from './qemu-guest.ts';

const COMPLETIONS = 0x380;
const END_END_PREFIX = 1 << 21;

/** An endpoint that completes every AtomicOp and takes End-End TLP Prefixes, below a root port that does, too. */
const DEVICE_CAPABILITIES_2 = 'c0032000';
const express = (flags: string) => ({ id: 0x10, body: `${flags}${'00'.repeat(0x20)}${DEVICE_CAPABILITIES_2}${'00'.repeat(0x14)}` });
const device = buildConfigSpace({
  ...{ vendorId: 0x1af5, deviceId: 1, classCode: 0xff0000, size: 4096, standard: [express('0200')] },
});
const hostPort = buildConfigSpace({ vendorId: 0x8086, deviceId: 2, classCode: 0x060400, headerType: 1, standard: [express('4200')] });

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-port-'));
});
after(async () => {
  await endServers();
  rmSync(folder, { recursive: true });
});

test('describePort says under airlock what a root port of QEMU has above a served device', { skip, timeout: 120_000 }, async () => {
  const [file, socket] = ['device.bin', 'socket'].map(name => join(folder, name));
  writeFileSync(file, device.bytes);
  const server = await startServer(file, '--socket', socket);
  const guest = await QemuGuest.start([socket], 'root-port');
  try {
    assert.equal(guest.end, 'up', guest.words.join('\n'));
    const port = expressFacts(new ConfigSpace(await guest.readPort(0)));
    assert(typeof port === 'object' && port.deviceCapabilities2 !== null);
    const facts = {
      config: device,
      above: [hostPort],
      isVirtual: false,
      reportedAtomicOps: null,
      placement: 'root-port',
      multifunction: false,
    } as const;
    const { atomicCompletion, endEndPrefixes } = describePort({ ...facts, profile: PROFILES.airlock });
    const completes = (port.deviceCapabilities2 & COMPLETIONS) !== 0;
    assert.deepEqual([completes, atomicCompletion.bits32, atomicCompletion.code], [false, false, 'atomics.not-reported']);
    const passes = (port.deviceCapabilities2 & END_END_PREFIX) !== 0;
    assert.deepEqual([passes, endEndPrefixes.guest, endEndPrefixes.host], [true, true, true]);
    // The same device and path, given to QEMU's own vfio-pci: the kernel reports them.
    assert.equal(describePort({ ...facts, profile: PROFILES['qemu-11.1'] }).atomicCompletion.bits64, true);
  } finally {
    await guest.stop();
    await server.end();
  }
});
