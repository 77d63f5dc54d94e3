import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeviceFacts, deviceFacts, type HostFacts, NO_ASSIGNMENT_FACTS, NO_HOST_FACTS } from '../../../facts/index.ts';
import { Bdf } from '../../../pci/bdf.ts';
import { buildConfigSpace } from '../../../pci/builder.ts';
import { ConfigSpace } from '../../../pci/config-space.ts';
import type { KnownRegions, RegionFact } from '../../../pci/regions.ts';
import { PCI_CAP_MSIX_SIZEOF, PCI_MSIX_TABLE } from '../../../spec/pci-regs.ts';
import { Planner, type PlanOptions } from '../../plan.ts';
import type { HostPlan } from '../../plan-report.ts';
import { NO_CONTEXT, readDefinitions } from '../../readers/index.ts';

const A = '0000:01:00.0';
const file = (path: string) => ({ path, mode: null, uid: null, gid: null });

const memory = (index: number, size: bigint | null): RegionFact => ({ index, kind: 'memory', width: 32, prefetchable: false, size });
const io: RegionFact = { index: 0, kind: 'io', width: 32, prefetchable: null, size: 0x40n };
const whole = (...regions: RegionFact[]): KnownRegions => ({ source: 'host', isComplete: true, regions });

/** MSI-X with one vector, table and pending bits in BAR 1 at 0 and 800h. */
const MSIX = { id: 0x11, body: '00000100000001080000' };

const CONFIG = buildConfigSpace({ vendorId: 0x1234, deviceId: 1, classCode: 0, standard: [MSIX] });

function device(regions: KnownRegions | null, config = CONFIG): DeviceFacts {
  const iommuGroup = { number: 7, type: 'DMA', members: [A], file: file('/dev/vfio/7') };
  const assignment = { ...NO_ASSIGNMENT_FACTS, driver: { name: 'vfio-pci' }, cdev: file('/dev/vfio/devices/vfio0'), iommuGroup };
  return deviceFacts(config, { origin: 'capture', bdf: Bdf.parse(A), assignment, regions });
}

interface Asked {
  readonly platform?: string;
  readonly device?: string;
  readonly facts?: DeviceFacts;
  readonly host?: Partial<HostFacts>;
  readonly options?: PlanOptions;
}

function plan(asked: Asked): HostPlan {
  const { platform = 'iommufd=on', device: words = '', facts = device(whole(memory(0, 0x4000n))), host = {}, options } = asked;
  const text = `cloud-hypervisor --kernel /k --platform ${platform} --device path=/sys/bus/pci/devices/${A}/,id=nic${words}`;
  const { definitions } = readDefinitions({ file: 'vm.txt', text }, 'cloud-hypervisor', NO_CONTEXT);
  const [definition = assert.fail()] = definitions;
  const files = { iommufd: file('/dev/iommu'), vfioContainer: file('/dev/vfio/vfio') };
  const where = { name: 'host', facts: { ...NO_HOST_FACTS, ...files, ...host }, devices: [facts], isWhole: true };
  const [first = assert.fail()] = new Planner([where], options).plan(definition).hosts;
  return first;
}

/** Outcome, backend and code of the one device. */
function told(asked: Asked): string {
  const [device] = plan(asked).devices;
  return [device?.outcome, device?.backend, device?.error?.code].join(' ');
}

test('judgePeerDma refuses iommufd=on alone, with what mends it, where it is written', () => {
  const { outcome, devices, stopsWith } = plan({});
  assert.equal(outcome, 'fails');
  const { code, stage, message, mend, origin } = stopsWith ?? assert.fail();
  assert.deepEqual([code, stage], ['iommufd.peer-dma', 'vmm']);
  assert.match(message, /^Failed to map VFIO MMIO region: .*Bad address$/);
  assert.match(mend ?? '', /^vfio_p2p_dma=off/);
  assert.deepEqual([origin?.line, origin?.column], [1, 'cloud-hypervisor --kernel /k --platform iommufd='.length + 1]);
  assert.equal(devices[0]?.view, null);
});

test('judgePeerDma says nothing of what maps no region', () => {
  for (const [asked, backend] of [
    [{ platform: 'iommufd=on,vfio_p2p_dma=off' }, 'iommufd'],
    [{ platform: 'iommufd=off' }, 'legacy'],
    [{ device: ',iommu=on' }, 'iommufd'],
    [{ device: ',x_exclude_mmap_bars=[0]' }, 'iommufd'],
    [{ facts: device(whole(io)) }, 'iommufd'],
    [{ facts: device(whole(io, memory(6, 0x10000n))) }, 'iommufd'],
    // One page, in which MSI-X has its arrays.
    [{ facts: device(whole(io, memory(1, 0x1000n))) }, 'iommufd'],
  ] satisfies readonly (readonly [Asked, string])[]) {
    assert.equal(told(asked), `realized ${backend} `, JSON.stringify(asked.platform ?? asked.device));
  }
});

test('judgePeerDma judges by the pages that are mapped', () => {
  const refused = 'failed iommufd iommufd.peer-dma';
  assert.equal(told({ facts: device(whole(io, memory(1, 0x2000n))) }), refused);
  assert.equal(told({ facts: device(whole(memory(0, 0x4000n), memory(1, 0x1000n))), device: ',x_exclude_mmap_bars=[1]' }), refused);
  assert.equal(told({ options: { assumed: { backend: 'iommufd' } }, platform: 'iommufd=off' }), refused);
  assert.equal(told({ options: { assumed: { backend: 'legacy' } } }), 'realized legacy ');
});

test('judgePeerDma leaves open what the facts do not tell', () => {
  const unknown = 'unknown iommufd iommufd.peer-dma';
  assert.equal(told({ facts: device(null) }), unknown);
  assert.equal(told({ facts: device({ ...whole(io), isComplete: false }) }), unknown);
  assert.equal(told({ facts: device(whole(memory(0, null))) }), unknown);
  assert.equal(told({ facts: device(whole(memory(0, 0x80n))) }), unknown);
});

test('judgePeerDma concludes nothing from registers of MSI-X that are not known', () => {
  const [from, to] = [0x40 + PCI_MSIX_TABLE, 0x40 + PCI_CAP_MSIX_SIZEOF];
  assert.deepEqual(CONFIG.read(0x40, 1), MSIX.id);
  const known = new Uint8Array(CONFIG.bytes.length).fill(1).fill(0, from, to);
  const facts = device(whole(io, memory(1, 0x1000n)), new ConfigSpace(CONFIG.bytes, known));
  assert.equal(told({ facts }), 'unknown iommufd iommufd.peer-dma');
});

test('judgeIommufd says what Cloud Hypervisor needs of the host', () => {
  const { errors } = plan({ platform: 'iommufd=on,vfio_p2p_dma=off', host: { iommufd: 'none' } });
  assert.deepEqual(
    errors.map(({ code, of, mend }) => [code, of, mend]),
    [['iommufd.absent', 'object iommufd', 'sudo modprobe iommufd, or iommufd=off of --platform']],
  );
});
