import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CaptureError, captureDoubts, formatCapture, parseCapture, readCapture } from './index.ts';

const DEVICE = { address: '0000:3b:00.1', config: '86801215' };
const CAPTURE = { schemaVersion: 2, format: 'airlock-capture', host: {}, devices: [DEVICE] };
const HW_INFO = { type: '0x2', data: '0a0b', capabilities: '0x8', maxPasidLog2: 20 };
const HASH = '0123456789abcdef0123456789abcdef';
const FILE = { path: '/dev/vfio/devices/vfio3', mode: '0660', uid: 0, gid: 36 };

const withDevice = (changes: object) => ({ ...CAPTURE, devices: [{ ...DEVICE, ...changes }] });
const withHost = (host: object) => ({ ...CAPTURE, host });

const FULL = {
  $schema: '../schemas/capture.schema.json',
  schemaVersion: 2,
  format: 'airlock-capture',
  description: 'all that a capture can hold',
  synthetic: true,
  redacts: ['serials', 'addresses'],
  time: '2026-11-28T18:00:00Z',
  host: {
    kernel: '7.3.4',
    architecture: 'aarch64',
    pageSize: 65536,
    noAts: false,
    id: { from: 'machine-id', hash: HASH },
    kernelOptions: ['iommu.passthrough=0', 'pci=noats'],
    iommus: [{ kind: 'intel-vtd', attributes: { ecap: 'f00f4a' }, devices: ['0000:3b:00.1'] }],
    iommufd: { path: '/dev/iommu' },
    vfioContainer: null,
    modules: [{ name: 'vfio_pci', state: 'loaded', parameters: { disable_idle_d3: 'N' } }],
    numaNodes: [{ node: 0, distances: [10, 21], cpus: '0-3' }, { node: 1 }],
    checks: [{ code: 'iommu.on', status: 'pass', text: 'one IOMMU: dmar0 (intel-vtd)' }],
  },
  devices: [
    {
      ...DEVICE,
      description: 'a virtual function',
      config: 'ffffffff????00??',
      configBits: [
        { at: '0x4', mask: 'f001', value: '1000' },
        { at: '0x7', mask: '80', value: '80' },
      ],
      vfio: '86801215??',
      vfioBits: [{ at: '0x4', mask: '0f', value: '0a' }],
      bars: [
        { index: 0, size: '0x4000', kind: 'memory', width: 64, prefetchable: true },
        { index: 6, size: '0x10000' },
      ],
      virtualFunction: { vendorId: '0x8086', deviceId: '0x1512', bars: [4, 0, 0, 12, 0, 0] },
      driver: 'vfio-pci',
      iommuGroup: { number: 7, type: 'DMA-FQ', members: ['0000:3b:00.1', 'ARMH0011:00'], file: { path: '/dev/vfio/7', mode: '0600' } },
      numaNode: 1,
      sriov: { totalVfs: null, physicalFunction: '0000:3b:00.0', virtualFunctions: [] },
      resetMethods: ['flr', 'bus'],
      cdev: FILE,
      above: ['0000:3a:00.0'],
      reportedAtomicOps: '0x180',
      iommu: { backend: 'iommufd', hwInfo: HW_INFO },
      checks: [{ code: 'device.ats', status: 'warn', text: 'it has none' }],
      redacted: [{ at: '0x10', length: 4, what: 'BAR 0' }],
    },
    { ...DEVICE, address: '0000:3c:00.0', driver: null, iommuGroup: null, numaNode: null, cdev: null, iommu: { backend: 'legacy' } },
    { ...DEVICE, address: '0000:3d:00.0', notAsked: 'in use by nvme' },
  ],
  bridges: [{ address: '0000:3a:00.0', config: '8680????', configBits: [{ at: '0x2', mask: '7f', value: '01' }], redacted: [] }],
};

test('parseCapture takes back what formatCapture wrote, with every key', () => {
  const text = formatCapture(parseCapture(JSON.stringify(FULL)));
  assert.deepEqual(JSON.parse(text), FULL);
  assert.equal(formatCapture(parseCapture(text)), text);
  assert.ok(text.endsWith('}\n'));
  assert.deepEqual(captureDoubts(readCapture(text)), []);
});

