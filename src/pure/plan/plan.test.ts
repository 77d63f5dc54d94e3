import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { device, host, planOn, SUPPORTED } from '../../../test/fixtures/plan-on-host.ts';
import { guestBytes } from '../guest-view/index.ts';
import { changesOf } from './change.ts';
import type { FormatName } from './definition.ts';
import type { PlanHost } from './judge/host/plan-host.ts';
import { Planner } from './plan.ts';
import type { HostPlan } from './plan-report.ts';
import { NO_CONTEXT, readDefinitions } from './readers/index.ts';

const PORT = '-device pcie-root-port,id=rp,chassis=1';
const PORT_2 = '-device pcie-root-port,id=rp2,chassis=2';
const IOMMUFD = '-object iommufd,id=i0';
const NIC = 'vfio-pci,host=01:00.0,bus=rp,id=nic';
const A = '0000:01:00.0';
const B = '0000:02:00.0';

const firstWords = ({ stopsWith }: HostPlan) => [stopsWith?.stage, stopsWith?.code, stopsWith?.message];

test('plan says of a definition of which a part could not be read that it is not known whether it fits', () => {
  assert.equal(planOn(host([device(A)]), `${IOMMUFD} ${PORT} -device ${NIC},iommufd=i0 -readconfig vm.cfg`).outcome, 'unknown');
  assert.equal(planOn(host([]), `${IOMMUFD} ${PORT} -device ${NIC},iommufd=i0 -readconfig vm.cfg`).outcome, 'fails');
});

test('plan says what the guest sees of a device that the host hands over', () => {
  const plan = planOn(host([device(A)]), `${IOMMUFD} ${PORT} -device ${NIC},iommufd=i0`);
  assert.equal(plan.outcome, 'fits');
  const [nic] = plan.devices;
  assert.deepEqual(nic?.place, { bus: 'rp', address: '00.0', kind: 'root-port' });
  assert.deepEqual(nic?.properties.ats, { value: 'auto', resolved: 'off', source: 'default' });
  assert.deepEqual(
    nic?.warnings.map(({ code }) => code),
    ['ats.masked.kernel-unsupported'],
  );
  assert.equal(plan.stopsWith, null);
});

test('plan shows of a vfio-pci-nohotplug what globals of that name leave of it', () => {
  const seen = (driver: string) => {
    const words = `-global ${driver}.ats=off ${IOMMUFD} ${PORT} -device vfio-pci-nohotplug,host=01:00.0,bus=rp,iommufd=i0`;
    const [nic] = planOn(host([device(A, { hostIommu: SUPPORTED })]), words).devices;
    assert.equal(nic?.properties.ats?.resolved, 'off', driver);
    assert.ok(nic.view !== null && nic.view.realized.outcome !== 'failed');
    return guestBytes(nic.view.realized).bytes[0x100];
  };
  assert.equal(seen('vfio-pci-nohotplug'), 0);
  assert.equal(seen('vfio-pci'), 0);
});

test('plan says of a vfio-pci-nohotplug what QEMU says of the properties that only it has', () => {
  const plans = ['ramfb=on', 'x-ramfb-migrate=on'].map(words =>
    planOn(host([device(A)]), `${IOMMUFD} ${PORT} -device vfio-pci-nohotplug,host=01:00.0,bus=rp,iommufd=i0,ats=off,${words}`),
  );
  assert.deepEqual(
    plans.map(({ stopsWith }) => stopsWith?.message),
    [`vfio ${A}: ramfb=on requires display=on`, undefined],
  );
  assert.equal(plans[1]?.outcome, 'fits');
  assert.deepEqual(
    plans[1]?.devices[0]?.warnings.map(({ code }) => code),
    ['property.ramfb-migrate'],
  );
});

test('plan asks no kernel about a device in the legacy container', () => {
  const [nic] = planOn(host([device(A)]), `${PORT} -device ${NIC}`).devices;
  assert.equal(nic?.backend, 'legacy');
  assert.equal(nic?.properties.ats?.resolved, 'on');
});

