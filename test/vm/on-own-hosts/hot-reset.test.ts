/** Functions without a reset of their own: reset together with all of their bus, and only by whoever has all of it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingBed } from '../bed.ts';
import { bootAhead } from '../boot-ahead.ts';
import { type DeviceSpec, pair, SECOND_OF_PAIR, virtioNetWithAts } from '../devices.ts';
import { type HostVm, hostVm } from '../host-vm.ts';
import { packedAirlock } from '../packed-airlock.ts';
import { putProgram } from '../put-program.ts';
import { bindToVfio } from '../vfio.ts';
import type { Outcome, Trial } from './hot-resetter.ts';

const skip = missingBed();
const timeoutSeconds = 120;
const PROGRAM = '/opt/package/hot-resetter.mjs';
const BACKENDS = ['iommufd', 'legacy'] as const;
/** What is written to the register, and what stands there after a reset. */
const [WRITTEN, CLEARED] = [0x04030201, 0];

/** Linux knows that this card's functions are apart from others of their device, so the second is a group of its own. */
const apart: DeviceSpec = { name: 'apart', device: `${virtioNetWithAts.device},addr=0.0,multifunction=on` };
const SECOND_OF_APART = ['-device', 'igb,bus=port-apart,addr=0.1'];
/** A faster link must say that it is up again after a reset of the bus, which QEMU's port does not. */
const SLOW_LINKS = ['-global', 'pcie-root-port.x-speed=5'];

const booted =
  skip === false
    ? bootAhead(() =>
        hostVm({
          iommu: 'intel',
          package: packedAirlock(),
          devices: [pair, apart],
          qemuArguments: [...SLOW_LINKS, ...SECOND_OF_PAIR, ...SECOND_OF_APART],
        }),
      )
    : null;

describe('a function without a reset of its own', { skip }, () => {
  let vm: HostVm;
  /** A card, and what shares its bus: another group's for the first, its own group's for the second. */
  let [card, other, together, neighbour] = ['', '', '', ''];

  const groupOf = (address: string): Promise<string> => vm.output(['readlink', `/sys/bus/pci/devices/${address}/iommu_group`]);

  async function run(trials: readonly Trial[]): Promise<readonly Outcome[]> {
    return JSON.parse(await vm.output(['node', PROGRAM, JSON.stringify(trials)], { timeoutSeconds })) as Outcome[];
  }

  before(async () => {
    assert.ok(booted);
    vm = await booted();
    // Beside koffi.
    await putProgram(vm, join(import.meta.dirname, 'hot-resetter.ts'), PROGRAM);
    [other, card] = (await vm.address('apart')).split('\n') as [string, string];
    [together, neighbour] = (await vm.address('pair')).split('\n') as [string, string];
    // QEMU's cards can reset themselves; the kernel forgets that they can.
    for (const address of [card, together]) await vm.output(`echo >/sys/bus/pci/devices/${address}/reset_method`);
    for (const address of [card, together, neighbour]) await bindToVfio(vm, address);
    assert.notEqual(await groupOf(card), await groupOf(other));
    assert.equal(await groupOf(together), await groupOf(neighbour));
  });
  after(() => vm?.close());

  it('is not reset while the host has another one of its bus, which is named', async () => {
    const outcomes = await run(BACKENDS.map(backend => ({ address: card, backend })));
    for (const { kind, canReset, refusal, written, left, told } of outcomes) {
      assert.deepEqual([kind, canReset, written, left], ['shared', true, WRITTEN, WRITTEN]);
      const words = new RegExp(
        `^Cannot reset \\S+, which has no reset of its own: EBUSY, ${other} would be reset with it, and it is in use by virtio-pci; wanted vfio-pci: airlock bind ${other}$`,
      );
      assert.match(refusal ?? '', words);
      assert.deepEqual(told, [refusal]);
    }
  });

  it('is reset together with one that nobody uses, of its own group or of another', async () => {
    await bindToVfio(vm, other);
    const outcomes = await run([card, together].flatMap(address => BACKENDS.map(backend => ({ address, backend }))));
    for (const { kind, refusal, written, left, told } of outcomes) {
      assert.deepEqual([kind, refusal, written, left, told], ['shared', null, WRITTEN, CLEARED, []]);
    }
  });

  it('is not reset while another one of its bus is open elsewhere, which is named', async () => {
    const outcomes = await run(BACKENDS.map(backend => ({ address: card, backend, other })));
    for (const { refusal, left } of outcomes) {
      assert.match(refusal ?? '', new RegExp(`: EBUSY, ${other} would be reset with it, and it is in use: Cannot (bind|open) /dev/`));
      assert.equal(left, WRITTEN);
    }
  });
});