test('captureDoubts tells of addresses that are not one function’s alone, and of bridges that cannot stand where they are said to', () => {
  const port = '0000:3a:00.0';
  const doubtsOf = (capture: object) => captureDoubts(readCapture(JSON.stringify({ ...CAPTURE, ...capture })));
  const bridge = { address: port, config: '8680', redacted: [] };
  assert.deepEqual(doubtsOf({ devices: [{ ...DEVICE, above: [port] }], bridges: [bridge] }), []);
  assert.deepEqual(doubtsOf({ devices: [DEVICE, DEVICE] }), [
    `contradicts itself: ${DEVICE.address}: more than one device or bridge has this address`,
  ]);
  assert.deepEqual(doubtsOf({ devices: [{ ...DEVICE, address: port, above: [port, port] }], bridges: [bridge] }), [
    `contradicts itself: ${port}: more than one device or bridge has this address`,
    `contradicts itself: ${port}: it stands among the bridges above itself`,
    `contradicts itself: ${port}: a bridge stands above it more than once`,
  ]);
  const many = Array.from({ length: 9 }, (_, i) => ({ ...DEVICE, address: `0000:0${i}:00.0` }));
  assert.match(doubtsOf({ devices: [...many, ...many] })[0] ?? '', /^contradicts itself: 0000:00:00\.0, .*0000:03:00\.0, 5 more: /);
});

test('readCapture leaves out keys that the format does not have, of a newer Airlock or misspelt, and names the first eight', () => {
  const strange = {
    ...withDevice({ drivr: 'x', iommu: { backend: 'legacy', moon: {} } }),
    moon: { sun: 1 },
    host: { iommus: [{ kind: 'amd', attributes: { any: 'x' }, x: 1 }] },
  };
  const { capture, strangeKeys } = readCapture(JSON.stringify(strange));
  assert.deepEqual(strangeKeys, ['host.iommus[0].x', 'devices[0].drivr', 'devices[0].iommu.moon', 'moon']);
  assert.deepEqual(capture.devices, [{ ...DEVICE, iommu: { backend: 'legacy' } }]);
  const [doubt] = captureDoubts(readCapture(JSON.stringify(strange)));
  assert.equal(doubt, `keys that this airlock does not know are left out: ${strangeKeys.join(', ')}`);
  const many = Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`k${i}`, 1]));
  assert.equal(readCapture(JSON.stringify({ ...CAPTURE, ...many })).strangeKeys.length, 8);
  assert.deepEqual(readCapture(`{"__proto__":{},${JSON.stringify(CAPTURE).slice(1)}`).strangeKeys, ['__proto__']);
});

const VALID: readonly (readonly [what: string, value: object])[] = [
  ['no device', { ...CAPTURE, devices: [] }],
  ['4096 bytes', withDevice({ config: '0f'.repeat(4096) })],
  [
    '4096 bytes that are known in part',
    withDevice({ config: '??'.repeat(4096), configBits: [{ at: '0x0', mask: '01'.repeat(4096), value: '00'.repeat(4096) }] }),
  ],
  ['a domain of eight digits', withDevice({ address: '10000000:00:1f.7' })],
  ['a function that never had virtual ones', withDevice({ sriov: {} })],
  ['a bridge that is nowhere', withDevice({ above: ['0000:00:1c.0'] })],
];

for (const [what, value] of VALID) {
  test(`parseCapture accepts ${what}`, () => assert.deepEqual(parseCapture(JSON.stringify(value)), value));
}

const bits = (...runs: object[]) => withDevice({ config: '86????00', configBits: runs });
const BITS = 'devices[0].configBits';

