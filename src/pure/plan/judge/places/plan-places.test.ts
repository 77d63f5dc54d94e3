import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DefinedDevice, type DefinedValue, FORMATS, type VmDefinition } from '../../definition.ts';
import { looseWords, qemuDefinition } from '../../readers/qemu/index.ts';
import { type DevicePlace, MACHINE_FAMILIES, type PlaceMachine, planPlaces } from './index.ts';

const q35: PlaceMachine = { family: 'pc-q35', version: '11.1' };
const pc: PlaceMachine = { family: 'pc-i440fx', version: '11.1' };
const virt: PlaceMachine = { family: 'virt', version: '11.1' };

function definition(devices: readonly string[], options: readonly string[] = ['-nodefaults']): VmDefinition {
  const words = ['qemu-system-x86_64', ...options, ...devices.flatMap(device => ['-device', device])];
  return qemuDefinition(looseWords(words, 'vm.args'), 'vm.args', { related: [], openFile: () => null });
}

const places = (devices: readonly string[], machine: PlaceMachine | null = q35, options?: readonly string[]): readonly DevicePlace[] =>
  planPlaces(definition(devices, options), machine).devices;

const short = ({ outcome, place, error }: DevicePlace): string =>
  place === null ? `${outcome}: ${error?.message}` : `${outcome} ${place.bus} ${place.address} ${place.kind}`;

test('planPlaces gives devices the first free slots in their order', () => {
  const all = places([
    'pcie-root-port,id=rp1',
    'vfio-pci,host=3b:00.0,bus=rp1',
    'vfio-pci,host=3b:00.1',
    'virtio-net-device',
    'e1000,addr=0x5.1',
  ]);
  assert.deepEqual(all.map(short), [
    'placed pcie.0 01.0 root-complex',
    'placed rp1 00.0 root-port',
    'placed pcie.0 02.0 root-complex',
    'none: undefined',
    'placed pcie.0 05.1 root-complex',
  ]);
  assert.equal(all[4]?.devfn, 0x29);
});

test('planPlaces knows what each bus makes of a device', () => {
  const bridges = ['pcie-pci-bridge,id=b', 'pcie-root-port,id=r', 'vfio-pci,bus=b,addr=1', 'vfio-pci,bus=r'];
  assert.deepEqual(
    places(bridges)
      .slice(2)
      .map(place => place.place?.kind),
    ['conventional-bridge', 'root-port'],
  );
  assert.deepEqual(
    places(bridges, pc)
      .slice(2)
      .map(place => place.place?.kind),
    ['conventional', 'root-port'],
  );
  const expanded = places([
    'pxb-pcie,id=x,bus_nr=32,bus=pcie.0',
    'pcie-root-port,id=r,bus=x',
    'vfio-pci,bus=r',
    'pcie-pci-bridge,id=b,bus=x',
    'vfio-pci,bus=b,addr=2',
  ]);
  assert.deepEqual(
    expanded.map(place => place.place?.kind),
    ['root-complex', 'root-complex', 'root-port', 'root-complex', 'conventional-bridge'],
  );
});

test('planPlaces goes on behind a device that is refused, as if it were not there', () => {
  const all = places(['e1000e,id=a,addr=5', 'pcie-root-port,id=rp,addr=5', 'vfio-pci,bus=rp', 'e1000e,addr=6,id=c']);
  assert.deepEqual(all.map(short), [
    'placed pcie.0 05.0 root-complex',
    'failed: PCI: slot 5 function 0 not available for pcie-root-port, in use by e1000e,id=a',
    'unknown: the bus is that of rp, which is refused',
    'placed pcie.0 06.0 root-complex',
  ]);
});

