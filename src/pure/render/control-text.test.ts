import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DeviceCounters, DeviceDescription, DeviceSummary } from '../reports/schemas/control.ts';
import type { CapabilityJson, ViewJson } from '../reports/schemas/view.ts';
import { viewChanges } from '../reports/view-changes.ts';
import { escapeText } from '../text/escape.ts';
import { formatChange, formatCounters, formatDescription, formatDeviceList } from './control-text.ts';
import { COLOURED } from './paint.ts';

const ATS: CapabilityJson = {
  ...{ kind: 'extended', id: '0x000f', name: 'ATS', offset: '0x1b0', version: 1, status: 'shown', stage: 'vmm' },
  reason: { code: 'ats.shown.kernel-supported', text: 'the host kernel does not report ATS as unsupported' },
};
const MASKED: CapabilityJson = {
  ...ATS,
  status: 'hidden',
  reason: { code: 'ats.masked.off', text: 'the property ats=off masks ATS from the guest' },
};
const MSI: CapabilityJson = {
  kind: 'standard',
  id: '0x05',
  name: 'MSI',
  offset: '0x50',
  version: 0,
  status: 'shown',
  stage: null,
  reason: null,
};
const WARNING = { level: 'warning', code: 'ats.x', message: 'words '.repeat(20).trim(), origin: 'vmm' } as const;

const VIEW: ViewJson = {
  ...{ bdf: '0000:3b:00.0', profile: 'airlock', machine: 'pc-q35-11.1', hostIommu: { backend: 'iommufd', ats: 'supported' } },
  ...{ outcome: 'realized', error: null, warnings: [] },
  properties: { ats: { value: 'auto', source: 'default' }, multifunction: { value: false, source: 'default' } },
  capabilities: [MSI, ATS],
  unknown: [],
};
const NEXT: ViewJson = {
  ...VIEW,
  warnings: [WARNING],
  properties: { ...VIEW.properties, ats: { value: 'off', source: 'device option' } },
  capabilities: [MSI, MASKED],
};

const PLACE = { name: 'gpu', socket: '/run/airlock/gpu.sock', source: 'gpu.json 0000:3b:00.0', profile: 'airlock', machine: 'pc-q35-11.1' };
const SUMMARY: DeviceSummary = {
  ...PLACE,
  ...{ isConnected: true, set: ['ats=off'], hasNext: true, ats: { value: 'auto', source: 'default', status: 'shown' } },
};
const DEVICE: DeviceDescription = {
  ...PLACE,
  ...{ heading: ['0000:3b:00.0 3D controller'], isConnected: true, hostIommu: { backend: 'iommufd', ats: 'supported' } },
  ...{ view: VIEW, set: ['ats=off'], next: NEXT },
};
const COUNTERS: DeviceCounters = {
  ...{ name: 'gpu', isConnected: false, connections: 2, refused: 1, errors: 0, messages: { VERSION: 2, REGION_READ: 40 } },
  ...{ bytesReceived: 1, bytesSent: 2, dmaMapped: 3, dmaByMessage: 0 },
};

describe('formatDeviceList', () => {
  test('formatDeviceList tells where a device is, what becomes of ATS and what waits', () => {
    assert.deepEqual(formatDeviceList([SUMMARY]), [
      'gpu: a client is connected',
      '  socket   /run/airlock/gpu.sock',
      '  source   gpu.json 0000:3b:00.0',
      '  profile  airlock, machine pc-q35-11.1',
      '  ats      auto (default): the guest sees ATS',
      '  next     ats=off, for the next client',
    ]);
  });

  for (const [status, words] of [
    ['hidden', 'ATS is masked'],
    ['changed', 'ATS changed'],
    [null, 'the device has no ATS'],
  ] as const) {
    test(`formatDeviceList has words for ATS that is ${status}`, () => {
      const lines = formatDeviceList([{ ...SUMMARY, hasNext: false, ats: { value: 'on', source: '-global', status } }]);
      assert.equal(lines.at(-1), `  ats      on (-global): ${words}`);
    });
  }

  test('formatDeviceList of untouched bytes has nothing of ATS', () => {
    const lines = formatDeviceList([{ ...SUMMARY, isConnected: false, profile: 'raw', machine: null, ats: null, set: [], hasNext: false }]);
    assert.deepEqual([lines[0], ...lines.slice(3)], ['gpu: no client', '  profile  raw, the bytes untouched']);
  });
});

