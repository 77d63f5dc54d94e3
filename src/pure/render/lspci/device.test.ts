import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseLspciDump } from '../../inputs/index.ts';
import { Bdf, buildConfigSpace, ConfigSpace, type ConfigSpaceParts, decodeDevice, parsePciIds } from '../../pci/index.ts';
import { formatLspci, type LspciOptions } from './device.ts';

const NAMES = parsePciIds(`10cf  Fujitsu Limited.
8086  Intel Corporation
\t1533  I210 Gigabit Network Connection
\t\t8086 0002  Ethernet Server Adapter I210-T1
`);
const DEVICE = { vendorId: 0x8086, deviceId: 0x1533, classCode: 0x020000 };

function show(parts: Partial<ConfigSpaceParts>, options: LspciOptions = {}): string[] {
  return formatLspci(decodeDevice(buildConfigSpace({ ...DEVICE, ...parts }), Bdf.parse('3b:00.1')), { names: NAMES, ...options });
}

const TITLES: { name: string; parts: Partial<ConfigSpaceParts>; options?: LspciOptions; wanted: string }[] = [
  { name: 'names', parts: {}, wanted: '0000:3b:00.1 Ethernet controller: Intel Corporation I210 Gigabit Network Connection' },
  { name: 'IDs', parts: {}, options: { numeric: 'ids' }, wanted: '0000:3b:00.1 0200: 8086:1533' },
  {
    name: 'both',
    parts: {},
    options: { numeric: 'both' },
    wanted: '0000:3b:00.1 Ethernet controller [0200]: Intel Corporation I210 Gigabit Network Connection [8086:1533]',
  },
  { name: 'no domain', parts: {}, options: { domain: false, numeric: 'ids' }, wanted: '3b:00.1 0200: 8086:1533' },
  {
    name: 'a device without a name',
    parts: { deviceId: 0x4f53 },
    wanted: '0000:3b:00.1 Ethernet controller: Intel Corporation Device 4f53',
  },
  {
    name: 'a device without a name and its ID',
    parts: { deviceId: 0x4f53 },
    options: { numeric: 'both' },
    wanted: '0000:3b:00.1 Ethernet controller [0200]: Intel Corporation Device [8086:4f53]',
  },
  { name: 'a vendor without a name', parts: { vendorId: 0x1234 }, wanted: '0000:3b:00.1 Ethernet controller: Device 1234:1533' },
  {
    name: 'a vendor without a name and its ID',
    parts: { vendorId: 0x1234 },
    options: { numeric: 'both' },
    wanted: '0000:3b:00.1 Ethernet controller [0200]: Device [1234:1533]',
  },
  {
    name: 'a class of which only the base has a name',
    parts: { classCode: 0x13aa00 },
    options: { numeric: 'names', names: parsePciIds('') },
    wanted: '0000:3b:00.1 Non-Essential Instrumentation [13aa]: Device 8086:1533',
  },
  {
    name: 'a class without a name',
    parts: { classCode: 0x990000 },
    options: { names: parsePciIds('') },
    wanted: '0000:3b:00.1 Class 9900: Device 8086:1533',
  },
  {
    name: 'a class without a name, both',
    parts: { classCode: 0x990000 },
    options: { numeric: 'both' },
    wanted: '0000:3b:00.1 Class [9900]: Intel Corporation I210 Gigabit Network Connection [8086:1533]',
  },
  { name: 'a revision', parts: { revisionId: 3 }, options: { numeric: 'ids' }, wanted: '0000:3b:00.1 0200: 8086:1533 (rev 03)' },
];

for (const { name, parts, options, wanted } of TITLES) {
  test(`formatLspci titles a device with ${name}`, () => assert.deepEqual(show(parts, options), [wanted]));
}