test('plan fails where the VMM or its manager refuses the text itself, with those words', () => {
  const plan = planOn(host([device(A)]), `${PORT} -device ${NIC} -machin q35`);
  assert.equal(plan.outcome, 'fails');
  assert.deepEqual(firstWords(plan), ['vmm', 'qemu.option.unknown', '-machin: invalid option (nearest: -machine)']);
  const outcomeOf = (file: string, text: string, format: FormatName) => {
    const [definition] = readDefinitions({ file, text }, format, NO_CONTEXT).definitions;
    assert.ok(definition);
    return new Planner([host([device(A)])]).plan(definition).hosts[0]?.outcome;
  };
  const domain = (more: string) =>
    `<domain type='kvm'><name>a</name><os><type arch='x86_64' machine='pc-q35-11.1'>hvm</type></os>${more}</domain>`;
  assert.equal(outcomeOf('a.xml', domain('<devices moon="1"/>'), 'libvirt'), 'fits', 'libvirt drops it in silence');
  assert.equal(outcomeOf('a.xml', domain('<devices><hostdev mode="subsystem" type="pci"/></devices>'), 'libvirt'), 'fails');
  assert.equal(outcomeOf('100.conf', 'ostype: l26\nhostpci0: 77:00.0,moon=1\n', 'proxmox'), 'fits', 'Proxmox drops the line');
});

test('plan reads globals once for all devices of a driver', () => {
  const readsFor = (devices: number): number => {
    const globals = Array.from({ length: 50 }, (_, i) => `-global vfio-pci.x-pci-device-id=${i}`).join(' ');
    const text = `qemu-system-x86_64 -M pc-q35-11.1 -nodefaults ${globals} ${'-device vfio-pci,host=01:00.0 '.repeat(devices)}`;
    const [definition] = readDefinitions({ file: 'vm.txt', text }, 'qemu', NO_CONTEXT).definitions;
    assert.ok(definition);
    let reads = 0;
    const counted = definition.globals.map(
      global =>
        new Proxy(global, {
          get(target, name) {
            reads += 1;
            return Reflect.get(target, name);
          },
        }),
    );
    new Planner([host([device(A)])]).plan({ ...definition, globals: counted });
    return reads;
  };
  assert.ok(readsFor(30) - readsFor(10) < 20 * 50, 'each further device reads fewer than there are');
});

test('plan gives a device the backend that a global names for its driver or the one that it is a kind of', () => {
  const rows: readonly (readonly [words: string, backend: string, stopsWith?: string])[] = [
    ['-global vfio-pci.iommufd=i0 -device vfio-pci-nohotplug,host=01:00.0,bus=rp', 'iommufd'],
    ['-global vfio-pci-nohotplug.iommufd=i0 -device vfio-pci,host=01:00.0,bus=rp', 'legacy'],
    ['-global vfio-pci.iommufd=i0 -device vfio-pci,host=01:00.0,bus=rp,iommufd=', 'legacy'],
    [
      '-global vfio-pci.iommufd=i9 -device vfio-pci,host=01:00.0,bus=rp,iommufd=i0',
      'iommufd',
      "can't apply global vfio-pci.iommufd=i9: Device 'i9' not found",
    ],
  ];
  for (const [words, backend, stopsWith] of rows) {
    const plan = planOn(host([device(A)]), `${IOMMUFD} ${PORT} ${words}`);
    assert.deepEqual([plan.devices[0]?.backend, plan.stopsWith?.message], [backend, stopsWith], words);
  }
});

