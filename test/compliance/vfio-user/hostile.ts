/** Peers that say anything: messages mutated and made up from a seed, in connections that end at any moment. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as uapi from '../../../src/pure/spec/vfio/index.ts';
import type { Handle } from '../../../src/pure/vfio-user/index.ts';
import * as wire from '../../../src/pure/vfio-user/message.ts';
import { encodeDmaMap } from '../../../src/pure/vfio-user/messages/dma-map.ts';
import { encodeDmaUnmap } from '../../../src/pure/vfio-user/messages/dma-unmap.ts';
import { encodeMigrationData, encodeMigrationRead } from '../../../src/pure/vfio-user/messages/migration-data.ts';
import { encodeRegionAccess } from '../../../src/pure/vfio-user/messages/region-access.ts';
import { encodeRegionWriteMulti } from '../../../src/pure/vfio-user/messages/region-write-multi.ts';
import { encodeVersion } from '../../../src/pure/vfio-user/messages/version.ts';
import { PATIENCE, within } from '../../fixtures/deadline.ts';
import type { ComplianceBed, RawPeer, Shared } from './bed.ts';
import { ComplianceDevice } from './device.ts';
import { Dialogue, encodeMessage, QEMU_CAPABILITIES } from './dialogue.ts';

/** Messages after which a peer is replaced, so that not every one of them talks to a server that knows it well. */
const PER_CONNECTION = 100;