test('formatLspci shows a device at -v', () => {
  const parts = {
    command: 0x406,
    status: 0,
    bars: [0xfb100000, 0xe001],
    subsystemVendorId: 0x8086,
    subsystemId: 2,
    interruptLine: 11,
    interruptPin: 1,
  };
  assert.deepEqual(show({ ...parts, classCode: 0x010802 }, { verbosity: 1, numeric: 'ids', domain: false }), [
    '3b:00.1 0108: 8086:1533 (prog-if 02 [NVM Express])',
    '\tSubsystem: 8086:0002',
    '\tFlags: bus master, fast devsel, latency 0, IRQ 11',
    '\tMemory at fb100000 (32-bit, non-prefetchable)',
    '\tI/O ports at e000 [disabled]',
  ]);
  assert.equal(show(parts, { verbosity: 1 })[1], '\tSubsystem: Intel Corporation Ethernet Server Adapter I210-T1');
  assert.equal(show({ ...parts, subsystemVendorId: 0x10cf }, { verbosity: 1 })[1], '\tSubsystem: Fujitsu Limited. Device 0002');
  assert.equal(
    show({ ...parts, subsystemId: 0x1533 }, { verbosity: 1 })[1],
    '\tSubsystem: Intel Corporation I210 Gigabit Network Connection',
  );
});

test('formatLspci shows a device at -vvv', () => {
  const lines = show(
    { command: 0x406, status: 0x2000, interruptLine: 11, interruptPin: 2, override: [{ at: 0x0c, bytes: '1040' }] },
    { verbosity: 3 },
  );
  assert.deepEqual(lines.slice(1), [
    '\tControl: I/O- Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx+',
    '\tStatus: Cap- 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort- <TAbort- <MAbort+ >SERR- <PERR- INTx-',
    '\tLatency: 64, Cache Line Size: 64 bytes',
    '\tInterrupt: pin B routed to IRQ 11',
  ]);
});

test('formatLspci says how a capability list is broken', () => {
  const capabilities = (parts: Partial<ConfigSpaceParts>, verbosity = 3) =>
    show(parts, { verbosity }).filter(line => line.startsWith('\tCapabilities'));
  const standard = [
    { id: 0x99, body: '3412', offset: 0x40 },
    { id: 0x10, body: `4200${'00'.repeat(0x38)}`, offset: 0x50 },
  ];
  assert.deepEqual(capabilities({ standard: standard.slice(0, 1) }), ['\tCapabilities: [40] Capability ID 0x99 [1234]']);
  assert.deepEqual(capabilities({ standard: standard.slice(0, 1), override: [{ at: 0x41, bytes: '40' }] }).slice(1), [
    '\tCapabilities: [40] <chain looped>',
  ]);
  assert.deepEqual(capabilities({ standard: standard.slice(0, 1), override: [{ at: 0x41, bytes: '48ff0000000000ff' }] }).slice(1), [
    '\tCapabilities: [48] <chain broken>',
  ]);
  const extended = [{ id: 0x7ffe, body: '' }];
  const looped = { standard, extended, override: [{ at: 0x102, bytes: '0110' }] };
  assert.deepEqual(capabilities(looped).slice(2), [
    '\tCapabilities: [100 v1] Extended Capability ID 0x7ffe',
    '\tCapabilities: [100 v1] <chain looped>',
  ]);
  assert.deepEqual(capabilities(looped, 1).slice(1), [
    '\tCapabilities: [50] Express Root Port (Slot-), IntMsgNum 0',
    '\tCapabilities: [100] Extended Capability ID 0x7ffe',
    '\tCapabilities: [100] <chain looped>',
  ]);
  const ended = { standard, extended: [{ id: 0x0f, body: '00'.repeat(4) }], override: [{ at: 0x102, bytes: '0111' }] };
  assert.deepEqual(capabilities(ended, 1).slice(2), ['\tCapabilities: [100] Address Translation Service (ATS)']);
  const cut = new ConfigSpace(buildConfigSpace({ ...DEVICE, standard }).bytes.slice(0, 64));
  assert.deepEqual(formatLspci(decodeDevice(cut), { verbosity: 3 }).at(-1), '\tCapabilities: <access denied>');
});

