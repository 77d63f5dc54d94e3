/** Facts that become a capture and are read back: nothing is lost, nothing is invented, and nothing private is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AssignmentFacts, type DeviceFacts, deviceFacts, type HostFacts, NO_ASSIGNMENT_FACTS, NO_HOST_FACTS } from '../facts/index.ts';
import { noReportDevice } from '../iommu/index.ts';
import { Bdf } from '../pci/bdf.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { captureDevices, captureHostFacts, captureOf, formatCapture, parseCapture } from './index.ts';

const text = fc.string({ unit: 'binary', maxLength: 20 });
const unknownOr = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const noneOr = <T>(value: fc.Arbitrary<T>) => unknownOr(fc.oneof(value, fc.constant('none' as const)));
const address = fc.nat(0xffff_ffff).map(number => new Bdf(number >>> 16, (number >>> 8) & 0xff, (number >>> 3) & 0x1f, number & 7).text);
const small = fc.nat(255);

const file = fc.record({
  path: fc.constantFrom('/dev/iommu', '/dev/vfio/7', '/dev/vfio/devices/vfio3'),
  mode: unknownOr(fc.constantFrom('0660', '0600', '1777')),
  uid: unknownOr(small),
  gid: unknownOr(small),
});
const checks = unknownOr(
  fc.array(fc.record({ code: text, status: fc.constantFrom('pass', 'warn', 'fail', 'unknown'), text }), { maxLength: 3 }),
);
const hash = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 });

/** noAts follows from the options where they are known. */
const hostFacts: fc.Arbitrary<HostFacts> = fc
  .record({
    id: unknownOr(fc.record({ from: fc.constantFrom('machine-id', 'product-uuid'), hash })),
    time: unknownOr(fc.constant('2026-11-28T18:00:00Z')),
    kernel: unknownOr(text),
    architecture: unknownOr(text),
    pageSize: unknownOr(fc.constantFrom(4096, 16384, 65536)),
    kernelOptions: unknownOr(fc.array(fc.constantFrom('iommu=pt', 'pci=noats', 'intel_iommu=on'), { maxLength: 3 })),
    noAts: unknownOr(fc.boolean()),
    iommus: unknownOr(
      fc.array(
        fc.record({
          name: fc.constant(null),
          kind: text,
          attributes: fc.record({ ecap: text }),
          devices: unknownOr(fc.array(address, { maxLength: 3 })),
        }),
        { maxLength: 2 },
      ),
    ),
    iommufd: noneOr(file),
    vfioContainer: noneOr(file),
    modules: unknownOr(
      fc.array(
        fc.record({
          name: fc.constant('vfio_pci'),
          state: fc.constantFrom('loaded', 'builtin', 'present', 'absent'),
          parameters: fc.record({ enable_sriov: text }),
        }),
        { maxLength: 2 },
      ),
    ),
    numaNodes: unknownOr(
      fc.array(fc.record({ node: small, distances: unknownOr(fc.array(small, { maxLength: 3 })), cpus: unknownOr(text) }), {
        maxLength: 2,
      }),
    ),
    checks,
    isWhole: unknownOr(fc.boolean()),
  })
  .map(facts => ({ ...facts, noAts: facts.kernelOptions === null ? facts.noAts : facts.kernelOptions.includes('pci=noats') }));

const assignment: fc.Arbitrary<AssignmentFacts> = fc.record({
  driver: noneOr(fc.record({ name: fc.oneof(text, fc.constant('none')) })),
  iommuGroup: noneOr(
    fc.record({ number: small, type: unknownOr(text), members: unknownOr(fc.array(text, { maxLength: 3 })), file: noneOr(file) }),
  ),
  numaNode: noneOr(small),
  sriov: unknownOr(
    fc.record({
      totalVfs: noneOr(small),
      physicalFunction: noneOr(address),
      virtualFunctions: unknownOr(fc.array(address, { maxLength: 3 })),
    }),
  ),
  resetMethods: unknownOr(fc.array(text, { maxLength: 3 })),
  cdev: noneOr(file),
  bridges: fc.constant(null),
  checks,
});

const config = fc.array(fc.record({ value: fc.nat(255), mask: fc.constantFrom(0xff, 0, 0x0f, 0x80) }), { maxLength: 100 }).map(
  cells =>
    new ConfigSpace(
      Uint8Array.from(cells, ({ value, mask }) => (mask === 0xff ? value : 0)),
      Uint8Array.from(cells, ({ mask }) => Number(mask === 0xff)),
      {
        mask: Uint8Array.from(cells, ({ mask }) => (mask === 0xff ? 0 : mask)),
        value: Uint8Array.from(cells, ({ value, mask }) => (mask === 0xff ? 0 : value & mask)),
      },
    ),
);
const region = fc.record({
  index: fc.nat(6),
  kind: fc.constantFrom(null, 'memory' as const, 'io' as const),
  width: fc.constantFrom(null, 32 as const, 64 as const),
  prefetchable: unknownOr(fc.boolean()),
  size: fc.bigInt(1n, 1n << 50n),
});

