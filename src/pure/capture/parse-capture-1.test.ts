/** Version 1 of the format: what it takes and refuses, and what becomes of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CaptureError, captureDoubts, formatCapture, parseCapture, readCapture } from './index.ts';

const DEVICE = { address: '0000:3b:00.1', config: '86801215' };
const CAPTURE = { schemaVersion: 1, format: 'airlock-capture', host: {}, devices: [DEVICE] };

const HW_INFO = { type: '0x2', data: '', capabilities: '0x8', maxPasidLog2: 20 };

const withDevice = (changes: object) => ({ ...CAPTURE, devices: [{ ...DEVICE, ...changes }] });
const withHwInfo = (changes: object) => withDevice({ iommu: { backend: 'iommufd', hwInfo: { ...HW_INFO, ...changes } } });
const withVf = (changes: object) => withDevice({ virtualFunction: { vendorId: '0x8086', deviceId: '0x1512', ...changes } });

const FULL = {
  $schema: '../schemas/capture.schema.json',
  schemaVersion: 1,
  format: 'airlock-capture',
  description: 'all that a capture can hold',
  synthetic: true,
  redacts: ['serials', 'addresses'],
  host: {
    kernel: '7.3.4',
    architecture: 'aarch64',
    iommu: 'arm-smmuv3',
    noAts: false,
    iommus: [{ kind: 'intel-vtd', attributes: { ecap: 'f00f4a' } }],
  },
  devices: [
    {
      ...DEVICE,
      description: 'a virtual function',
      config: 'ffffffff',
      vfio: '86801215',
      bars: [
        { index: 0, size: '0x4000' },
        { index: 6, size: '0x10000' },
      ],
      virtualFunction: { vendorId: '0x8086', deviceId: '0x1512', bars: [4, 0, 0, 12, 0, 0] },
      driver: 'vfio-pci',
      iommuGroup: 7,
      numaNode: 1,
      iommu: { backend: 'iommufd', hwInfo: HW_INFO },
      redacted: [{ at: '0x10', length: 4, what: 'BAR 0' }],
    },
    { ...DEVICE, address: '0000:3c:00.0', driver: null, iommuGroup: null, numaNode: null, iommu: { backend: 'legacy' } },
    { ...DEVICE, address: '0000:3d:00.0', notAsked: 'in use by nvme' },
    { ...DEVICE, address: '0000:3e:00.0', iommu: { backend: 'iommufd', hwInfo: { ...HW_INFO, capabilities: null } } },
  ],
};

/** As the current version has it. */
const UPGRADED = {
  ...FULL,
  schemaVersion: 2,
  host: { kernel: '7.3.4', architecture: 'aarch64', noAts: false, iommus: FULL.host.iommus },
  devices: FULL.devices.map(device =>
    'iommuGroup' in device && device.iommuGroup !== null ? { ...device, iommuGroup: { number: 7 } } : device,
  ),
};

test('parseCapture gives a capture of version 1 as the current version has it, with every key', () => {
  const text = formatCapture(parseCapture(JSON.stringify(FULL)));
  assert.deepEqual(JSON.parse(text), UPGRADED);
  assert.deepEqual(JSON.parse(formatCapture(parseCapture(text))), UPGRADED);
});

test('parseCapture keeps a kind of IOMMU that version 1 told without its registers', () => {
  const { host } = parseCapture(JSON.stringify({ ...CAPTURE, host: { iommu: 'amd' } }));
  assert.deepEqual(host, { iommus: [{ kind: 'amd', attributes: {} }] });
});

test('parseCapture takes null of a copy for unknown, and of a host for none', () => {
  const nothing = { driver: null, iommuGroup: null, numaNode: null };
  const upgraded = (changes: object) => parseCapture(JSON.stringify(withDevice(changes))).devices[0];
  assert.deepEqual(upgraded({ ...nothing, notAsked: 'another tree' }), { ...DEVICE, notAsked: 'another tree' });
  assert.deepEqual(upgraded(nothing), { ...DEVICE, ...nothing });
  assert.deepEqual(upgraded({ driver: 'nvme', notAsked: 'another tree' }), { ...DEVICE, driver: 'nvme', notAsked: 'another tree' });
});