test('planPlaces says what mends a place in the words of the format', () => {
  const lines: [devices: string[], qemu: string, libvirt: string][] = [
    [['e1000e,addr=1', 'e1000e,addr=1'], 'addr=02.0 is free on pcie.0', "<address> with slot='0x02' is free on pcie.0"],
    [['e1000e,id=a,addr=1', 'e1000e,addr=1.1'], 'multifunction=on for a at 01.0', "multifunction='on' in the <address> of a at slot 0x01"],
    [['pcie-root-port,id=pci.1', 'e1000e,bus=pci.l'], 'bus=pci.1', "<address> with bus='0x01'"],
    [['pcie-root-port,chassis=1', 'pcie-root-port,chassis=1'], 'chassis=2', "<target> with chassis='2'"],
    [['pxb-pcie,bus_nr=32', 'e1000e'], 'bus=pcie.0', "<address> with bus='0x00'"],
    [['e1000e,acpi-index=1', 'e1000e,acpi-index=1'], 'acpi-index=2', "<acpi index='2'/>"],
    [['pci-bridge'], 'chassis_nr=1', "<target> with chassisNr='1'"],
    [['e1000e,bus=rp', 'pcie-root-port,id=rp'], '-device of rp before this one', '<controller> of rp with a lower index'],
  ];
  for (const [devices, qemu, libvirt] of lines) {
    const written = definition(devices);
    const inLibvirt = { ...written, source: { ...written.source, format: 'libvirt' } as const };
    const mends = [written, inLibvirt].map(one => planPlaces(one, q35).devices.find(({ error }) => error)?.error?.mend);
    assert.deepEqual(mends, [qemu, libvirt]);
  }
});

test('planPlaces points at what is wrong', () => {
  const text = planPlaces(definition(['e1000e,addr=zz', 'e1000e,bus=rp9', 'e1000e,multifunction=maybe']), q35).devices;
  assert.deepEqual(
    text.map(({ error }) => [error?.code, error?.message]),
    [
      ['place.value', "Property 'e1000e.addr' doesn't take value 'zz'"],
      ['place.bus', "Bus 'rp9' not found"],
      ['place.value', "Parameter 'multifunction' expects 'on' or 'off'"],
    ],
  );
  assert.ok(text.every(({ error }) => error?.origin?.file === 'vm.args'));
});

test('planPlaces tells what a guest does not find', () => {
  const devices = [
    'pcie-root-port,id=rp',
    'pcie-pci-bridge,id=b,bus=rp,addr=3',
    'vfio-pci,bus=b,addr=1',
    'e1000e,addr=7.1',
    'e1000e,bus=rp',
  ];
  const all = places(devices);
  assert.deepEqual(
    all.map(({ unseen }) => unseen && [unseen.code, unseen.mend]),
    [null, ['place.slot-not-seen', null], ['place.slot-not-seen', null], ['place.function-not-seen', 'addr=07.0 is free on pcie.0'], null],
  );
  const words = 'PCI: slot 3 is not valid for pcie-pci-bridge, parent device only allows plugging into slot 0.';
  assert.deepEqual(
    all.map(({ warnings }) => warnings.map(({ message }) => message)),
    [[], [words], [], [], []],
  );
  assert.equal(places(['e1000e,addr=7.1', 'e1000e,addr=7.0,multifunction=on'])[0]?.unseen, null);
});

test('planPlaces does not guess what rests on a device that nobody knows', () => {
  const all = places(['made-up-card', 'vfio-pci', 'e1000e,addr=2', 'e1000e,addr=9', 'pcie-root-port,id=rp', 'vfio-pci,bus=rp']);
  assert.deepEqual(
    all.map(({ outcome, place }) => `${outcome} ${place?.bus} ${place?.address}`),
    [
      'unknown undefined undefined',
      'unknown pcie.0 null',
      'unknown undefined undefined',
      'placed pcie.0 09.0',
      'unknown pcie.0 null',
      'placed rp 00.0',
    ],
  );
  assert.match(all[0]?.error?.message ?? '', /no device made-up-card is known here/);
  // Where its address stands there, nothing rests on what it is.
  assert.equal(short(places(['made-up-card,addr=1', 'vfio-pci'])[1] ?? assert.fail()), 'placed pcie.0 02.0 root-complex');
});

