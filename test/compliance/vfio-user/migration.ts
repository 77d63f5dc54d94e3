/** DEVICE_FEATURE and the migration data. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as uapi from '../../../src/pure/spec/vfio/index.ts';
import * as wire from '../../../src/pure/vfio-user/message.ts';
import { encodeDeviceFeature } from '../../../src/pure/vfio-user/messages/device-feature.ts';
import { encodeMigrationData, encodeMigrationRead, vfio_user_mig_data } from '../../../src/pure/vfio-user/messages/migration-data.ts';
import type { ComplianceBed } from './bed.ts';
import { BAR_SIZE, refusal } from './device.ts';
import { type Dialogue, startDialogue } from './dialogue.ts';

const EIO = 5;
const EINVAL = 22;
const ENOTTY = 25;
const ENOSPC = 28;
const EOPNOTSUPP = 95;
const { VFIO_USER_DEVICE_FEATURE, VFIO_USER_MIG_DATA_READ, VFIO_USER_MIG_DATA_WRITE } = wire;
const GET = uapi.VFIO_DEVICE_FEATURE_GET;
const SET = uapi.VFIO_DEVICE_FEATURE_SET;
const PROBE = uapi.VFIO_DEVICE_FEATURE_PROBE;
const STATE = uapi.VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE;
const MIGRATION = uapi.VFIO_DEVICE_FEATURE_MIGRATION;
const [ERROR, STOP, RUNNING, STOP_COPY, RESUMING] = [0, 1, 2, 3, 4];
const NOTHING = new Uint8Array(0);

const stateRequest = (device_state: number): Uint8Array =>
  encodeDeviceFeature(STATE, SET, uapi.vfio_device_feature_mig_state.encode({ device_state, data_fd: -1 }));

async function go(dialogue: Dialogue, ...states: number[]): Promise<void> {
  for (const state of states) await dialogue.succeed(VFIO_USER_DEVICE_FEATURE, stateRequest(state));
}

async function stateOf(dialogue: Dialogue): Promise<number> {
  const { payload } = await dialogue.succeed(VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(STATE, GET, NOTHING, 16));
  return uapi.vfio_device_feature_mig_state.decode(payload, 8).device_state;
}

export function judgeMigration(bed: ComplianceBed): void {
  it('DEVICE_FEATURE has stop-and-copy and nothing else', async test => {
    const dialogue = await startDialogue(test, bed);
    const { payload } = await dialogue.succeed(VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(MIGRATION, GET, NOTHING, 16));
    assert.deepEqual(payload, encodeDeviceFeature(MIGRATION, GET, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)));
    for (const [feature, methods] of [
      [MIGRATION, PROBE],
      [MIGRATION, PROBE | GET],
      [STATE, PROBE | GET | SET],
    ]) {
      const request = encodeDeviceFeature(feature, methods);
      assert.deepEqual((await dialogue.succeed(VFIO_USER_DEVICE_FEATURE, request)).payload, request);
    }
    for (const feature of [0, 3, 6, 7, 8, 9, 0xffff]) {
      await dialogue.refuse(ENOTTY, VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(feature, PROBE));
      await dialogue.refuse(ENOTTY, VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(feature, SET, new Uint8Array(16)));
    }
    await dialogue.refuse(ENOTTY, VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(MIGRATION, PROBE | SET));
  });

  it('DEVICE_FEATURE is refused for methods that do not go together, and for sizes that do not fit', async test => {
    const dialogue = await startDialogue(test, bed);
    for (const methods of [0, GET | SET, 1 << 19, 0x8000_0000 | GET]) {
      await dialogue.refuse(
        EINVAL,
        VFIO_USER_DEVICE_FEATURE,
        uapi.vfio_device_feature.encode({ argsz: 16, flags: (STATE | methods) >>> 0 }),
      );
    }
    await dialogue.refuse(EINVAL, VFIO_USER_DEVICE_FEATURE, new Uint8Array(7));
    await dialogue.refuse(EINVAL, VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(STATE, GET, NOTHING, 15));
    await dialogue.refuse(EINVAL, VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(STATE, GET, NOTHING, 7));
    await dialogue.refuse(EINVAL, VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(STATE, GET, new Uint8Array(8), 16));
    for (const length of [0, 7, 9]) {
      await dialogue.refuse(EINVAL, VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(STATE, SET, new Uint8Array(length)));
    }
  });

  it('DEVICE_FEATURE is refused, and does nothing, where argsz has no room for the reply', async test => {
    const dialogue = await startDialogue(test, bed);
    const stop = stateRequest(STOP);
    for (const argsz of [0, 7, 8, 15]) {
      new DataView(stop.buffer).setUint32(0, argsz, true);
      await dialogue.refuse(EINVAL, VFIO_USER_DEVICE_FEATURE, stop);
      await dialogue.refuse(EINVAL, VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(MIGRATION, GET, NOTHING, argsz));
      await dialogue.refuse(EINVAL, VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(STATE, PROBE, new Uint8Array(8), argsz));
    }
    assert.deepEqual([await stateOf(dialogue), dialogue.device.events], [RUNNING, []]);
    await dialogue.succeed(VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(STATE, PROBE | GET | SET, NOTHING, 4096));
  });

  it('DEVICE_FEATURE and migration data are refused for a device that cannot migrate', async test => {
    const dialogue = await startDialogue(test, bed, { canMigrate: false });
    await dialogue.refuse(ENOTTY, VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(MIGRATION, PROBE));
    await dialogue.refuse(EOPNOTSUPP, VFIO_USER_MIG_DATA_READ, encodeMigrationRead(16));
    await dialogue.refuse(EOPNOTSUPP, VFIO_USER_MIG_DATA_WRITE, encodeMigrationData(new Uint8Array(16)));
  });

  it('the device goes from any state to any other by way of STOP', async test => {
    const dialogue = await startDialogue(test, bed);
    const { events } = dialogue.device;
    await go(dialogue, RUNNING, STOP_COPY, RUNNING, STOP, STOP_COPY, STOP, RUNNING);
    assert.deepEqual(events, ['stop', 'resume', 'stop', 'resume']);
    assert.equal(await stateOf(dialogue), RUNNING);
    for (const state of [ERROR, 5, 6, 7, 8, 0xffffffff]) await dialogue.refuse(EINVAL, VFIO_USER_DEVICE_FEATURE, stateRequest(state));
    assert.equal(await stateOf(dialogue), RUNNING);
  });

  it('the state stays where the device refuses to leave it', async test => {
    const dialogue = await startDialogue(test, bed);
    dialogue.device.failure = refusal();
    await dialogue.refuse(EIO, VFIO_USER_DEVICE_FEATURE, stateRequest(STOP));
    assert.equal(await stateOf(dialogue), RUNNING);
  });

  it('the state of a device is read in parts and loaded by another', async test => {
    const source = await startDialogue(test, bed);
    const target = await startDialogue(test, bed);
    source.device.writeRegion(0, 5, Uint8Array.of(42));
    await go(source, STOP_COPY);
    await go(target, RESUMING);
    let total = 0;
    for (let part = 1000; part === 1000; ) {
      const { payload } = await source.succeed(VFIO_USER_MIG_DATA_READ, encodeMigrationRead(1000));
      const { argsz, size, data } = vfio_user_mig_data.decode(payload);
      assert.deepEqual([argsz, size], [payload.length, data.length]);
      await target.succeed(VFIO_USER_MIG_DATA_WRITE, encodeMigrationData(data));
      part = size;
      total += size;
    }
    assert.equal(total, BAR_SIZE);
    await go(target, RUNNING);
    const into = new Uint8Array(1);
    target.device.readRegion(0, 5, into);
    assert.deepEqual(into, Uint8Array.of(42));
  });

  it('migration data are refused in other states, and where sizes do not fit', async test => {
    const dialogue = await startDialogue(test, bed, { maxDataXferSize: 8192, maxStateSize: 10000 });
    await dialogue.refuse(EINVAL, VFIO_USER_MIG_DATA_READ, encodeMigrationRead(16));
    await dialogue.refuse(EINVAL, VFIO_USER_MIG_DATA_WRITE, encodeMigrationData(new Uint8Array(16)));
    await go(dialogue, STOP_COPY);
    await dialogue.refuse(EINVAL, VFIO_USER_MIG_DATA_WRITE, encodeMigrationData(new Uint8Array(16)));
    await dialogue.refuse(EINVAL, VFIO_USER_MIG_DATA_READ, encodeMigrationRead(8193));
    await dialogue.refuse(EINVAL, VFIO_USER_MIG_DATA_READ, vfio_user_mig_data.encode({ argsz: 23, size: 16 }));
    await dialogue.refuse(EINVAL, VFIO_USER_MIG_DATA_READ, new Uint8Array(7));
    await go(dialogue, RESUMING);
    await dialogue.refuse(EINVAL, VFIO_USER_MIG_DATA_READ, encodeMigrationRead(16));
    await dialogue.refuse(EINVAL, VFIO_USER_MIG_DATA_WRITE, vfio_user_mig_data.encode({ argsz: 8, size: 1 }));
    await dialogue.succeed(VFIO_USER_MIG_DATA_WRITE, encodeMigrationData(new Uint8Array(8192)));
    await dialogue.refuse(ENOSPC, VFIO_USER_MIG_DATA_WRITE, encodeMigrationData(new Uint8Array(8192)));
  });

  it('a state that the device refuses leaves it in ERROR, and a reset leads out', async test => {
    const dialogue = await startDialogue(test, bed);
    await go(dialogue, RESUMING);
    await dialogue.succeed(VFIO_USER_MIG_DATA_WRITE, encodeMigrationData(new Uint8Array(16)));
    await dialogue.refuse(EINVAL, VFIO_USER_DEVICE_FEATURE, stateRequest(RUNNING));
    assert.equal(await stateOf(dialogue), ERROR);
    await dialogue.refuse(EINVAL, VFIO_USER_DEVICE_FEATURE, stateRequest(STOP));
    await dialogue.succeed(wire.VFIO_USER_DEVICE_RESET);
    assert.equal(await stateOf(dialogue), RUNNING);
  });

  it('a device whose client leaves in the middle of a migration runs again', async test => {
    const dialogue = await startDialogue(test, bed);
    await go(dialogue, STOP_COPY);
    await dialogue.peer.close();
    assert.deepEqual(dialogue.device.events, ['stop', 'resume']);
    const other = await startDialogue(test, bed);
    await go(other, RESUMING);
    await other.peer.close();
    assert.deepEqual(other.device.events, ['stop', 'reset', 'resume']);
  });
}
