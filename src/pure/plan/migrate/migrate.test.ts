import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeviceFacts, deviceFacts, NO_ASSIGNMENT_FACTS, NO_HOST_FACTS } from '../../facts/index.ts';
import { iommufdDevice } from '../../iommu/index.ts';
import { Bdf } from '../../pci/bdf.ts';
import { buildConfigSpace } from '../../pci/builder.ts';
import { Planner, type PlanOptions } from '../plan.ts';
import { readDefinitions } from '../readers/index.ts';
import { migrate, sentMachine } from './migrate.ts';
import type { Migration } from './migration.ts';

interface Card {
  readonly revision?: number;
  readonly serial?: string;
  readonly hasAts?: boolean;
  readonly subsystem?: number;
  readonly driver?: string;
}

/** A card that vfio-pci has, as its host captured it. */
function card({ revision = 1, serial = '0102030405060708', hasAts = true, subsystem = 7, driver = 'mlx5_vfio_pci' }: Card): DeviceFacts {
  const config = buildConfigSpace({
    vendorId: 0x8086,
    deviceId: 0x1572,
    classCode: 0x02_00_00,
    revisionId: revision,
    standard: [{ id: 0x10, body: `0200${'00'.repeat(0x38)}` }],
    extended: [
      { id: 0x03, body: serial },
      { id: 0x0f, body: '20000000' },
    ],
  });
  const { bytes } = config;
  bytes[0x2c] = subsystem;
  const capabilities = hasAts ? 0n : 0x8n;
  return deviceFacts(config, {
    bdf: Bdf.parse('01:00.0'),
    vfio: config,
    hostIommu: iommufdDevice({ type: 0, data: new Uint8Array(0), capabilities, maxPasidLog2: 0, kernel: '7.3.4' }),
    assignment: { ...NO_ASSIGNMENT_FACTS, driver: { name: driver } },
  });
}

const DEVICES = '-device pcie-root-port,id=rp1,bus=pcie.0,addr=1,chassis=1 -device vfio-pci,host=01:00.0,id=net,bus=rp1,iommufd=i0';

interface Asked {
  readonly devices?: string;
  readonly options?: PlanOptions;
  /** The destination's; those of the source where they are left out. */
  readonly toOptions?: PlanOptions;
}

function judge(from: Card, to: Card, { devices = DEVICES, options = {}, toOptions = options }: Asked = {}): Migration {
  const text = `qemu-system-x86_64 -nodefaults -M q35 -object iommufd,id=i0 ${devices}`;
  const [definition] = readDefinitions({ file: 'vm.args', text }, 'qemu', { related: [], openFile: () => null }).definitions;
  assert.ok(definition !== undefined);
  const planner = (name: string, one: Card, own: PlanOptions) =>
    new Planner([{ name, facts: NO_HOST_FACTS, devices: [card(one)], isWhole: true }], own);
  return migrate(planner('a', from, options).plan(definition), planner('b', to, toOptions).plan(definition));
}

test('migrate loads the same card, and does not know what no capture tells', () => {
  const { devices, errors, outcome, blockers } = judge({}, {});
  assert.deepEqual(
    devices.map(({ id, path, outcome: own }) => [id, path, own]),
    [['net', '0000:00:01.0:00.0', 'loads']],
  );
  assert.deepEqual(errors, []);
  assert.equal(outcome, 'unknown');
  assert.ok(blockers.every(({ isKnown }) => !isKnown));
});

test('migrate names the first byte by capability and field on both sides', () => {
  const serial = judge({}, { serial: '1102030405060708' }).devices[0];
  assert.equal(serial?.outcome, 'refused');
  assert.match(serial?.refused?.lines[0] ?? '', /Bad config data: i=0x104 read: 1 device: 11 cmask: ff wmask: 0 w1cmask:0$/);
  assert.match(serial?.refused?.lines[1] ?? '', /of device '0000:00:01.0:00.0\/vfio'$/);
  assert.match(serial?.refused?.source.place ?? '', /DSN \[100\]|Device Serial/);
  const revision = judge({ revision: 1 }, { revision: 2 }).devices[0]?.refused;
  assert.deepEqual([revision?.source.fields, revision?.destination.fields], [['common.revisionId = 1'], ['common.revisionId = 2']]);
});

test('migrate finds the pointer that ats=auto leaves on one side, and says what mends it', () => {
  const { devices, warnings, outcome } = judge({ hasAts: true }, { hasAts: false });
  assert.equal(devices[0]?.outcome, 'refused');
  assert.equal(outcome, 'fails');
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['ats.auto-differs'],
  );
});

test('migrate tells what differs and loads without a word', () => {
  const { devices } = judge({ subsystem: 7 }, { subsystem: 8 });
  assert.equal(devices[0]?.outcome, 'loads');
  assert.deepEqual(
    devices[0]?.silent.map(({ at }) => at),
    [0x2c],
  );
});

test('migrate is blocked by plain vfio-pci, by enable-migration=off and by IOMMUs of the guest', () => {
  const codes = (migration: Migration) => migration.blockers.filter(({ isKnown }) => isKnown).map(({ code }) => code);
  assert.deepEqual(codes(judge({ driver: 'vfio-pci' }, {})), ['migration.kernel-unsupported']);
  assert.deepEqual(codes(judge({}, {}, { devices: `${DEVICES},enable-migration=off` })), ['migration.disabled']);
  const intel = judge({}, {}, { devices: `-device intel-iommu,caching-mode=on ${DEVICES}` });
  assert.deepEqual(codes(intel), ['migration.viommu']);
  assert.equal(intel.outcome, 'fails');
});

test('migrate compares machine types by their full names', () => {
  const options = { assumed: { machine: 'pc-q35-11.1' } };
  const { errors } = judge({}, {}, { options, toOptions: { assumed: { machine: 'pc-q35-11.0' } } });
  assert.match(errors[0]?.message ?? '', /Machine type received is 'pc-q35-11.1' and local is 'pc-q35-11.0'$/);
});

test('sentMachine is what a manager found on the source, and nothing where QEMU is started by its command line', () => {
  const planned = (file: string, text: string) => {
    const [definition] = readDefinitions({ file, text }, null, { related: [], openFile: () => null }).definitions;
    assert.ok(definition !== undefined);
    return new Planner([{ name: 'a', facts: NO_HOST_FACTS, devices: [card({})], isWhole: true }], { profile: 'qemu-10.0' }).plan(
      definition,
    );
  };
  const xml = planned('vm.xml', "<domain type='kvm'><name>vm</name><os><type arch='x86_64' machine='q35'>hvm</type></os></domain>");
  assert.equal(sentMachine(xml), 'pc-q35-10.0');
  assert.equal(sentMachine(planned('vm.args', 'qemu-system-x86_64 -M q35')), null);
});