test('planPlaces leaves to a manager what it chooses at start', () => {
  const written = definition([
    'pcie-root-port,id=a,bus=pcie.0',
    'pcie-root-port,id=b,bus=pcie.0',
    'vfio-pci,bus=b',
    'e1000e,addr=1,bus=pcie.0',
    'e1000e',
  ]);
  const devices = written.devices.map((one, index) => (index < 3 ? { ...one, isAddressLate: true } : one));
  assert.deepEqual(
    planPlaces({ ...written, devices }, q35).devices.map(({ outcome, place }) => `${outcome} ${place?.bus} ${place?.address}`),
    ['placed pcie.0 null', 'placed pcie.0 null', 'placed b 00.0', 'placed pcie.0 01.0', 'unknown pcie.0 null'],
  );
});

test('planPlaces knows nothing of the buses of a machine that it does not know', () => {
  for (const machine of [null, { family: 'pseries', version: null }]) {
    const all = places(['vfio-pci,addr=5', 'virtio-net-device', 'pcie-root-port,id=rp', 'vfio-pci,bus=rp'], machine);
    assert.deepEqual(
      all.map(({ outcome }) => outcome),
      ['unknown', 'none', 'unknown', 'unknown'],
    );
  }
});

test('planPlaces knows what refuses slot 0 of a conventional bridge', () => {
  const devices = ['pcie-pci-bridge,id=b', 'vfio-pci,bus=b'];
  const words = 'failed: Unsupported PCI slot 0 for standard hotplug controller. Valid slots are between 1 and 31.';
  assert.equal(short(places(devices, virt)[1] ?? assert.fail()), words);
  assert.equal(short(places(devices, { family: 'pc-q35', version: '6.0' })[1] ?? assert.fail()), words);
  assert.equal(places(devices, q35)[1]?.outcome, 'placed');
  assert.equal(places(devices, { family: 'pc-q35', version: null })[1]?.outcome, 'unknown');
  assert.equal(places(devices, virt)[1]?.error?.mend, 'addr=01.0 is free on b');
});

test('planPlaces tells what QEMU refuses while it reads its command line', () => {
  const all = places(['e1000e,id=a', 'e1000e,id=a', 'e1000e,bus=rp9']);
  assert.deepEqual(
    all.map(({ isParseError, outcome }) => [outcome, isParseError]),
    [
      ['placed', false],
      ['failed', true],
      ['failed', false],
    ],
  );
});

test('planPlaces tells what ends QEMU with no device of its own', () => {
  const global = planPlaces(definition(['e1000e,addr=3'], ['-nodefaults', '-global', 'pci-device.addr=5']), q35);
  assert.deepEqual(
    global.errors.map(({ of, message }) => [of, message]),
    [['-global pci-device.addr=5', "visit_start_alternate: Assertion `!(v->type & VISITOR_INPUT)' failed."]],
  );
  const expander = planPlaces(definition(['pxb-cxl,bus_nr=20']), q35);
  assert.deepEqual(
    expander.errors.map(({ of, message }) => [of, message]),
    [['machine', 'CXL host bridges present, but cxl=off']],
  );
  assert.deepEqual(planPlaces(definition(['pxb-cxl,bus_nr=20'], ['-M', 'q35,cxl=on']), q35).errors, []);
});

test('planPlaces lists what stands on the buses besides', () => {
  const { others } = planPlaces(definition([], []), pc);
  const wanted = ['i440FX 00.0', 'PIIX3 01.0', 'piix3-ide 01.1', 'PIIX4_PM 01.3', 'VGA 02.0', 'e1000 03.0'];
  assert.deepEqual(
    others.map(({ driver, address }) => `${driver} ${address}`),
    wanted,
  );
});