test('formatLspci shows a capability whose registers are not known by its title alone', () => {
  const extended = [
    { id: 0x31, body: '00'.repeat(0x20) },
    { id: 0x10, body: '00'.repeat(0x3c) },
  ];
  const standard = [{ id: 0x10, body: `4200${'00'.repeat(0x38)}`, offset: 0x50 }];
  const { bytes } = buildConfigSpace({ ...DEVICE, size: 4096, standard, extended });
  const known = bytes.map((_, at) => (at < 0x104 || (at >= 0x124 && at < 0x130) ? 1 : 0));
  const lines = formatLspci(decodeDevice(new ConfigSpace(bytes, known)), { verbosity: 3 });
  assert.deepEqual(lines.slice(-2), [
    '\tCapabilities: [100 v1] Physical Layer 64.0 GT/s <?>',
    '\tCapabilities: [124 v1] Single Root I/O Virtualization <unreadable>',
  ]);
});

test('formatLspci takes what is not known of a function that does not answer for ones', () => {
  const known = Uint8Array.from({ length: 64 }, (_, at) => (at < 16 ? 1 : 0));
  const lines = formatLspci(decodeDevice(new ConfigSpace(new Uint8Array(64).fill(0xff), known)), { verbosity: 3 });
  assert.deepEqual(lines.slice(1), ['\t!!! Unknown header type 7f', '\tInterrupt: pin ? routed to IRQ 255']);
});

test('formatLspci adds as many bytes as there are -x', () => {
  const rows = [0, 1, 2, 3, 4].map(hex => show({ size: 4096 }, { hex }).length - 1);
  assert.deepEqual(rows, [0, 4, 4, 16, 256]);
  assert.equal(show({}, { hex: 1 })[1], '00: 86 80 33 15 00 00 00 00 00 00 00 02 00 00 00 00');
  assert.equal(show({ headerType: 2 }, { hex: 1 }).length, 9);
});

test('formatLspci shows bytes that are not known as such', () => {
  const bytes = new Uint8Array(64);
  const known = new Uint8Array(64).fill(1).fill(0, 0x0e, 0x2f);
  const lines = formatLspci(decodeDevice(new ConfigSpace(bytes, known), Bdf.parse('00:00.0')), { verbosity: 3, hex: 1 });
  assert.deepEqual(lines, [
    '0000:00:00.0 Non-VGA unclassified device: Device 0000:0000',
    '00: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ?? ??',
    `20:${' ??'.repeat(15)} 00`,
    `30:${' 00'.repeat(16)}`,
  ]);
});

test('formatLspci shows of a header that is known in part its title and the capabilities that are known', () => {
  const text = [
    '01:00.0 Ethernet controller [0200]: Device [8086:1572] (rev 02)',
    '\tFlags: fast devsel',
    '\tCapabilities: [40] Power Management version 3',
    '\tCapabilities: [70] MSI-X: Enable- Count=129 Masked-',
    '\tCapabilities: [a0] Null',
    '',
  ].join('\n');
  const [device] = parseLspciDump(new TextEncoder().encode(text));
  assert.ok(device);
  const decoded = decodeDevice(device.config, device.bdf);
  assert.deepEqual(formatLspci(decoded), ['0000:01:00.0 Ethernet controller: Device 8086:1572 (rev 02)']);
  assert.deepEqual(formatLspci(decoded, { verbosity: 3 }), [
    '0000:01:00.0 Ethernet controller: Device 8086:1572 (rev 02)',
    '\tCapabilities: [40] Power Management <unreadable>',
    '\tCapabilities: [70] MSI-X <unreadable>',
    '\tCapabilities: [a0] Null',
  ]);
});

test('formatLspci takes any bytes, known or not', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 4096, size: 'max' }),
      fc.nat(3),
      fc.integer({ min: 0, max: 3 }),
      (bytes, headerType, verbosity) => {
        if (bytes.length > 0x41) {
          bytes[0x06] |= 0x10;
          bytes[0x0e] = headerType;
          bytes[headerType === 2 ? 0x14 : 0x34] = 0x40;
          bytes.set([0x10, 0x80], 0x40);
        }
        const known = bytes.map(byte => (byte % 16 === 7 ? 0 : 1));
        for (const map of [null, known]) {
          const lines = formatLspci(decodeDevice(new ConfigSpace(bytes, map)), { verbosity, hex: 4, names: NAMES });
          assert(lines.length > 0 && lines.every(line => !line.includes('\n') && !line.includes('undefined') && !line.includes('NaN')));
        }
      },
    ),
    { numRuns: 300 },
  );
});