test('readCapture tells of a capture of version 1 what it does not carry, and the command that does', () => {
  const read = readCapture(JSON.stringify(FULL));
  assert.deepEqual([read.schemaVersion, read.strangeKeys], [1, []]);
  const [doubt = '', ...others] = captureDoubts(read);
  assert.deepEqual(others, []);
  assert.match(doubt, /^a capture of version 1, in which these are not known: which host it is, when it was asked, /);
  assert.match(doubt, /, \/dev\/iommu, .*; of a device its driver, .*the bridges above it, .*; sudo airlock capture on that host tells$/);
  assert.doesNotMatch(doubt, /the kernel's release|pci=noats/, 'which it does carry');
});

const VALID: readonly (readonly [what: string, value: object])[] = [
  ['no device', { ...CAPTURE, devices: [] }],
  ['no byte', withDevice({ config: '' })],
  ['4096 bytes', withDevice({ config: '0f'.repeat(4096) })],
  ['a domain of eight digits', withDevice({ address: '10000000:00:1f.7' })],
  ['64-bit capabilities', withHwInfo({ capabilities: '0xffffffffffffffff' })],
  ['the largest PASID width that the field holds', withHwInfo({ maxPasidLog2: 255 })],
];

for (const [what, value] of VALID) {
  test(`parseCapture accepts, of version 1, ${what}`, () => {
    assert.deepEqual(parseCapture(JSON.stringify(value)), { ...value, schemaVersion: 2 });
  });
}

/** Text or value in; the path and the words that the error must have out. */
const INVALID: readonly (readonly [what: string, input: unknown, path: string, words: RegExp])[] = [
  ['no host', { ...CAPTURE, host: undefined }, 'host', /^missing: wanted a key "host" here$/],
  ['devices that are no list', { ...CAPTURE, devices: {} }, 'devices', /^wanted a list, not an object$/],
  ['a device that is no object', { ...CAPTURE, devices: [3] }, 'devices[0]', /^wanted an object, not 3$/],
  ['half a group', withDevice({ iommuGroup: 1.5 }), 'devices[0].iommuGroup', /^wanted a whole number, not 1\.5$/],
  ['a group below 0', withDevice({ iommuGroup: -1 }), 'devices[0].iommuGroup', /^wanted at least 0, not -1$/],
  ['words that are no truth', { ...CAPTURE, synthetic: 'y'.repeat(99) }, 'synthetic', /^wanted true or false, not "y{39}…$/],
  ['a long description', { ...CAPTURE, description: 'x'.repeat(1001) }, 'description', /^wanted at most 1000 characters, not 1001$/],
  ['a kernel that is null', { ...CAPTURE, host: { kernel: null } }, 'host.kernel', /^wanted a string, not null$/],
  ['an unknown key', { ...CAPTURE, device: [] }, 'device', /^the format has no key "device" here$/],
  ['an unknown key of the host', { ...CAPTURE, host: { cpu: 'x' } }, 'host.cpu', /cpu/],
  ['an unknown key of a device', withDevice({ bus: 3 }), 'devices[0].bus', /bus/],
  ['no devices', { ...CAPTURE, devices: undefined }, 'devices', /^missing: wanted a key "devices" here$/],
  ['a device without bytes', withDevice({ config: undefined }), 'devices[0].config', /^missing: wanted a key "config" here$/],
  ['digits that are not hexadecimal', withDevice({ config: '8g' }), 'devices[0].config', /wanted at most 4096 bytes, each two digits/],
  ['capital digits', withDevice({ config: '8A' }), 'devices[0].config', /two digits of 0-9 a-f/],
  ['an odd number of digits', withDevice({ config: '868' }), 'devices[0].config', /two digits/],
  ['half an unknown byte', withDevice({ config: '8?' }), 'devices[0].config', /two digits/],
  ['4097 bytes', withDevice({ config: '00'.repeat(4097) }), 'devices[0].config', /wanted at most 4096 bytes/],
  ['a line end behind the bytes', withDevice({ config: '86\n' }), 'devices[0].config', /two digits/],
  ['wrong vfio bytes', withDevice({ vfio: 'x' }), 'devices[0].vfio', /two digits/],
  ['an address without domain', withDevice({ address: '3b:00.1' }), 'devices[0].address', /wanted an address such as "0000:3b:00.1"/],
  ['a device number beyond 1f', withDevice({ address: '0000:3b:20.0' }), 'devices[0].address', /wanted an address/],
  ['a function beyond 7', withDevice({ address: '0000:3b:00.8' }), 'devices[0].address', /wanted an address/],
  ['a BAR beyond the ROM', withDevice({ bars: [{ index: 7, size: '0x10' }] }), 'devices[0].bars[0].index', /^wanted at most 6, not 7$/],
  ['a size that is a number', withDevice({ bars: [{ index: 0, size: 16 }] }), 'devices[0].bars[0].size', /^wanted a string, not 16$/],
  ['type bits of five BARs', withVf({ bars: [0, 0, 0, 0, 0] }), 'devices[0].virtualFunction.bars', /^wanted 6 entries, not 5$/],
  ['type bits beyond four', withVf({ bars: [16, 0, 0, 0, 0, 0] }), 'devices[0].virtualFunction.bars[0]', /^wanted at most 15, not 16$/],
  ['a redaction of no kind', { ...CAPTURE, redacts: ['all'] }, 'redacts[0]', /wanted "serials" or "addresses"/],
  ['another backend', withDevice({ iommu: { backend: 'vfio' } }), 'devices[0].iommu.backend', /wanted "iommufd" or "legacy"/],
  ['unknown bytes in a report', withHwInfo({ data: '??' }), 'devices[0].iommu.hwInfo.data', /two digits of 0-9 a-f for each byte/],
  ['capabilities of 65 bits', withHwInfo({ capabilities: `0x1${'0'.repeat(16)}` }), 'devices[0].iommu.hwInfo.capabilities', /wanted/],
  ['a width of 256', withHwInfo({ maxPasidLog2: 256 }), 'devices[0].iommu.hwInfo.maxPasidLog2', /^wanted at most 255, not 256$/],
  ['the second of two devices', { ...CAPTURE, devices: [DEVICE, { ...DEVICE, address: 'x' }] }, 'devices[1].address', /wanted an address/],
  [
    'a key that every object has',
    '{"format":"airlock-capture","schemaVersion":1,"host":{},"devices":[],"__proto__":{}}',
    '__proto__',
    /__proto__/,
  ],
];

for (const [what, input, path, words] of INVALID) {
  test(`parseCapture refuses, of version 1, ${what}`, () => {
    const text = typeof input === 'string' ? input : JSON.stringify(input);
    assert.throws(
      () => parseCapture(text),
      (error: unknown) => {
        assert.ok(error instanceof CaptureError, String(error));
        assert.equal(error.path, path);
        assert.match(path === '' ? error.message : error.message.slice(path.length + 2), words);
        assert.ok(path === '' || error.message.startsWith(`${path}: `), error.message);
        assert.ok(!error.message.includes('\n'), 'one line');
        return true;
      },
    );
  });
}
