import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostIommu } from '../../../test/fixtures/realize-with.ts';
import { deviceFacts } from '../facts/index.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { MachineError, PropertyError } from '../qemu/index.ts';
import { explainAts, guestBytes, prepareRequest, RequestError, realize, type ViewRequest, view } from './index.ts';

const config = buildConfigSpace({
  ...{ vendorId: 0x1234, deviceId: 0x5678, classCode: 0x120000 },
  standard: [{ id: 0x10, body: `0200${'00'.repeat(0x38)}` }],
  extended: [{ id: 0x0f, body: '20000000' }],
});
const FACTS = deviceFacts(config, { hostIommu: hostIommu('unsupported') });

const statusOf = (request: ViewRequest, facts = FACTS) => {
  const { realized } = view(facts, request);
  return realized.outcome === 'failed' ? realized.error.code : realized.capabilities.find(({ id }) => id === 0x0f)?.status;
};

test('view without a request is realize without options', () => {
  const facts = deviceFacts(config);
  assert.deepEqual(view(facts).realized, realize({ config }));
  assert.deepEqual(
    [view(facts).profile.name, view(facts).properties.machine?.name, view(facts).placement],
    ['airlock', 'pc-q35-11.1', 'root-port'],
  );
});

test('view takes the machine type of the host that the facts name, unless the request names one', () => {
  const machineOf = (hostArchitecture: string | null, request: ViewRequest = {}) => {
    const { properties, machineFrom } = view({ ...FACTS, hostArchitecture }, request);
    return [properties.machine?.name ?? null, machineFrom];
  };
  const request: ViewRequest = {};
  assert.deepEqual(machineOf('aarch64', request), ['virt-11.1', 'host']);
  assert.deepEqual(machineOf('x86_64', request), ['pc-q35-11.1', 'host'], 'though the request was prepared for another host');
  assert.deepEqual(machineOf(null, request), ['pc-q35-11.1', 'default']);
  assert.deepEqual(machineOf('riscv64', request), [null, 'host']);
  assert.deepEqual(machineOf('aarch64', { machine: 'q35' }), ['pc-q35-11.1', 'request']);
});

test('explainAts says where a machine type comes from, or that none is known', () => {
  const rowOf = (hostArchitecture: string | null, request: ViewRequest = {}) =>
    explainAts(view({ ...FACTS, hostArchitecture }, request)).links.find(({ name }) => name === 'machine row')?.text;
  assert.equal(rowOf('aarch64'), 'virt-11.1 has no row for vfio-pci.ats');
  assert.equal(rowOf(null), "pc-q35-11.1 (the default: the host's architecture is not known) has no row for vfio-pci.ats");
  assert.equal(rowOf(null, { machine: 'pc-q35-11.0' }), 'pc-q35-11.0 has the row { vfio-pci, ats, on }');
  assert.equal(rowOf('riscv64'), 'no machine type for a host of riscv64 is known: no row is applied');
  assert.equal(rowOf('riscv64', { profile: 'cloud-hypervisor-53' }), 'cloud-hypervisor-53 has no machine types');
});

test('view asks for what the request says', () => {
  assert.equal(statusOf({}), 'hidden');
  assert.equal(statusOf({ properties: [{ name: 'ats', value: 'on' }] }), 'ats.required.kernel-unsupported');
  assert.equal(statusOf({ machine: 'pc-q35-11.0' }), 'ats.required.kernel-unsupported', 'by the compat row');
  assert.equal(statusOf({ machine: 'pc-q35-11.0', globals: [{ driver: 'vfio-pci', name: 'ats', value: 'off' }] }), 'hidden');
  assert.equal(statusOf({ assumed: { capabilities: 0n } }), 'shown');
  assert.equal(statusOf({ profile: 'qemu-10.0' }), 'shown');
});

test('view places a device of a machine without PCI Express on its conventional bus', () => {
  const { placement, realized } = view(FACTS, { machine: 'pc-i440fx-11.1' });
  assert.equal(placement, 'conventional');
  assert.ok(realized.outcome === 'realized' && realized.isOnConventionalBus && realized.size === 256);
});

