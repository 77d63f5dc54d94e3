import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Bdf } from '../pci/bdf.ts';
import { BUILT_IN_NAMES } from '../pci/pci-ids.ts';
import { deviceJson } from '../reports/devices-json.ts';
import type { ListedDevice } from '../reports/devices-report.ts';
import { formatDevice } from './devices-text.ts';
import type { Painter } from './paint.ts';

const DEVICE: ListedDevice = {
  address: Bdf.parse('0000:01:00.0'),
  vendorId: 0x8086,
  deviceId: 0x10c9,
  classCode: 0x020000,
  revisionId: 1,
  driver: 'vfio-pci',
  driverOverride: 'vfio-pci',
  vfioDevice: '/dev/vfio/devices/vfio3',
  numaNode: 1,
  physicalFunction: null,
  resetMethods: ['flr', 'bus'],
  group: { number: 12, type: 'DMA-FQ', members: ['0000:01:00.0'], blockers: [], hidden: [] },
  capabilities: { ats: 'yes', pasid: 'no', pri: 'no', unknownBecause: null },
  kernelAts: { answer: 'supported', code: 'flag-clear', because: null, text: 'The flag is clear.' },
  unreadable: [],
};
const UNKNOWN = { ats: 'unknown', pasid: 'unknown', pri: 'unknown' } as const;
const group = (...blockers: { address: string; driver: string }[]) => ({ number: 12, type: null, members: [], blockers, hidden: [] });
const self = { address: '0000:01:00.0', driver: 'igb' };
const many = Array.from({ length: 10 }, (_, i) => ({ address: `0000:02:00.${i % 8}`, driver: 'snd_hda_intel' }));

const VECTORS: readonly (readonly [name: string, change: Partial<ListedDevice>, lines: readonly string[]])[] = [
  [
    'a device that is ready',
    {},
    [
      '0000:01:00.0 Ethernet controller [0200]: Device [8086:10c9] (rev 01)',
      '  driver vfio-pci, /dev/vfio/devices/vfio3; group 12 viable',
      '  ATS yes, PASID no, PRI no; kernel on ATS: supported',
    ],
  ],
  [
    'what another user may know of a device that the host has',
    {
      driver: 'igb',
      driverOverride: null,
      vfioDevice: null,
      group: group(self),
      capabilities: { ...UNKNOWN, unknownBecause: 'not root' },
      kernelAts: { answer: 'unknown', code: 'in-use', because: 'in use by igb', text: '' },
    },
    [
      '0000:01:00.0 Ethernet controller [0200]: Device [8086:10c9] (rev 01)',
      '  driver igb; group 12 viable once igb gives the device up',
      '  ATS, PASID, PRI unknown (not root); kernel on ATS: unknown (in use by igb)',
    ],
  ],
  [
    'who is in the way',
    { group: group(self, { address: '0000:01:00.1', driver: 'nvme' }), revisionId: 0 },
    [
      '0000:01:00.0 Ethernet controller [0200]: Device [8086:10c9]',
      '  driver vfio-pci, /dev/vfio/devices/vfio3; group 12 not viable: 0000:01:00.1 is',
      '    bound to nvme',
      '  ATS yes, PASID no, PRI no; kernel on ATS: supported',
    ],
  ],
  [
    'no driver, another override, no group, a virtual function',
    {
      driver: null,
      driverOverride: 'x',
      vfioDevice: null,
      group: null,
      physicalFunction: Bdf.parse('0000:01:00.1'),
      capabilities: { ats: 'yes', pasid: 'physical-function', pri: 'no', unknownBecause: null },
      kernelAts: { answer: 'unknown', code: 'no-iommu', because: 'no IOMMU', text: '' },
    },
    [
      '0000:01:00.0 Ethernet controller [0200]: Device [8086:10c9] (rev 01)',
      '  no driver (driver_override x); no IOMMU group',
      '  virtual function of 0000:01:00.1; ATS yes, PASID that of its physical',
      '    function, PRI no; kernel on ATS: unknown (no IOMMU)',
    ],
  ],
  [
    'what failed',
    {
      kernelAts: { answer: 'unknown', code: 'failed', because: 'ENODEV', text: 'Cannot bind vfio3: ENODEV, the device is gone' },
      unreadable: [{ file: 'revision', code: 'EIO' }],
    },
    [
      '0000:01:00.0 Ethernet controller [0200]: Device [8086:10c9] (rev 01)',
      '  driver vfio-pci, /dev/vfio/devices/vfio3; group 12 viable',
      '  ATS yes, PASID no, PRI no; kernel on ATS: unknown (ENODEV)',
      '  Cannot bind vfio3: ENODEV, the device is gone',
      '  could not be read: revision (EIO)',
    ],
  ],
];

describe('devices', () => {
  for (const [name, change, lines] of VECTORS) {
    test(`formatDevice shows ${name}`, () => {
      assert.deepEqual(formatDevice({ ...DEVICE, ...change }, BUILT_IN_NAMES), lines);
    });
  }

  test('formatDevice names eight of many in the way, within 80 columns', () => {
    const lines = formatDevice({ ...DEVICE, group: group(...many) }, BUILT_IN_NAMES);
    assert.match(lines.join(' '), /and 2 more/);
    assert.ok(lines.every(line => line.length <= 80));
  });

  const PAINTER: Painter = Object.assign((tone: string, text: string) => `<${tone}>${text}`, { width: 80 });

  test('formatDevice paints whole lines, so that colour changes no width', () => {
    const painted = formatDevice({ ...DEVICE, group: null }, BUILT_IN_NAMES, PAINTER);
    assert.deepEqual(
      painted.map(line => /^<\w+>/.exec(line)?.[0]),
      ['<strong>', '<bad>', '<good>'],
    );
  });

  test('deviceJson has ids as hex strings and says whether the group is viable', () => {
    assert.deepEqual(deviceJson(DEVICE), {
      bdf: '0000:01:00.0',
      vendorId: '0x8086',
      deviceId: '0x10c9',
      classCode: '0x020000',
      revisionId: '0x01',
      driver: 'vfio-pci',
      driverOverride: 'vfio-pci',
      vfioDevice: '/dev/vfio/devices/vfio3',
      numaNode: 1,
      physicalFunction: null,
      resetMethods: ['flr', 'bus'],
      iommuGroup: { number: 12, type: 'DMA-FQ', viable: true, members: ['0000:01:00.0'], blockers: [] },
      capabilities: { ats: 'yes', pasid: 'no', pri: 'no', unknownBecause: null },
      kernelAts: { answer: 'supported', code: 'flag-clear', text: 'The flag is clear.' },
      unreadable: [],
    });
    const other = deviceJson({ ...DEVICE, group: group(self), revisionId: null, physicalFunction: Bdf.parse('0000:01:00.1') });
    assert.deepEqual([other.iommuGroup?.viable, other.revisionId, other.physicalFunction], [false, null, '0000:01:00.1']);
    assert.equal(deviceJson({ ...DEVICE, group: null }).iommuGroup, null);
  });
});