const device: fc.Arbitrary<DeviceFacts> = fc
  .record({
    bdf: address.map(one => Bdf.parse(one)),
    config,
    vfio: unknownOr(config),
    notAsked: unknownOr(text),
    virtualFunction: unknownOr(fc.constant({ vendorId: 0x8086, deviceId: 0x10ca, bars: [4, 0, 0, 12, 0, 0] })),
    regions: unknownOr(fc.array(region, { maxLength: 7 }).map(regions => ({ source: 'host' as const, isComplete: true, regions }))),
    reportedAtomicOps: unknownOr(fc.constantFrom(0, 0x180)),
    assignment,
    description: unknownOr(text),
  })
  .map(({ config: bytes, ...others }) => deviceFacts(bytes, { ...others, origin: 'capture' }));

/** What can be compared: of bytes their known bits. */
function plain({ config: own, vfio, bdf, hostIommu: _, ...rest }: DeviceFacts): object {
  const bitsOf = (space: ConfigSpace) => Array.from(space.bytes, (__, at) => [space.knownBits(at), space.readKnownBits(at)]);
  return { ...rest, bdf: bdf?.text, config: bitsOf(own), vfio: vfio && bitsOf(vfio), above: null };
}

/** Plain objects, as those that fast-check makes have no prototype. */
const values = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part)));

test('captureOf loses nothing of what is known, and what is not known stays so', () => {
  fc.assert(
    fc.property(hostFacts, fc.array(device, { maxLength: 3 }), (host, devices) => {
      const back = parseCapture(formatCapture(captureOf(host, devices, { redacts: [] })));
      assert.deepEqual(values(captureHostFacts(back)), values(host));
      const ofHost = devices.map(one => ({ ...one, hostArchitecture: host.architecture || null, hostPageSize: host.pageSize }));
      assert.deepEqual(values([...captureDevices(back)].map(plain)), values(ofHost.map(plain)));
    }),
    { numRuns: 150 },
  );
});

const ENDPOINT = { vendorId: 0x1234, deviceId: 1, classCode: 0x020000 };
const BRIDGE = buildConfigSpace({
  vendorId: 0x1234,
  deviceId: 2,
  classCode: 0x060400,
  headerType: 1,
  override: [{ at: 0x20, bytes: '70fe70fe' }],
});

test('captureOf writes the bridges above a device once, redacted, and not those that are devices themselves', () => {
  const below = (text_: string, bridges: readonly string[]) =>
    deviceFacts(buildConfigSpace(ENDPOINT), {
      bdf: Bdf.parse(text_),
      above: bridges.map(() => BRIDGE),
      assignment: { ...NO_ASSIGNMENT_FACTS, bridges },
    });
  const bridges = ['0000:02:00.0', '0000:00:1c.0'];
  const devices = [below('03:00.0', bridges), below('03:00.1', bridges), below('02:00.0', ['0000:00:1c.0'])];
  const capture = captureOf(NO_HOST_FACTS, devices, { redacts: ['addresses'] });
  assert.deepEqual(
    capture.bridges?.map(({ address: own }) => own),
    ['0000:00:1c.0'],
  );
  assert.ok(!JSON.stringify(capture.bridges).includes('70fe'));
  const back = [...captureDevices(parseCapture(formatCapture(capture)))];
  assert.deepEqual(
    back.map(({ above }) => above?.length),
    [2, 2, 1],
  );
  const cut = parseCapture(formatCapture({ ...capture, bridges: [] }));
  assert.deepEqual(
    [...captureDevices(cut)].map(({ above }) => above),
    [null, null, null],
    'a bridge that was cut away is not known',
  );
});

test('captureOf takes addresses out of the names that the kernel makes of them, where addresses are to go', () => {
  const said = [{ code: 'iommu.on', status: 'pass', text: 'one IOMMU: smmu3.0x0000000009050000 (arm-smmuv3), 0000:3b:00.0' }] as const;
  const members = ['fd4a0000.pcie', '0000:3b:00.0'];
  const group = { number: 1, type: null, members, file: null };
  const host = {
    ...NO_HOST_FACTS,
    checks: said,
    iommus: [{ name: 'x', kind: 'amd', attributes: { address: 'fed90000' }, devices: members }],
  };
  const devices = [
    deviceFacts(buildConfigSpace(ENDPOINT), {
      bdf: Bdf.parse('3b:00.0'),
      assignment: { ...NO_ASSIGNMENT_FACTS, iommuGroup: group, checks: said },
    }),
  ];
  const redacted = JSON.stringify(captureOf(host, devices, { redacts: ['addresses'] }));
  for (const secret of ['9050000', 'fd4a0000', 'fed90000']) assert.ok(!redacted.includes(secret), secret);
  assert.ok(redacted.includes('0000:3b:00.0'), 'where a device is on its bus is no address of memory');
  assert.ok(JSON.stringify(captureOf(host, devices, { redacts: [] })).includes('smmu3.0x0000000009050000'));
});

test('captureOf leaves out a list of regions that is not whole, and what nobody reported', () => {
  const regions = { source: 'lspci', isComplete: false, regions: [] } as const;
  const own = deviceFacts(buildConfigSpace(ENDPOINT), { bdf: Bdf.parse('3b:00.0'), regions, hostIommu: noReportDevice('7.3.4') });
  const [captured] = captureOf(NO_HOST_FACTS, [own], { redacts: [] }).devices;
  assert.deepEqual(Object.keys(captured ?? {}), ['address', 'config']);
  assert.throws(() => captureOf(NO_HOST_FACTS, [deviceFacts(own.config)], { redacts: [] }), RangeError);
});
