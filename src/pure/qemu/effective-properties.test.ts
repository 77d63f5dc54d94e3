import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROFILES, type Profile } from '../profiles/index.ts';
import { type EffectivePropertiesOptions, effectiveProperties, formatSource, type PropertySource } from './effective-properties.ts';
import { machineTypes } from './machine-types.ts';

/** The values of one property, lowest first, each with its source in words. */
function layers(name: string, options: EffectivePropertiesOptions): string[] {
  const property = effectiveProperties(options).get(name);
  assert.ok(property, name);
  return [...property.overridden, property].map(({ value, source }) => `${value} (${formatSource(source)})`);
}

test('effectiveProperties puts compat rows over defaults, globals over rows, options over globals', () => {
  const globals = [{ driver: 'vfio-pci', name: 'ats', value: 'auto' }];
  const device = [{ name: 'ats', value: 'off' }];
  const all = ['auto (default)', 'on (compat row of pc-q35-11.0)', 'auto (-global)', 'off (device option)'];
  const base = { profile: PROFILES.airlock, machine: 'pc-q35-11.0' } as const;
  assert.deepEqual(layers('ats', base), all.slice(0, 2));
  assert.deepEqual(layers('ats', { ...base, globals }), all.slice(0, 3));
  assert.deepEqual(layers('ats', { ...base, globals, device }), all);
  assert.deepEqual(layers('ats', { ...base, machine: 'q35', device }), [all[0], all[3]]);
});

test('effectiveProperties leaves ats at its default on every machine type under qemu-11.1', () => {
  for (const { name } of machineTypes(PROFILES['qemu-11.1']))
    assert.deepEqual(layers('ats', { profile: PROFILES['qemu-11.1'], machine: name }), ['auto (default)'], name);
});

test('effectiveProperties applies rows for vfio-pci and for pci-device to vfio-pci-nohotplug', () => {
  const options = { driver: 'vfio-pci-nohotplug', profile: PROFILES.airlock, machine: 'pc-i440fx-8.0' } as const;
  const row = (value: string) => `${value} (compat row of pc-i440fx-8.0)`;
  assert.deepEqual(layers('ats', options), ['auto (default)', row('on')]);
  assert.deepEqual(layers('x-pcie-ari-nextfn-1', options), ['false (default)', row('true')]);
  assert.deepEqual(layers('x-ramfb-migrate', options), ['auto (default)', row('off')]);
  assert.deepEqual(layers('use-legacy-x86-rom', options), ['false (default)', row('true'), row('true')]);
  assert.equal(effectiveProperties({ ...options, driver: 'vfio-pci' }).has('ramfb'), false);
});

test('effectiveProperties gives arm-smmuv3 its rows on a virt machine, and the newest virt by default', () => {
  const values = (machine?: string) => {
    const properties = effectiveProperties({ driver: 'arm-smmuv3', profile: PROFILES.airlock, ...(machine !== undefined && { machine }) });
    return ['ats', 'ril', 'ssidsize', 'oas', 'cmdqv'].map(name => properties.get(name)?.value);
  };
  assert.deepEqual(values('virt-11.0'), ['off', 'on', '0', '44', 'auto']);
  assert.deepEqual(values(), ['auto', 'auto', 'auto', 'auto', 'auto']);
});

test('effectiveProperties resolves on every machine type, driver and profile', () => {
  const profiles: readonly Profile[] = Object.values(PROFILES);
  for (const profile of profiles) {
    for (const { name, deprecated } of machineTypes(profile)) {
      for (const driver of profile.properties?.drivers ?? []) {
        const { machine, warnings } = effectiveProperties({ driver, profile, machine: name });
        assert.equal(machine?.name, name);
        assert.deepEqual(
          warnings.map(warning => warning.code),
          deprecated ? ['machine.deprecated'] : [],
        );
      }
    }
  }
});