describe('formatDescription', () => {
  test('formatDescription has the tables of view and what differs for the next client', () => {
    assert.deepEqual(formatDescription(DEVICE).slice(5), [
      '  host     IOMMU iommufd, ATS supported',
      '',
      '  HOST                         GUEST       BY     WHY',
      '  MSI [50]                     shown',
      '  ATS [1b0 v1]                 shown       vmm    kernel: ATS may be used',
      '',
      '  PROPERTY                     VALUE       SOURCE',
      '  ats                          auto        default',
      '  multifunction                off         default',
      '',
      'For the next client: ats=off',
      '  PROPERTY                     BEFORE      AFTER       SOURCE',
      '  ats                          auto        off         device option',
      '',
      '  HOST                         BEFORE      AFTER       WHY',
      '  ATS [1b0 v1]                 shown       hidden      ats=off',
      '',
      `warning: ${'words '.repeat(12).trim()}`,
      '  words words words words words words words words (ats.x)',
    ]);
  });

  test('formatDescription of untouched bytes ends with the device', () => {
    const raw = { ...DEVICE, profile: 'raw', machine: null, hostIommu: null, view: null, set: [], next: null };
    assert.deepEqual(formatDescription(raw).slice(1), [
      '  0000:3b:00.0 3D controller',
      '  socket   /run/airlock/gpu.sock',
      '  source   gpu.json 0000:3b:00.0',
      '  profile  raw, the bytes untouched',
    ]);
  });

  test('formatDescription keeps within 80 columns, whatever the words are', () => {
    const words = 'many words '.repeat(20).trim();
    const long = { ...ATS, status: 'hidden' as const, reason: { code: 'of.a.newer.version', text: words } };
    const view = { ...VIEW, capabilities: [] };
    const next = { ...VIEW, capabilities: [long] };
    const lines = formatDescription({ ...DEVICE, source: words, heading: [words], set: Array(20).fill('ats=off'), view, next });
    assert.deepEqual(
      lines.filter(line => line.length > 80),
      [],
    );
    assert.ok(lines.some(line => line.startsWith('  ATS [1b0 v1]                 -           hidden      many words')));
  });
});

test('formatCounters adds the messages up and lists them', () => {
  assert.deepEqual(formatCounters(COUNTERS), [
    'gpu: no client',
    '  clients               2 served, 1 refused',
    '  messages              42 received, 0 refused; 1 byte in, 2 bytes out',
    '  DMA                   3 bytes through mappings, 0 bytes by message',
    '    VERSION             2',
    '    REGION_READ         40',
  ]);
});

describe('formatChange', () => {
  const change = { name: 'gpu', isConnected: true, set: ['ats=off'], changes: viewChanges(VIEW, NEXT), warnings: [] };

  test('formatChange tells who gets it and what differs', () => {
    const lines = formatChange(change);
    assert.equal(lines[0], 'gpu: ats=off, from the next client on; the present one keeps what it has');
    assert.equal(lines.at(-1), '  ATS [1b0 v1]                 shown       hidden      ats=off');
    assert.equal(formatChange({ ...change, isConnected: false })[0], 'gpu: ats=off, from the next client on');
    assert.equal(formatChange({ ...change, set: [], isConnected: false })[0], 'gpu: the options of serve alone, from the next client on');
  });

  test('formatChange says so where nothing differs', () => {
    assert.deepEqual(formatChange({ ...change, isConnected: false, changes: viewChanges(VIEW, VIEW) }), [
      'gpu: ats=off, from the next client on',
      '  nothing changes by that',
    ]);
  });

  test('formatChange in colour is the same text', () => {
    const coloured = formatChange({ ...change, warnings: [WARNING] }, COLOURED);
    assert.notDeepEqual(coloured, formatChange({ ...change, warnings: [WARNING] }));
    assert.deepEqual(
      coloured.map(line => line.replace(/\p{Cc}\[\d+m/gu, '')),
      formatChange({ ...change, warnings: [WARNING] }),
    );
  });
});

describe('viewChanges', () => {
  test('viewChanges of a view and itself are none', () => assert.deepEqual(viewChanges(VIEW, VIEW), { capabilities: [], properties: {} }));

  test('viewChanges pairs what is there once with nothing', () => {
    const without: ViewJson = { ...VIEW, capabilities: [MSI], properties: { multifunction: VIEW.properties.multifunction } };
    assert.deepEqual(viewChanges(without, VIEW), {
      capabilities: [{ before: null, after: ATS }],
      properties: { ats: { before: null, after: { value: 'auto', source: 'default' } } },
    });
    assert.deepEqual(viewChanges(VIEW, without).capabilities, [{ before: ATS, after: null }]);
  });
});

test('formatDescription and the others keep to 80 columns where foreign text is escaped', () => {
  const foreign = 'a\u001b[2J\u202e\u202e '.repeat(9).trim();
  const place = { socket: foreign, source: foreign, profile: foreign, machine: foreign };
  const ats = { value: foreign, source: foreign, status: foreign };
  const summary: DeviceSummary = { ...SUMMARY, ...place, ats, set: [foreign, foreign] };
  const warning = { ...WARNING, message: foreign };
  const view: ViewJson = { ...VIEW, warnings: [warning], capabilities: [{ ...MASKED, reason: { code: 'ats.masked.off', text: foreign } }] };
  const lines = [
    ...formatDeviceList([summary]),
    ...formatDescription({ ...DEVICE, ...place, heading: [foreign], set: [foreign], view, next: { ...view, capabilities: [MSI] } }),
    ...formatCounters(COUNTERS),
    ...formatChange({ name: 'gpu', isConnected: true, set: [foreign], changes: { capabilities: [], properties: {} }, warnings: [warning] }),
  ];
  assert.deepEqual(
    lines.filter(line => escapeText(line).length > 80),
    [],
  );
});
