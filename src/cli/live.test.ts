/** Devices of a made tree, opened through a double of the kernel or not at all: where their bytes and reports come from. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openCount } from '../../test/fixtures/open-descriptors.ts';
import { makeTree, removeTree } from '../../test/fixtures/sysfs-tree.ts';
import { standInForVfio } from '../../test/fixtures/vfio-double.ts';
import { barSizesOf } from '../pure/facts/index.ts';
import { Bdf } from '../pure/pci/bdf.ts';
import { buildConfigSpace } from '../pure/pci/builder.ts';
import type { Options } from './command.ts';
import { readLive, readLiveInput } from './live.ts';
import { liveAddress, liveOptions } from './live-options.ts';

const SERIAL = { id: 0x03, body: '0011223344556677' };
const EXPRESS = { id: 0x10, body: '0200'.padEnd(116, '0') };
const build = (command: number) =>
  buildConfigSpace({
    vendorId: 0x1234,
    deviceId: 0x5678,
    classCode: 0x020000,
    command,
    bars: [0xfe000004],
    standard: [EXPRESS],
    extended: [SERIAL],
  });
const HARDWARE = build(0x0406);
const VFIO = build(0x0002);
const ABSENT = buildConfigSpace({ vendorId: 0xffff, deviceId: 0xffff, classCode: 0x020000 });

const RESOURCE = [
  '0x0000004000000000 0x0000004000003fff 0x000000000014220c',
  '0x0000000000000000 0x0000000000000000 0x0000000000000000',
  '0x000000000000e000 0x000000000000e01f 0x0000000000040101',
].join('\n');

const bound = { driver: 'vfio-pci', group: 12, vfioDevice: 'vfio7' };
const root = makeTree(
  [
    { address: '0000:01:00.0', config: HARDWARE.bytes, ...bound, files: { numa_node: '1\n', resource: RESOURCE } },
    { address: '0000:02:00.0', config: HARDWARE.bytes.slice(0, 64), driver: 'nvme', group: 13 },
    {
      address: '0000:01:10.0',
      config: ABSENT.bytes,
      group: 14,
      files: { vendor: '0x8086\n', device: '0x10ca\n', physfn: { link: '../0000:01:00.0' }, resource: RESOURCE },
    },
  ],
  {
    'proc/cmdline': 'pci=noats\n',
    'sys/class/iommu/dmar0/intel-iommu/ecap': 'f00f4a\n',
    'sys/class/iommu/dmar0/intel-iommu/address': 'fed90000\n',
  },
);
after(() => removeTree(root));

const at = (text: string): Bdf => Bdf.parse(text);
const TRY = { root, backend: 'iommufd', open: 'try' } as const;

test('readLive opens a device that is bound to vfio-pci, and leaves nothing open', t => {
  standInForVfio(t, { vfio: VFIO.bytes });
  const before = openCount();
  const { opened, notAsked, host } = readLive(at('01:00.0'), TRY);
  assert.equal(openCount(), before);
  assert.equal(notAsked, null);
  assert.deepEqual([opened?.backend, opened?.hostIommu.atsSupport(), opened?.vfio.read(4, 2)], ['iommufd', 'unsupported', 2]);
  assert.equal(host.config.read(4, 2), 0x0406);
  const { description } = readLiveInput(at('01:00.0'), TRY);
  assert.equal(description, "live device: 4096 bytes of the hardware from sysfs; vfio's bytes and the report through iommufd");
  assert.equal(readLiveInput(at('01:00.0'), TRY).reportedAtomicOps, 0, 'the kernel says nothing of AtomicOps');
  assert.equal(readLiveInput(at('02:00.0'), TRY).reportedAtomicOps, null, 'it was not asked');
  const legacy = readLive(at('01:00.0'), { ...TRY, backend: 'legacy' });
  assert.deepEqual([legacy.opened?.backend, legacy.opened?.hostIommu.report], ['legacy', null]);
  assert.equal(openCount(), before);
});

test('readLive says why a device is not opened, and is an error where it must be', t => {
  const made = standInForVfio(t, { vfio: VFIO.bytes, refused: { '/dev/iommu': constants.errno.EACCES } });
  assert.equal(readLive(at('02:00.0'), TRY).notAsked, 'in use by nvme');
  const { notAsked } = readLive(at('01:00.0'), TRY);
  if (process.getuid?.() === 0) assert.match(notAsked ?? '', /^Cannot open \/dev\/iommu: EACCES, /);
  else assert.equal(notAsked, 'not root');
  assert.equal(readLive(at('01:00.0'), { ...TRY, open: 'never' }).notAsked, 'another tree');
  const isMistake = (message: RegExp) => ({ name: 'UsageError', message });
  assert.throws(
    () => readLive(at('02:00.0'), { ...TRY, open: 'need' }),
    isMistake(/in use by nvme, wanted vfio-pci: airlock bind 0000:02:00\.0$/),
  );
  assert.throws(() => readLive(at('01:00.0'), { ...TRY, open: 'need' }), isMistake(/^Cannot open \/dev\/iommu: EACCES, /));
  assert.throws(() => readLive(at('09:00.0'), TRY), isMistake(/^Cannot read 0000:09:00\.0: .* has no such PCI function/));
  mkdirSync(join(root, 'sys/bus/pci/devices/0000:0a:00.0'));
  assert.throws(() => readLive(at('0a:00.0'), TRY), isMistake(/it is listed, and its files vendor, device and class are not there$/));
  assert.deepEqual(made, [], 'no request of any other backend was made');
});

test("readLiveInput knows 64 bytes of a device whose others are root's, and says so", () => {
  const device = readLiveInput(at('02:00.0'), TRY);
  assert.equal(device.config.knownLength, 64);
  assert.equal(device.config.read(0x40, 1), undefined);
  assert.equal(device.description, "live device: 64 bytes of the hardware from sysfs (the others, up to 4096, are root's: not known)");
  const { description } = readLiveInput(at('02:00.0'), { ...TRY, open: 'never' });
  assert.equal(description, 'live device: 64 bytes of the hardware from sysfs (the others, up to 4096, are not in the file: not known)');
  assert.deepEqual([device.vfio, device.hostIommu?.backend, device.notAsked], [null, 'none', 'in use by nvme']);
  assert.equal(device.hostIommu?.kernel, '7.3.4', 'of the tree');
});

test("readLiveInput takes a virtual function's identity and its BARs from sysfs", () => {
  const facts = readLiveInput(at('01:10.0'), TRY);
  assert.deepEqual(facts.virtualFunction, { vendorId: 0x8086, deviceId: 0x10ca, bars: [12, 0, 1, 0, 0, 0] });
  assert.deepEqual(barSizesOf(facts), [0x4000, 0, 0x20, 0, 0, 0, 0]);
  assert.equal(readLiveInput(at('01:00.0'), { ...TRY, open: 'never' }).virtualFunction, null);
});

function optionsOf(values: Readonly<Record<string, string>>): Options {
  return { given: {}, words: null, flag: () => false, value: name => values[name], values: () => [] };
}

test('liveOptions opens what it may, what it must where a backend is named, and nothing of another tree', () => {
  const cases = [
    [{}, 'try'],
    [{ backend: 'iommufd' }, 'need'],
    [{ backend: 'legacy' }, 'need'],
    [{ backend: 'iommufd', 'hw-caps': '0x8' }, 'try'],
    [{ backend: 'iommufd', root }, 'never'],
    [{ root: '/' }, 'never'],
  ] as const;
  for (const [values, open] of cases) assert.equal(liveOptions(optionsOf(values)).open, open, JSON.stringify(values));
});

test('liveAddress knows the forms of an address from files and from all else', () => {
  const file = join(root, '0000:01:00.0');
  writeFileSync(file, '');
  const cases = [
    ['01:00.0', '0000:01:00.0'],
    ['0000:01:00.0', '0000:01:00.0'],
    ['10000:E1:00.1', '10000:e1:00.1'],
    ['/sys/bus/pci/devices/0000:01:00.0', '0000:01:00.0'],
    ['/sys/bus/pci/devices/0000:01:00.0/', '0000:01:00.0'],
    ['/dev/vfio/devices/vfio7', '0000:01:00.0'],
    [file, null],
    ['/none/0000:01:00.0', null],
    ['-', null],
    ['dump.txt', null],
    ['01:00.8', null],
    // The kernel refuses to look for it.
    ['x'.repeat(300), null],
  ] as const;
  for (const [text, address] of cases) assert.equal(liveAddress(text, root)?.text ?? null, address, text);
  assert.throws(() => liveAddress('/dev/vfio/devices/vfio8', root), { name: 'UsageError', message: /vfio8: no device of this machine/ });
});