test('effectiveProperties applies a -global for a parent type or an interface, and later ones over earlier', () => {
  const globals = ['vfio-pci-device', 'pci-express-device', 'device'].map((driver, index) => ({
    driver,
    name: 'xres',
    value: String(index + 1),
  }));
  assert.deepEqual(layers('xres', { profile: PROFILES.airlock, globals }), ['0 (default)', '1 (-global)', '2 (-global)', '3 (-global)']);
});

test('effectiveProperties passes over a -global for another driver with a warning', () => {
  const globals = [
    { driver: 'vfio-pcl', name: 'ats', value: 'maybe' },
    { driver: 'vfio-pci-nohotplug', name: 'ats', value: 'on' },
  ];
  const { warnings } = effectiveProperties({ profile: PROFILES.airlock, globals });
  assert.deepEqual(warnings, [
    { code: 'global.unused', message: 'global vfio-pcl.ats=maybe not used', nearest: ['vfio-pci'] },
    { code: 'global.unused', message: 'global vfio-pci-nohotplug.ats=on not used', nearest: [] },
  ]);
});

test('effectiveProperties takes the later of two options for one name and never looks at the earlier', () => {
  const device = ['maybe', 'on'].map(value => ({ name: 'ats', value }));
  assert.deepEqual(layers('ats', { profile: PROFILES.airlock, device }), ['auto (default)', 'on (device option)']);
});

test('effectiveProperties passes over the keys of a -device line that are no properties', () => {
  const device = ['driver', 'id', 'bus'].map(name => ({ name, value: 'x' }));
  assert.equal(effectiveProperties({ profile: PROFILES.airlock, device }).size, 55);
});

test('effectiveProperties refuses in the words of QEMU, with a code and the nearest names', () => {
  const vectors: [option: [name: string, value: string], words: string, code: string, nearest: string[]][] = [
    [['ats', 'maybe'], "Parameter 'ats' does not accept value 'maybe'", 'property.value', []],
    [['foo', '1'], "Property 'vfio-pci.foo' not found", 'property.unknown', []],
    [['atss', 'on'], "Property 'vfio-pci.atss' not found", 'property.unknown', ['ats']],
    [['__proto__', 'on'], "Property 'vfio-pci.__proto__' not found", 'property.unknown', []],
    [['busnr', '1'], "Property 'vfio-pci.busnr' is not writable", 'property.read-only', []],
    [['type', 'x'], "Property 'vfio-pci.type' is not writable", 'property.read-only', []],
    [['romsize', '5'], 'ROM size 5 is not a power of two', 'property.value', []],
    [['romsize', '0'], 'ROM size 0 is not a power of two', 'property.value', []],
    [['acpi-index', '16384'], 'acpi-index should be less or equal to 16383', 'property.value', []],
    [
      ['x-max-bounce-buffer-size', '4G'],
      "Property vfio-pci.x-max-bounce-buffer-size doesn't take value 4294967296 (maximum: 4294967295)",
      'property.value',
      [],
    ],
  ];
  for (const [[name, value], message, code, nearest] of vectors) {
    const expected = { name: 'PropertyError', message, code, property: name, nearest };
    assert.throws(() => effectiveProperties({ profile: PROFILES.airlock, device: [{ name, value }] }), expected, name);
  }
});

test('effectiveProperties says of a -global that is no number which 64-bit type QEMU wanted, and of an option `integer`', () => {
  const profile = PROFILES['qemu-11.1'];
  const cases = [
    ['x-pci-vendor-id', 'abc', 'uint64'],
    ['x-nv-gpudirect-clique', 'abc', 'uint64'],
    ['romsize', 'abc', 'uint64'],
    ['rombar', 'abc', 'int64'],
    ['bootindex', 'abc', 'int64'],
    ['bootindex', '99999999999', 'int32_t'],
  ] as const;
  for (const [name, value, wanted] of cases) {
    assert.throws(() => effectiveProperties({ profile, globals: [{ driver: 'vfio-pci', name, value }] }), {
      message: `can't apply global vfio-pci.${name}=${value}: Parameter '${name}' expects ${wanted}`,
    });
  }
  assert.throws(() => effectiveProperties({ profile, device: [{ name: 'rombar', value: 'abc' }] }), {
    message: "Parameter 'rombar' expects integer",
  });
});

