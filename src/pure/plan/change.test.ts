/** What a change of kernel, of ats and of the VMM does to VMs: by what the guest sees before and after it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DeviceFacts, deviceFacts, type HostFacts, NO_ASSIGNMENT_FACTS, NO_HOST_FACTS } from '../facts/index.ts';
import { type HostIommuDevice, iommufdDevice } from '../iommu/index.ts';
import { Bdf } from '../pci/bdf.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { changesOf } from './change.ts';
import type { FormatName, VmDefinition } from './definition.ts';
import type { PlanHost } from './judge/host/plan-host.ts';
import { pinFault } from './pin/check.ts';
import { applyEdits } from './pin/edits.ts';
import { pinVm } from './pin/pin.ts';
import { Planner, type PlanOptions } from './plan.ts';
import { NO_CONTEXT, readDefinitions } from './readers/index.ts';

const ATS = { id: 0x0f, body: '20000000' };
const SERIAL = { id: 0x03, body: '0102030405060708' };
const PARTS = { vendorId: 0x1234, deviceId: 1, classCode: 0x02_00_00, standard: [{ id: 0x10, body: '0200' }] };

const report = (kernel: string, capabilities: bigint): HostIommuDevice =>
  iommufdDevice({ type: 1, data: new Uint8Array(0), capabilities, maxPasidLog2: 0, kernel });

const file = (path: string) => ({ path, mode: null, uid: null, gid: null });

interface Given {
  readonly address?: string;
  readonly hostIommu?: HostIommuDevice | null;
  readonly hasAts?: boolean;
  readonly cdev?: 'none';
}

function device({ address = '0000:01:00.0', hostIommu = null, hasAts = true, cdev }: Given): DeviceFacts {
  const number = Number(address.slice(5, 7));
  const group = { number, type: 'DMA', members: [address], file: file(`/dev/vfio/${number}`) };
  const assignment = {
    ...NO_ASSIGNMENT_FACTS,
    driver: { name: 'vfio-pci' },
    cdev: cdev ?? file('/dev/vfio/devices/vfio0'),
    iommuGroup: group,
  };
  const config = buildConfigSpace({ ...PARTS, extended: hasAts ? [ATS, SERIAL] : [SERIAL] });
  return deviceFacts(config, { origin: 'capture', bdf: Bdf.parse(address), hostIommu, assignment });
}

function host(kernel: string, devices: readonly DeviceFacts[], facts: Partial<HostFacts> = {}): PlanHost {
  const files = { iommufd: file('/dev/iommu'), vfioContainer: file('/dev/vfio/vfio') };
  return { name: 'host', facts: { ...NO_HOST_FACTS, kernel, ...files, ...facts }, devices, isWhole: true };
}

const old = (capabilities = 0n, given: Given = {}): PlanHost =>
  host('6.12.0', [device({ hostIommu: report('6.12.0', capabilities), ...given })]);
const recent = (capabilities: bigint, given: Given = {}): PlanHost =>
  host('7.3.4', [device({ hostIommu: report('7.3.4', capabilities), ...given })]);

function read(text: string, format: FormatName = 'qemu'): VmDefinition {
  const [definition] = readDefinitions({ file: 'vm.txt', text }, format, NO_CONTEXT).definitions;
  assert.ok(definition);
  return definition;
}

const IOMMUFD = '-object iommufd,id=i0';
const qemu = (ats = '', iommufd = true): VmDefinition =>
  read(
    `qemu-system-x86_64 -M pc-q35-11.1 -nodefaults ${iommufd ? IOMMUFD : ''} -device pcie-root-port,id=rp,chassis=1 ` +
      `-device vfio-pci,host=01:00.0,bus=rp,id=nic${iommufd ? ',iommufd=i0' : ''}${ats}`,
  );

/** `nic: guest gets ATS`, for each change. */
function told(definition: VmDefinition, where: PlanHost, after: PlanOptions, before: PlanOptions = {}): string[] {
  const [first] = changesOf(new Planner([where], before).plan(definition), new Planner([where], after).plan(definition)).hosts;
  assert.ok(first);
  return first.changes.map(({ id, text }) => `${id === null ? '' : `${id}: `}${text}`);
}
const withKernel = (definition: VmDefinition, where: PlanHost, kernel: string): string[] =>
  told(definition, where, { assumed: { kernel } });

const NOT_ASKED =
  'Linux 7.1 and newer report whether ATS can be used, and 7.3.0 was not asked about 0000:01:00.0: whether its ATS is masked, or makes ' +
  'realize fail, is not known';