/** Text or value in; the path and the words that the error must have out. */
const INVALID: readonly (readonly [what: string, input: unknown, path: string, words: RegExp])[] = [
  ['no JSON', '{"format": ', '', /^not JSON: /],
  ['no text', '', '', /^not JSON: /],
  ['JSON that is no object', 'null', '', /^not a capture: wanted an object with "format": "airlock-capture"/],
  ['a list', '[]', '', /^not a capture/],
  ['another format', { ...CAPTURE, format: 'capture' }, '', /^not a capture/],
  ['no version', { ...CAPTURE, schemaVersion: undefined }, '', /^not a capture/],
  ['a version that is no number', { ...CAPTURE, schemaVersion: '2' }, '', /^not a capture/],
  ['a newer version', { ...CAPTURE, schemaVersion: 3 }, 'schemaVersion', /has version 3, newer than this airlock, which reads up to 2$/],
  ['a newer version with keys of its own', { ...CAPTURE, schemaVersion: 9, moon: 1 }, 'schemaVersion', /version 9, newer/],
  ['a version before the first', { ...CAPTURE, schemaVersion: 0 }, 'schemaVersion', /^wanted 1 or 2, not 0$/],
  ['a version between', { ...CAPTURE, schemaVersion: 1.5 }, 'schemaVersion', /^wanted 1 or 2, not 1\.5$/],
  ['a time of another zone', { ...CAPTURE, time: '2026-11-28T18:00:00+01:00' }, 'time', /wanted a time such as/],
  ['a host id of something else', withHost({ id: { from: 'hostname', hash: HASH } }), 'host.id.from', /wanted "machine-id" or/],
  ['a host id that is no hash', withHost({ id: { from: 'machine-id', hash: 'node-7' } }), 'host.id.hash', /wanted 32 digits/],
  ['a group that is a number, as in version 1', withDevice({ iommuGroup: 7 }), 'devices[0].iommuGroup', /^wanted an object, not 7$/],
  ['a kind of IOMMU beside the list', withHost({ iommus: 'amd' }), 'host.iommus', /^wanted a list, not "amd"$/],
  ['a file that is no device file', withDevice({ cdev: { path: '/etc/passwd' } }), 'devices[0].cdev.path', /wanted a device file/],
  ['a mode that is a number', withHost({ iommufd: { path: '/dev/iommu', mode: 432 } }), 'host.iommufd.mode', /^wanted a string, not 432$/],
  [
    'another state of a module',
    withHost({ modules: [{ name: 'vfio', state: 'gone', parameters: {} }] }),
    'host.modules[0].state',
    /wanted "loaded", /,
  ],
  [
    'a name that no module has',
    withHost({ modules: [{ name: 'a b', state: 'loaded', parameters: {} }] }),
    'host.modules[0].name',
    /wanted the name/,
  ],
  ['another status of a check', withHost({ checks: [{ code: 'x', status: 'ok', text: '' }] }), 'host.checks[0].status', /wanted "pass", /],
  [
    'a bridge without an address',
    { ...CAPTURE, bridges: [{ config: '' }] },
    'bridges[0].address',
    /^missing: wanted a key "address" here$/,
  ],
  ['a bridge above by another name', withDevice({ above: ['root port'] }), 'devices[0].above[0]', /wanted an address/],
  ['a width of 16', withDevice({ bars: [{ index: 0, size: '0x10', width: 16 }] }), 'devices[0].bars[0].width', /wanted 32 or 64/],
  ['half an unknown byte', withDevice({ config: '8?' }), 'devices[0].config', /two digits/],
  ['bits of a byte that is known', bits({ at: '0x0', mask: '0f', value: '06' }), `${BITS}[0]`, /^it tells of a byte that is known whole/],
  ['bits beyond the end', bits({ at: '0x4', mask: '0f', value: '06' }), `${BITS}[0]`, /^it goes beyond the 4 bytes/],
  ['a mask of all bits', bits({ at: '0x1', mask: 'ff', value: '00' }), `${BITS}[0].mask`, /wanted two digits/],
  ['a mask of no bit', bits({ at: '0x1', mask: '0f00', value: '0000' }), `${BITS}[0].mask`, /wanted two digits/],
  ['a value that is no number', bits({ at: '0x1', mask: '0f', value: '??' }), `${BITS}[0].value`, /wanted two digits/],
  ['a value that is longer', bits({ at: '0x1', mask: '0f', value: '0000' }), `${BITS}[0]`, /^wanted as many digits/],
  [
    'runs in disorder',
    bits({ at: '0x2', mask: '0f', value: '00' }, { at: '0x1', mask: '0f', value: '00' }),
    `${BITS}[1]`,
    /^wanted an offset of at least 0x3/,
  ],
  [
    'bits of vfio bytes that are not there',
    withDevice({ vfioBits: [{ at: '0x0', mask: '0f', value: '00' }] }),
    'devices[0].vfioBits[0]',
    /beyond the 0 bytes/,
  ],
  [
    'bits of a bridge that do not fit',
    { ...CAPTURE, bridges: [{ ...DEVICE, configBits: [{ at: '0x0', mask: '01', value: '00' }] }] },
    'bridges[0].configBits[0]',
    /known whole/,
  ],
];

for (const [what, input, path, words] of INVALID) {
  test(`parseCapture refuses ${what}`, () => {
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

test('parseCapture ends with an error on JSON of any depth', () => {
  assert.throws(() => parseCapture('['.repeat(200_000)), CaptureError);
  for (const schemaVersion of [1, 2]) {
    const head = `"format":"airlock-capture","schemaVersion":${schemaVersion},"host":{}`;
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    assert.throws(() => parseCapture(`{${head},"devices":${deep}}`), CaptureError);
  }
  // Under a key that is left out it is not looked at.
  const strange = `{"format":"airlock-capture","schemaVersion":2,"host":{},"devices":[],"x":${'{"x":'.repeat(5000)}1${'}'.repeat(5000)}}`;
  assert.deepEqual(readCapture(strange).strangeKeys, ['x']);
});