test('plan gives the words with which QEMU 11.1.3 ends, and who says them', () => {
  const cases: readonly (readonly [PlanHost, string, readonly unknown[]])[] = [
    [
      host([device(A)]),
      `${IOMMUFD} ${PORT} -device ${NIC},iommufd=i0,ats=on`,
      ['vmm', 'ats.required.kernel-unsupported', `vfio ${A}: vfio-pci: ATS requested but not supported by kernel`],
    ],
    [
      host([]),
      `${PORT} -device ${NIC}`,
      ['platform', 'host.device-absent', `vfio /sys/bus/pci/devices/${A}: no such host device: No such file or directory`],
    ],
    [
      host([device(A, { driver: { name: 'nvme' } })]),
      `${PORT} -device ${NIC}`,
      ['platform', 'device.not-bound', `vfio ${A}: Could not open '/dev/vfio/7': No such file or directory`],
    ],
    [
      host([device(A, { members: [A, B] }), device(B, { driver: { name: 'nvme' }, members: [A, B] })]),
      `${PORT} -device ${NIC}`,
      ['kernel', 'group.not-viable', `vfio ${A}: group 7 is not viable`],
    ],
    [
      host([device(A)], { vfioContainer: 'none' }),
      `${PORT} -device ${NIC}`,
      [
        'platform',
        'vfio.container-absent',
        `vfio ${A}: failed to setup container for group 7: Could not open '/dev/vfio/vfio': No such file or directory`,
      ],
    ],
    [
      host([device(A)], { iommufd: 'none' }),
      `${IOMMUFD} ${PORT} -device ${NIC},iommufd=i0`,
      ['platform', 'iommufd.absent', '/dev/iommu does not exist (is your kernel config missing CONFIG_IOMMUFD?)'],
    ],
    [host([device(A)]), `${PORT} -device ${NIC},iommufd=i1`, ['vmm', 'iommufd.object-absent', "Device 'i1' not found"]],
    [host([device(A)]), `${PORT} -device ${NIC},moon=1`, ['vmm', 'property.unknown', "Property 'vfio-pci.moon' not found"]],
    [
      host([device(A)]),
      `${PORT} ${PORT_2} -device ${NIC} -device vfio-pci,host=01:00.0,bus=rp2`,
      ['vmm', 'device.twice', `vfio ${A}: device is already attached`],
    ],
    [
      host([device(A)]),
      `${IOMMUFD} ${PORT} ${PORT_2} -device ${NIC},iommufd=i0 -device vfio-pci,host=01:00.0,bus=rp2`,
      ['vmm', 'device.twice', `vfio ${A}: Could not open '/dev/vfio/7': Device or resource busy`],
    ],
    [
      host([device(A)]),
      `${IOMMUFD} ${PORT} ${PORT_2} -device ${NIC} -device vfio-pci,host=01:00.0,bus=rp2,iommufd=i0`,
      ['vmm', 'device.twice', `vfio ${A}: error bind device fd=N to iommufd=N: Device or resource busy`],
    ],
  ];
  for (const [where, words, wanted] of cases) {
    const plan = planOn(where, words);
    assert.equal(plan.outcome, 'fails', words);
    assert.deepEqual(firstWords(plan), wanted, words);
  }
});

test('plan knows the checks that QEMU 11.1.3 makes last, and their order', () => {
  const where: PlanHost = { ...host([device(A)]), hasFile: path => path === '/there' };
  const noMigration = `vfio ${A}: ${A}: VFIO migration init failed: migration is not supported in kernel: Inappropriate ioctl for device`;
  const noRom = 'failed to find romfile "/nowhere"';
  const ats = `vfio ${A}: vfio-pci: ATS requested but not supported by kernel`;
  const rows: readonly (readonly [words: string, stopsWith: string | undefined])[] = [
    [`-device ${NIC},enable-migration=on`, noMigration],
    [`-global vfio-pci.enable-migration=on -device ${NIC}`, noMigration],
    [`-device ${NIC},enable-migration=on,romfile=/nowhere`, noMigration],
    [`${IOMMUFD} -device ${NIC},enable-migration=on,iommufd=i0,ats=on`, ats],
    [`-device ${NIC},enable-migration=auto`, undefined],
    [`-device ${NIC},romfile=/nowhere`, noRom],
    [`${IOMMUFD} -device ${NIC},romfile=/nowhere,iommufd=i0,ats=on`, ats],
    [`-device ${NIC},romfile=/nowhere,rombar=1`, noRom],
    [`-device ${NIC},romfile=/nowhere,rombar=0`, undefined],
    [`-device ${NIC},romfile=/there`, undefined],
    [`-device ${NIC},romfile=`, undefined],
  ];
  for (const [words, wanted] of rows) {
    const plan = planOn(where, `${PORT} ${words}`);
    assert.deepEqual([plan.outcome, plan.stopsWith?.message], [wanted === undefined ? 'fits' : 'fails', wanted], words);
  }
});