describe('a change of kernel', () => {
  test('to one that cannot report shows the ATS that the other one reported as unsupported', () => {
    assert.deepEqual(withKernel(qemu(), recent(8n), '6.18.0'), [
      'nic: guest gets ATS',
      'nic: guest-visible bytes differ: ATS [100] at 0x100',
    ]);
    assert.deepEqual(withKernel(qemu(',ats=on'), recent(8n), '6.18.0'), ['starts now']);
    assert.deepEqual(withKernel(qemu(), recent(0n), '6.18.0'), []);
    assert.deepEqual(withKernel(qemu('', false), recent(8n), '6.18.0'), [], 'a legacy container is not asked');
    assert.deepEqual(withKernel(qemu(',ats=off'), recent(8n), '6.18.0'), []);
  });

  test('to one that can report leaves open what that one says, as far as it decides', () => {
    assert.deepEqual(withKernel(qemu(), old(), '7.3.0'), [`nic: guest may lose ATS: ${NOT_ASKED}`]);
    assert.deepEqual(withKernel(qemu(',ats=on'), old(), '7.3.0'), [
      `whether it starts is not known any more: ${NOT_ASKED}`,
      `nic: guest may lose ATS: ${NOT_ASKED}`,
    ]);
    assert.deepEqual(withKernel(qemu(',ats=off'), old(), '7.3.0'), []);
    assert.deepEqual(withKernel(qemu(), old(0n, { hasAts: false }), '7.3.0'), []);
    assert.deepEqual(withKernel(qemu(), old(8n), '7.3.0'), [], 'a set flag is proof, whoever set it');
    assert.deepEqual(withKernel(qemu(), old(), '6.18.0'), []);
    assert.deepEqual(told(qemu(), old(), { profile: 'qemu-10.0', assumed: { kernel: '7.3.0' } }, { profile: 'qemu-10.0' }), []);
  });

  test('to one without iommufd, or without files of devices, ends what needs them', () => {
    const absent = '/dev/iommu does not exist (is your kernel config missing CONFIG_IOMMUFD?)';
    const since = 'mends it: Linux 6.2 or newer with CONFIG_IOMMUFD, or';
    const [first = '', ...others] = withKernel(qemu(), recent(8n), '5.15.0');
    assert.deepEqual([first.startsWith(`starts no more: ${absent}; ${since}`), others], [true, []], first);
    assert.match(
      withKernel(qemu(), recent(8n), '6.5.0')[0] ?? '',
      /^starts no more: vfio .* Linux 6\.6 or newer with CONFIG_VFIO_DEVICE_CDEV/,
    );
    assert.deepEqual(withKernel(qemu('', false), recent(8n), '4.18.0'), []);
    assert.match(withKernel(qemu(), recent(8n), '5.14.0-427.el9.x86_64')[0] ?? '', /not known/, 'its maker may have added iommufd');
  });

  test('to one that may have iommufd concludes nothing from a host that could not', () => {
    const where = host('5.15.0', [device({ cdev: 'none' })], { iommufd: 'none' });
    const both = { assumed: { kernel: '7.3.0', backend: 'iommufd' as const } };
    const [first = ''] = told(qemu('', false), where, both);
    assert.match(first, /^whether it starts is not known any more: whether the host has \/dev\/iommu is not known/);
    assert.match(told(qemu('', false), where, { assumed: { backend: 'iommufd' } })[0] ?? '', /^starts no more/);
    const built = host('6.8.0', [device({ cdev: 'none' })], { iommufd: 'none' });
    assert.match(told(qemu('', false), built, both)[0] ?? '', /^starts no more/, 'built without it, as its own kernel is');
  });
});

const CLOUD = '{ "payload": {"kernel": "/k"}, "devices": [ { "path": "/sys/bus/pci/devices/0000:01:00.0/", "id": "nic" } ] }';

test('a change that a definition has no place for changes nothing of it, and is told', () => {
  const cloud = read(CLOUD, 'cloud-hypervisor');
  assert.deepEqual(told(cloud, old(), { assumed: { machine: 'q35' } }), ['Cloud Hypervisor has no machine types: q35 changes nothing']);
  assert.deepEqual(told(cloud, old(), { assumed: { ats: 'off' } }), ['Cloud Hypervisor has no property ats: ats=off changes nothing']);
  const other = (family: string, wanted: string, own: string) =>
    `this is a definition of ${family}'s, which ${wanted} does not read: it is judged by ${own}`;
  assert.deepEqual(told(cloud, old(), { profile: 'qemu-10.0' }), [other('Cloud Hypervisor', 'qemu-10.0', 'cloud-hypervisor-53')]);
  const cloud53 = { profile: 'cloud-hypervisor-53' } as const;
  assert.deepEqual(told(qemu(), old(), cloud53), [other('QEMU', 'cloud-hypervisor-53', 'qemu-11.1')]);
  const plan = new Planner([old()], cloud53).plan(qemu());
  assert.deepEqual([plan.profile, plan.hosts[0]?.outcome], [{ name: 'qemu-11.1', assumed: true }, 'fits']);
  const [first] = changesOf(new Planner([old()]).plan(qemu()), plan).hosts;
  assert.deepEqual(
    first?.changes.map(({ code }) => code),
    ['not-concerned'],
  );
});