test('planPlaces ends for a long chain of bridges', () => {
  const chain = Array.from(
    { length: 5_000 },
    (_, at) => `pci-bridge,id=b${at},chassis_nr=1,shpc=off,bus=${at === 0 ? 'pcie.0' : `b${at - 1}`}`,
  );
  const all = places(chain);
  assert.ok(all.every(({ outcome }) => outcome === 'placed'));
});

const NOWHERE = { file: 'vm', line: null, column: null, span: null };
const value = fc.record({
  name: fc.constantFrom(
    'bus',
    'addr',
    'multifunction',
    'chassis',
    'slot',
    'chassis_nr',
    'bus_nr',
    'sriov_max_vfs',
    'sriov-pf',
    'failover_pair_id',
    'shpc',
  ),
  value: fc.oneof(
    fc.constantFrom('pcie.0', 'pci.0', 'd0', 'd1', 'd2', '1', '2', '3.1', '0x4', 'on', 'off', 'true', '-1', '40', 'pxb-internal', ''),
    fc.string({ maxLength: 6 }),
  ),
  json: fc.constantFrom<DefinedValue['json'][]>(null, null, null, 'string', 'number', 'boolean', 'null', 'array'),
  origin: fc.constant(NOWHERE),
});
const driver = fc.oneof(
  fc.constantFrom(
    'pcie-root-port',
    'x3130-upstream',
    'pci-bridge',
    'pcie-pci-bridge',
    'pxb',
    'pxb-pcie',
    'pxb-cxl',
    'igb',
    'nvme',
    'vfio-pci',
    'amd-iommu',
    'made-up',
    'e1000e',
  ),
  fc.string({ maxLength: 6 }),
);
const device: fc.Arbitrary<DefinedDevice> = fc.record({
  driver,
  id: fc.constantFrom(null, 'd0', 'd1', 'd2', 'd3', '1', ''),
  values: fc.array(value, { maxLength: 4 }),
  host: fc.constant({ kind: 'emulated' } as const),
  origin: fc.constant(NOWHERE),
});

test('planPlaces ends for all definitions, and gives no place twice', () => {
  const machine = fc.record({ family: fc.constantFrom(...MACHINE_FAMILIES), version: fc.constantFrom('11.1', '6.0', null) });
  const options = fc.array(
    fc.record({
      ...{ name: fc.constantFrom('vga', 'nic', 'net', 'drive', 'usb', 'audio', 'virtfs') },
      value: fc.constantFrom('none', 'std', 'if=virtio', 'model=hda', 'nic,model=x'),
    }),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(fc.array(device, { maxLength: 40 }), machine, options, fc.constantFrom(...FORMATS), (devices, of, otherOptions, format) => {
      const base = definition([], []);
      const written: VmDefinition = {
        ...base,
        source: { ...base.source, format },
        devices,
        otherOptions: otherOptions.map(option => ({ ...option, json: null, origin: NOWHERE })),
        globals: devices.slice(0, 2).flatMap(({ driver: name, values }) => values.map(one => ({ ...one, driver: name, json: null }))),
      };
      const result = planPlaces(written, of);
      assert.equal(result.devices.length, devices.length);
      for (const { outcome, place, error } of result.devices) {
        assert.equal(error === null, outcome === 'placed' || outcome === 'none');
        if (outcome === 'placed') assert.ok(place?.address);
      }
      // Buses of one name are told apart by no name.
      const isPlain = (bus: string) => /^d\d$/.test(bus) && devices.filter(({ id }) => id === bus).length === 1;
      const taken = [...result.devices.flatMap(({ place }) => place ?? []), ...result.others]
        .filter(({ bus, address }) => address !== null && isPlain(bus))
        .map(({ bus, address }) => `${bus} ${address}`);
      assert.equal(new Set(taken).size, taken.length);
    }),
    { numRuns: 500 },
  );
});
