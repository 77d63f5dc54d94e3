/** `airlock plan` against QEMU of what the shared hosts do not have: ats=on of a device whose extended list is empty, and of a conventional one. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingBed, preloadedLibrary } from '../bed.ts';
import { bootAhead } from '../boot-ahead.ts';
import { conventionalDevices, xhci } from '../devices.ts';
import { type HostVm, hostVm } from '../host-vm.ts';
import { packedAirlock } from '../packed-airlock.ts';
import { type ComparedLine, capturedHost, compareLines } from '../plan/compare-lines.ts';
import { BACKENDS, PC, Q35, RP1 } from '../plan/lines/plan-line.ts';
import { QEMU_RUN, splitWords } from '../plan/words.ts';
import { bindToVfio } from '../vfio.ts';

const skip = missingBed();
const devices = [xhci, ...conventionalDevices.filter(({ name }) => name === 'e1000')];
const booted =
  skip === false ? bootAhead(() => hostVm({ iommu: 'intel-no-iotlb', package: packedAirlock(), devices, memory: '3G' })) : null;

const LINES = BACKENDS.flatMap(([backend, object, property]) =>
  devices.flatMap(({ name }) =>
    [
      ['a port', `${Q35} ${object} ${RP1} -device vfio-pci,bus=rp1`],
      ['a conventional bus', `${PC} ${object} -device vfio-pci`],
    ].map(([place = '', words = '']) => ({ name, title: `${backend}, ${name}, ${place}`, words: `${words},host=$1${property},ats=on` })),
  ),
);

describe('airlock plan of ats=on', { skip }, () => {
  let vm: HostVm;
  let compared: ComparedLine[] = [];
  before(async () => {
    assert.ok(booted);
    vm = await booted();
    const addresses = new Map<string, string>();
    for (const { name } of devices) {
      const address = await vm.address(name);
      await bindToVfio(vm, address);
      addresses.set(name, address);
    }
    const host = await capturedHost(vm, 'vm');
    const many = { vm, library: preloadedLibrary(join(import.meta.dirname, '../many-lines.c')), program: QEMU_RUN[0] };
    const typed = LINES.map(({ name, words }) => ({
      words: [...QEMU_RUN, ...splitWords(words.replace('$1', addresses.get(name) ?? ''))],
      files: new Map<string, string>(),
    }));
    compared = await compareLines(many, host, typed, '/run/plan');
  });
  after(() => vm?.close());

  for (const [index, { title }] of LINES.entries()) {
    it(title, () => {
      const { planned, asked } = compared[index] ?? assert.fail();
      assert.deepEqual(planned, asked);
    });
  }
});