describe('a device whose ATS is shown though no kernel has reported on it', () => {
  const legacy = (ats = '') => new Planner([old()]).plan(qemu(ats, false)).hosts[0]?.devices[0];

  test('has a note, and no warning, whether AUTO shows it or its pin', () => {
    for (const ats of ['', ',ats=on']) {
      const device = legacy(ats);
      assert.deepEqual([device?.warnings, device?.notes.map(({ code }) => code)], [[], ['ats.shown.unreported']], ats);
    }
    assert.deepEqual(legacy(',ats=off')?.notes, []);
  });

  test('is pinned without a new warning', () => {
    const text = 'qemu-system-x86_64 -M pc-q35-11.1 -nodefaults -device vfio-pci,host=01:00.0\n';
    const before = new Planner([old()]).plan(read(text));
    const [on] = before.hosts;
    assert.ok(on);
    const { edits } = pinVm(before, on, text);
    const after = new Planner([old()]).plan(read(applyEdits(text, edits)));
    assert.equal(after.hosts[0]?.devices[0]?.properties.ats?.value, 'on');
    assert.deepEqual(after.hosts[0]?.devices[0]?.warnings, []);
    assert.equal(pinFault(before, after, { open: [], unwritten: [] }), null);
    const warned = new Planner([old(0n, { hasAts: false })]);
    const [quiet, loud] = [warned.plan(read(text)), warned.plan(read(text.replace('00.0', '00.0,ats=on')))];
    assert.match(pinFault(quiet, loud, { open: [], unwritten: [] }) ?? '', /^there is a new warning of/);
  });
});

describe('a change of what the guest sees', () => {
  test('is told by the views, and not by a property', () => {
    const bare = old(0n, { hasAts: false });
    assert.deepEqual(told(qemu(',ats=off'), bare, { assumed: { ats: 'on' } }), [
      'nic: new warning: vfio-pci: ats=on requested, but host device has no ATS extended capability',
    ]);
    assert.deepEqual(told(qemu(',ats=off'), old(), { assumed: { ats: 'on' } }).slice(0, 1), ['nic: guest gets ATS']);
    assert.deepEqual(
      told(qemu(), bare, { profile: 'airlock' }).filter(text => text.includes('ATS')),
      [],
    );
  });

  test('names the capability whose registers differ where no list leads to it', () => {
    const where = recent(8n);
    const [bytes = ''] = told(qemu(), where, { profile: 'airlock' }, { profile: 'qemu-11.1' }).filter(text => text.includes('bytes'));
    assert.match(bytes, /^nic: guest-visible bytes differ: .*ATS \[100\] at 0x100/);
    assert.doesNotMatch(bytes, /bytes at|header at/);
  });

  test('is told of a set by the devices that the VM may be given', () => {
    const yaml = [
      'apiVersion: kubevirt.io/v1',
      'kind: VirtualMachineInstance',
      'metadata: { name: a }',
      'spec: { domain: { machine: { type: pc-q35-11.1 }, devices: { hostDevices: [ { name: n, deviceName: e.com/n } ] } } }',
      '---',
      'apiVersion: kubevirt.io/v1',
      'kind: KubeVirt',
      'spec: { configuration: { permittedHostDevices: { pciHostDevices: [ { pciVendorSelector: "1234:0001", resourceName: e.com/n } ] } } }',
    ].join('\n');
    const both = [device({}), device({ address: '0000:02:00.0', hasAts: false })];
    const off = { assumed: { ats: 'off' as const } };
    const definition = read(yaml, 'kubevirt');
    const some = told(definition, host('6.12.0', both), {}, off);
    assert.match(some[0] ?? '', /guest may get ATS: 1 of the 2 devices that it may be given show it/);
    assert.match(some[1] ?? '', /guest-visible bytes differ: ATS \[100\] at 0x100/);
    assert.match(told(definition, host('6.12.0', both), off)[0] ?? '', /guest loses ATS$/);
    assert.match(told(definition, host('6.12.0', both.slice(0, 1)), {}, off)[0] ?? '', /guest gets ATS$/);
  });
});
