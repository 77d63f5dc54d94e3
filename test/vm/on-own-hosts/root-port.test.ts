/** What QEMU's vfio-pci makes of the guest's root port, where the kernel reports that AtomicOps are completed on the host's path. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buildConfigSpace } from '../../../src/pure/pci/builder.ts';
import { ConfigSpace } from '../../../src/pure/pci/config-space.ts';
import { expressFacts } from '../../../src/pure/pci/express-facts.ts';
import { PROFILES } from '../../../src/pure/profiles/index.ts';
import { describePort } from '../../../src/pure/slot/port.ts';
import { missingBed, preloadedLibrary } from '../bed.ts';
import { virtioNetWithAts } from '../devices.ts';
import { type HostVm, hostVm } from '../host-vm.ts';
import { INSTALLED, runInnerQemu } from '../inner-qemu.ts';
import { bindToVfio } from '../vfio.ts';

const LIBRARY = '/usr/local/lib/atomic-info.so';
/** VFIO_PCI_ATOMIC_COMP32, 64 and 128 stand for bits [9:7] of Device Capabilities 2. */
const FIRST_COMPLETION = 7;

const hex4 = (value: number): string => Buffer.from(Uint32Array.of(value).buffer).toString('hex');

/** A function that completes these sizes, as the host's device and its root port: what would make the kernel report so. */
function completing(flags: number, type: string): ConfigSpace {
  const body = `${type}${'00'.repeat(0x20)}${hex4(flags << FIRST_COMPLETION)}${'00'.repeat(0x14)}`;
  return buildConfigSpace({ vendorId: 1, deviceId: 2, classCode: 0, standard: [{ id: 0x10, body }] });
}

const skip = missingBed();

describe("QEMU's root port above an assigned device", { skip, timeout: 600_000 }, () => {
  let vm: HostVm;
  let address: string;

  before(async () => {
    vm = await hostVm({ iommu: 'intel', devices: [virtioNetWithAts], bootSeconds: 400 });
    address = await vm.address('virtio-net');
    await bindToVfio(vm, address);
    await vm.copyIn(preloadedLibrary(join(import.meta.dirname, 'atomic-info.c')), LIBRARY);
  });
  after(() => vm?.close());

  const rows = [
    { flags: 0, multifunction: 'off', backend: 'iommufd' },
    { flags: 7, multifunction: 'off', backend: 'iommufd' },
    { flags: 3, multifunction: 'off', backend: 'legacy' },
    { flags: 7, multifunction: 'on', backend: 'iommufd' },
  ] as const;
  for (const { flags, multifunction, backend } of rows) {
    it(`completes what is predicted where the kernel reports ${flags} through ${backend}, multifunction=${multifunction}`, async () => {
      const environment = [`LD_PRELOAD=${LIBRARY}`, ...(flags === 0 ? [] : [`AIRLOCK_ATOMIC_COMP=${flags}`])];
      const options = { address, machine: 'q35', backend, properties: [`multifunction=${multifunction}`] };
      const { code, port, messages } = await runInnerQemu(vm, { ...options, program: { ...INSTALLED, environment } });
      assert.equal(code, 0, messages.join('\n'));
      const seen = expressFacts(new ConfigSpace(port ?? new Uint8Array(0)));
      assert.ok(typeof seen === 'object' && seen.deviceCapabilities2 !== null);
      const { atomicCompletion, endEndPrefixes } = describePort({
        config: completing(flags, '0200'),
        above: [completing(flags, '4200')],
        ...{
          isVirtual: false,
          reportedAtomicOps: null,
          profile: PROFILES['qemu-11.1'],
          placement: 'root-port',
          multifunction: multifunction === 'on',
        },
      });
      const { bits32, bits64, bits128 } = atomicCompletion;
      const bit = (at: number) => (((seen.deviceCapabilities2 ?? 0) >> at) & 1) === 1;
      assert.deepEqual([bits32, bits64, bits128], [bit(7), bit(8), bit(9)]);
      assert.ok(bit(21), 'it passes End-End TLP Prefixes on');
      assert.equal(endEndPrefixes.code, 'prefixes.device-has-none');
    });
  }
});