test('plan says of vfio-pci without a device of the host what QEMU 11.1.3 says, behind what it says before', () => {
  const stopsWith = (words: string) => planOn(host([device(A)]), `${PORT} ${words}`).stopsWith?.message.split('\n')[0];
  assert.equal(stopsWith('-device vfio-pci,bus=rp'), 'No provided host device');
  assert.equal(stopsWith('-device vfio-pci-nohotplug,bus=rp,romfile=/nowhere'), 'No provided host device');
  assert.equal(stopsWith('-device vfio-pci,bus=rp,iommufd=i9'), "Device 'i9' not found");
  assert.equal(stopsWith('-device vfio-pci,bus=rp9'), "Bus 'rp9' not found");
  assert.equal(stopsWith('-device vfio-pci,bus=rp,moon=1'), "Property 'vfio-pci.moon' not found");
  assert.equal(stopsWith('-global vfio-pci.host=01:00.0 -device vfio-pci,bus=rp'), undefined);
});

test('plan warns of a ROM for the firmware whose file is known not to be there, in the words of QEMU 11.1.3', () => {
  const where: PlanHost = { ...host([device(A)]), hasFile: path => path === '/there' };
  const warned = (on: PlanHost, words: string) => {
    const [nic] = planOn(on, `${PORT} -device ${NIC},${words}`).devices;
    return [nic?.outcome, ...(nic?.warnings ?? []).map(({ message }) => message)];
  };
  const words = 'rom: file /nowhere            : error Failed to open file “/nowhere”: No such file or directory';
  assert.deepEqual(warned(where, 'romfile=/nowhere,rombar=0'), ['realized', words]);
  for (const fine of ['romfile=/there,rombar=0', 'romfile=nowhere,rombar=0', 'romfile=,rombar=0', 'rombar=0']) {
    assert.deepEqual(warned(where, fine), ['realized'], fine);
  }
  assert.deepEqual(warned(where, 'romfile=/nowhere,rombar=0,enable-migration=on'), ['failed']);
  assert.deepEqual(warned(host([device(A)]), 'romfile=/nowhere,rombar=0'), ['realized']);
});

describe('plan concludes nothing from what is not known', () => {
  const unknown = (where: PlanHost, words: string, code: string): void => {
    const plan = planOn(where, words);
    assert.equal(plan.outcome, 'unknown', code);
    assert.equal(plan.devices[0]?.error?.code, code);
    assert.equal(plan.stopsWith, null);
  };

  test('of a device that a capture of chosen devices does not hold, or one that does not say what it is of', () => {
    unknown(host([], {}, false), `${PORT} -device ${NIC}`, 'host.device-not-captured');
    unknown(host([], {}, null), `${PORT} -device ${NIC}`, 'host.device-not-captured');
  });
  test('of a driver', () => unknown(host([device(A, { driver: null })]), `${PORT} -device ${NIC}`, 'device.driver-unknown'));
  test('of a member of the group', () => unknown(host([device(A, { members: [A, B] })]), `${PORT} -device ${NIC}`, 'group.unknown'));
  test('of a report that nobody made', () => {
    const where = host([device(A, { hostIommu: null })]);
    unknown(where, `${IOMMUFD} ${PORT} -device ${NIC},iommufd=i0`, 'host.unreported');
    assert.equal(planOn(where, `${IOMMUFD} ${PORT} -device ${NIC},iommufd=i0,ats=off`).outcome, 'fits');
    const onConventionalBus = `-M pc ${IOMMUFD} -device vfio-pci,host=01:00.0,iommufd=i0`;
    unknown(where, `${onConventionalBus},ats=on`, 'host.unreported');
    assert.equal(planOn(where, onConventionalBus).outcome, 'fits');
  });
  test('of a driver of the vendor, and of a file of the host', () => {
    const where = host([device(A, { driver: { name: 'mlx5_vfio_pci' } })]);
    unknown(where, `${PORT} -device ${NIC},enable-migration=on`, 'migration.unknown');
    assert.equal(planOn(where, `${PORT} -device ${NIC}`).outcome, 'fits');
    unknown(where, `${PORT} -device ${NIC},romfile=/nowhere`, 'rom.file-unknown');
    unknown({ ...where, hasFile: () => false }, `${PORT} -device ${NIC},romfile=nowhere`, 'rom.file-unknown');
  });
  test("of a distribution's machine type", () => {
    const plan = planOn(host([device(A)]), `-M pc-q35-rhel9.6.0 ${PORT} -device ${NIC}`);
    assert.deepEqual([plan.outcome, plan.errors[0]?.code, plan.devices[0]?.view], ['unknown', 'machine.distribution', null]);
  });
});