/** A small generator (xorshift32): the same numbers from the same seed everywhere. */
export function createRandom(seed: number): (below: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const feature = (flags: number, state: number): Uint8Array =>
  uapi.vfio_device_feature.encode({ argsz: 16, flags, data: uapi.vfio_device_feature_mig_state.encode({ device_state: state }) });

/** Messages that are right, or were before they are mutated. */
const MODELS: readonly (readonly [number, Uint8Array])[] = [
  [wire.VFIO_USER_VERSION, encodeVersion({ major: 0, minor: 0, capabilities: QEMU_CAPABILITIES })],
  [wire.VFIO_USER_DMA_MAP, encodeDmaMap({ flags: 3, offset: 0n, addr: 0x1000n, size: 0x1000n })],
  [wire.VFIO_USER_DMA_MAP, encodeDmaMap({ flags: 3, offset: 0n, addr: 0x8000n, size: 0x4000n })],
  [wire.VFIO_USER_DMA_UNMAP, encodeDmaUnmap({ addr: 0x1000n, size: 0x1000n })],
  [wire.VFIO_USER_DMA_UNMAP, encodeDmaUnmap()],
  [wire.VFIO_USER_DEVICE_GET_INFO, Uint8Array.of(16, ...new Uint8Array(15))],
  [wire.VFIO_USER_DEVICE_GET_REGION_INFO, uapi.vfio_region_info.encode({ argsz: 4096, index: 2 })],
  [wire.VFIO_USER_DEVICE_GET_REGION_IO_FDS, Uint8Array.of(16, ...new Uint8Array(15))],
  [wire.VFIO_USER_DEVICE_GET_IRQ_INFO, uapi.vfio_irq_info.encode({ argsz: 16, index: 2 })],
  [wire.VFIO_USER_DEVICE_SET_IRQS, uapi.vfio_irq_set.encode({ argsz: 20, flags: 36, index: 2, start: 0, count: 2 })],
  [wire.VFIO_USER_DEVICE_SET_IRQS, uapi.vfio_irq_set.encode({ argsz: 24, flags: 34, index: 2, count: 4, data: new Uint8Array(4) })],
  [wire.VFIO_USER_REGION_READ, encodeRegionAccess({ region: 7, offset: 0, count: 4 })],
  [wire.VFIO_USER_REGION_WRITE, encodeRegionAccess({ region: 0, offset: 8, count: 4 }, new Uint8Array(4))],
  [wire.VFIO_USER_DMA_READ, new Uint8Array(16)],
  [wire.VFIO_USER_DEVICE_RESET, new Uint8Array(0)],
  [wire.VFIO_USER_DIRTY_PAGES, new Uint8Array(8)],
  [wire.VFIO_USER_REGION_WRITE_MULTI, encodeRegionWriteMulti([{ region: 0, offset: 0, bytes: new Uint8Array(4) }])],
  [wire.VFIO_USER_DEVICE_FEATURE, feature(uapi.VFIO_DEVICE_FEATURE_SET | 2, 3)],
  [wire.VFIO_USER_DEVICE_FEATURE, feature(uapi.VFIO_DEVICE_FEATURE_SET | 2, 4)],
  [wire.VFIO_USER_MIG_DATA_READ, encodeMigrationRead(64)],
  [wire.VFIO_USER_MIG_DATA_WRITE, encodeMigrationData(new Uint8Array(64))],
];
const STRANGE = [0, 1, 0x7f, 0x80, 0xff];

/** One message of a hostile peer: a model, its bytes changed here and there, cut, or nothing but noise. */
export function createHostileMessage(random: (below: number) => number, id: number): Uint8Array {
  const [command, payload] = MODELS[random(MODELS.length)];
  const flags = random(8) === 0 ? random(64) : 0;
  const bytes = encodeMessage(command, payload, { id, flags });
  for (let changes = random(5); changes > 0 && bytes.length > 16; changes--) {
    const value = random(2) === 0 ? random(256) : STRANGE[random(STRANGE.length)];
    bytes[16 + random(bytes.length - 16)] = value;
  }
  const kind = random(64);
  if (kind === 0) bytes[random(16)] = random(256);
  if (kind === 1) return bytes.subarray(0, random(bytes.length));
  if (kind === 2) return Uint8Array.from({ length: random(64) }, () => random(256));
  return bytes;
}

/** Talks to one server until either has enough; what the device has of memory is used meanwhile. */
async function harass(
  peer: RawPeer,
  device: ComplianceDevice,
  how: { random: (below: number) => number; shared: readonly Shared[]; count: number },
) {
  const { random, shared, count } = how;
  const drained = drain(peer);
  for (let i = 0; i < count; i++) {
    const handles: Handle[] = random(4) === 0 ? Array.from({ length: 1 + random(3) }, () => shared[random(shared.length)].handle) : [];
    await peer.send(createHostileMessage(random, i & 0xffff), handles);
    const memory = device.session?.memory;
    if (memory && random(16) === 0) {
      const address = BigInt(random(0x10000));
      // Rejects where the address is not mapped or nobody answers: both are what a device must live with.
      memory.read(address, random(256)).catch(() => {});
      memory.write(address, new Uint8Array(random(64))).catch(() => {});
    }
  }
  await within(PATIENCE, 'the connection ends', Promise.all([peer.close(), drained]));
}

/** Takes whatever comes, so that nothing waits for the peer. */
async function drain(peer: RawPeer): Promise<void> {
  for (let message = await peer.receive(); message !== null; message = await peer.receive()) {
    for (const handle of message.handles) handle.close();
  }
}

export function judgeHostility(bed: ComplianceBed, messages: number): void {
  const base = Number(process.env.AIRLOCK_HOSTILE_SEED ?? 1);
  it(`${messages} hostile messages from seed ${base} leave nothing behind, and the next client is served`, async () => {
    const before = bed.held();
    const shared = [bed.createFile(0x4000), bed.createEvent()];
    for (let seed = base; seed < base + messages / PER_CONNECTION; seed++) {
      const held = bed.held();
      const replay = `replay with AIRLOCK_HOSTILE_SEED=${seed} AIRLOCK_HOSTILE_MESSAGES=${PER_CONNECTION}`;
      const device = new ComplianceDevice(bed);
      const faults: unknown[] = [];
      const peer = await bed.connect(device, { maxDataXferSize: 4096, fault: error => faults.push(error) });
      const random = createRandom(seed);
      if (random(8) !== 0) await new Dialogue(peer, device, bed).negotiate();
      await harass(peer, device, { random, shared, count: PER_CONNECTION });
      device.close();
      assert.deepEqual(faults, [], replay);
      assert.equal(bed.held(), held, `handles or mappings are left: ${replay}`);
    }
    for (const { handle } of shared) handle.close();
    assert.equal(bed.held(), before);
  });
}