test('effectiveProperties says in front that a -global could not be applied', () => {
  const globals = [{ driver: 'vfio-pci', name: 'atss', value: 'x' }];
  const message = "can't apply global vfio-pci.atss=x: Property 'vfio-pci.atss' not found";
  assert.throws(() => effectiveProperties({ profile: PROFILES.airlock, globals }), { message, code: 'property.unknown', nearest: ['ats'] });
});

test('effectiveProperties accepts every limit itself', () => {
  const device = ['romsize=4096', 'acpi-index=16383', 'x-max-bounce-buffer-size=4294967295'].map(text => ({
    name: text.split('=')[0] ?? '',
    value: text.split('=')[1] ?? '',
  }));
  const properties = effectiveProperties({ profile: PROFILES.airlock, device });
  assert.deepEqual(
    device.map(({ name }) => properties.get(name)?.value),
    [4096, 16383, 4294967295n],
  );
});

test('formatSource names each kind', () => {
  const sources: PropertySource[] = [
    { kind: 'default' },
    { kind: 'compat', machine: 'virt-9.0', row: { driver: 'vfio-pci', property: 'ats', value: 'on' } },
    { kind: 'global', driver: 'vfio-pci' },
    { kind: 'device' },
    { kind: 'device', from: 'vm.xml:12:7' },
  ];
  const words = ['default', 'compat row of virt-9.0', '-global', 'device option', 'device option at vm.xml:12:7'];
  assert.deepEqual(sources.map(formatSource), words);
});

test('effectiveProperties says where each value was written, where it is told', () => {
  const globals = [{ driver: 'vfio-pci', name: 'ats', value: 'auto', from: 'vm.conf:3' }];
  const device = [
    { name: 'ats', value: 'on', from: 'vm.xml:12:7' },
    { name: 'ats', value: 'off', from: 'vm.xml:14:7' },
  ];
  const options = { profile: PROFILES['qemu-11.1'], globals, device };
  assert.deepEqual(layers('ats', options), ['auto (default)', 'auto (-global at vm.conf:3)', 'off (device option at vm.xml:14:7)']);
});

test("effectiveProperties gives the guest's IOMMUs of x86 and virtio the values that their machine types set", () => {
  const text = (driver: string, name: string, machine: string, profile: 'qemu-11.1' | 'qemu-10.0' = 'qemu-11.1') =>
    effectiveProperties({ driver, profile: PROFILES[profile], machine }).get(name)?.text;
  const bits = ['pc-q35-11.1', 'pc-q35-9.2', 'pc-q35-9.1', 'pc-q35-5.2'].map(machine => text('intel-iommu', 'aw-bits', machine));
  assert.deepEqual(bits, ['48', '48', '39', '39']);
  const virtio = ['pc-q35-11.1', 'pc-q35-8.2', 'virt-11.1', 'pc-i440fx-11.1'].map(machine => text('virtio-iommu-pci', 'aw-bits', machine));
  assert.deepEqual(virtio, ['39', '64', '48', '64']);
  assert.deepEqual([text('amd-iommu', 'dma-remap', 'q35'), text('amd-iommu', 'pt', 'q35', 'qemu-10.0')], ['off', 'on']);
});

test('effectiveProperties finds every compat row of every machine type among the properties of its driver', () => {
  for (const profile of [PROFILES['qemu-11.1'], PROFILES['qemu-10.0'], PROFILES.airlock]) {
    for (const driver of profile.properties?.drivers ?? []) {
      for (const { name } of profile.machines?.types ?? []) assert.ok(effectiveProperties({ driver, profile, machine: name }).size > 0);
    }
  }
});