test('view below a port of a machine without PCI Express is that of a port, and ends at 256 bytes', () => {
  const request = { profile: 'qemu-11.1', machine: 'pc', placement: 'root-port' } as const;
  const facts = deviceFacts(config, { hostIommu: hostIommu('supported') });
  const seen = view(facts, request);
  assert.ok(seen.realized.outcome === 'realized' && seen.realized.isOnConventionalBus);
  const q35 = view(facts, { ...request, machine: 'q35' }).realized;
  assert.ok(q35.outcome === 'realized');
  assert.deepEqual(guestBytes(seen.realized).bytes, guestBytes(q35).bytes.slice(0, 256));
  const ats = seen.realized.capabilities.find(({ kind }) => kind === 'extended');
  assert.deepEqual([ats?.status, ats?.reason?.code], ['hidden', 'extended.unreachable']);
  assert.equal(explainAts(seen).broken?.text, 'this machine reaches no extended config space');
  // The VMM asks the kernel all the same.
  const refused = view(FACTS, { ...request, properties: [{ name: 'ats', value: 'on' }] }).realized;
  assert.equal(refused.outcome === 'failed' && refused.error.code, 'ats.required.kernel-unsupported');
});

test('view takes the properties and the globals of the device type that is asked for', () => {
  const driver = 'vfio-pci-nohotplug';
  const refused = view(FACTS, { driver, properties: [{ name: 'ramfb', value: 'on' }] }).realized;
  assert.equal(refused.outcome === 'failed' && refused.error.message, 'ramfb=on requires display=on');
  assert.throws(() => view(FACTS, { properties: [{ name: 'ramfb', value: 'on' }] }), PropertyError);
  const globals = [{ driver, name: 'ats', value: 'off' }];
  assert.equal(view(FACTS, { driver, globals }).settings.ats, 'off');
  assert.equal(view(FACTS, { globals }).settings.ats, 'auto');
});

test('view of vfio bytes takes those of the facts, or the bytes that are there as such', () => {
  const vfio = buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5678, classCode: 0x120000 });
  assert.equal(view({ ...FACTS, vfio }, { bytes: 'vfio' }).config, vfio);
  assert.equal(view({ ...FACTS, vfio }, {}).config, config);
  assert.equal(view(FACTS, { bytes: 'vfio' }).config, config);
});

for (const [what, request, kind, code] of [
  ['a machine type that is not there', { machine: 'pc-q35-1.0' }, MachineError, 'machine.unknown'],
  ['a property that is not there', { properties: [{ name: 'atz', value: 'on' }] }, PropertyError, 'property.unknown'],
  ['a place that the machine lacks', { machine: 'pc', placement: 'root-complex' }, RequestError, 'placement.unfit'],
  ['a device type that is not there', { driver: 'vfio-pcie' }, RequestError, 'driver.unknown'],
  ["a device type that is no host's device", { driver: 'intel-iommu' }, RequestError, 'driver.unknown'],
  ["another VMM's device type", { profile: 'cloud-hypervisor-53', driver: 'vfio-pci' }, RequestError, 'driver.unknown'],
  ['vfio bytes that nobody read', { bytes: 'vfio' }, RequestError, 'bytes.none'],
] as const) {
  test(`view throws ${kind.name} (${code}) for ${what}`, () => {
    assert.throws(
      () => view({ ...FACTS, notAsked: 'in use by nvme' }, request),
      (error: unknown) => error instanceof kind && error.code === code,
    );
  });
}

test('prepareRequest works a request out once', () => {
  const request: ViewRequest = { machine: 'q35' };
  assert.equal(prepareRequest(request), prepareRequest(request));
  assert.notEqual(prepareRequest(request), prepareRequest({ ...request }));
  for (let i = 0; i < 50; i++) assert.equal(prepareRequest(request, `a${i}`).properties.machine?.name, 'pc-q35-11.1');
  assert.equal(prepareRequest(request, 'a0'), prepareRequest(request, 'a0'));
});