describe('plan of a device that is chosen from a set', () => {
  const onHost = (where: PlanHost, devices: readonly string[]): HostPlan => {
    const text = [
      'apiVersion: kubevirt.io/v1',
      'kind: VirtualMachineInstance',
      'metadata: { name: web }',
      `spec: { domain: { devices: { hostDevices: [${devices.map(name => `{ name: ${name}, deviceName: example.com/nic }`).join(', ')}] } } }`,
      '---',
      'apiVersion: kubevirt.io/v1',
      'kind: KubeVirt',
      'metadata: { name: kubevirt }',
      'spec: { configuration: { permittedHostDevices: { pciHostDevices: [{ pciVendorSelector: "1234:0001", resourceName: example.com/nic }] } } }',
    ].join('\n');
    const [definition] = readDefinitions({ file: 'web.yaml', text }, null, NO_CONTEXT).definitions;
    assert.ok(definition);
    const [plan] = new Planner([where]).plan(definition).hosts;
    assert.ok(plan);
    return plan;
  };
  const told = ({ devices: [first] }: HostPlan) => [first?.outcome, first?.error?.code, first?.warnings.map(({ code }) => code)];

  test('fails where the whole host has none or too few', () => {
    assert.deepEqual(told(onHost(host([]), ['nic0'])), ['failed', 'candidates.too-few', []]);
    assert.deepEqual(told(onHost(host([device(A)]), ['nic0', 'nic1'])), ['failed', 'candidates.too-few', []]);
    assert.deepEqual(told(onHost(host([device(A)]), ['nic0'])), ['realized', undefined, []]);
  });

  test('is not known of a host that may have others than those that are known', () => {
    for (const isWhole of [false, null]) {
      assert.deepEqual(told(onHost(host([], {}, isWhole), ['nic0'])), ['unknown', 'candidates.unknown', []]);
      assert.deepEqual(told(onHost(host([device(A)], {}, isWhole), ['nic0'])), ['realized', undefined, ['candidates.others']]);
    }
    const { devices } = onHost(host([], {}, false), ['nic0']);
    const words = "whether the host has 1 of resource example.com/nic is not known: 0 of 0 fit, and host holds some of its host's devices";
    assert.equal(devices[0]?.error?.message, words);
  });
});

test('changesOf tells only what a change changes', () => {
  const text = `qemu-system-x86_64 -M pc-q35-11.0 -nodefaults ${IOMMUFD} ${PORT} -device ${NIC},iommufd=i0`;
  const [definition] = readDefinitions({ file: 'vm.txt', text }, 'qemu', NO_CONTEXT).definitions;
  assert.ok(definition);
  const [good, bad] = [host([device(A, { hostIommu: SUPPORTED })]), host([device(A)])];
  const plan = (where: PlanHost, assumed = {}) => new Planner([where], { profile: 'airlock', assumed }).plan(definition);
  const codes = (...sides: Parameters<typeof changesOf>) => changesOf(...sides).hosts.map(({ changes }) => changes.map(({ code }) => code));
  assert.deepEqual(codes(plan(good), plan(good)), [[]]);
  assert.deepEqual(codes(plan(good), plan(bad)), [['starts-no-more']], 'ats=on by a compat row');
  assert.deepEqual(codes(plan(bad), plan(bad, { machine: 'pc-q35-11.1' })), [['starts-now']]);
  assert.deepEqual(codes(plan(good), plan(bad, { ats: 'auto' })), [['ats-lost', 'bytes-differ', 'words']]);
});
