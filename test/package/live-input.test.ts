/** A device's address as INPUT, and the commands that read devices of a machine, on made trees: as a user meets them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { parseCapture } from '../../src/pure/capture/index.ts';
import { buildConfigSpace } from '../../src/pure/pci/builder.ts';
import { makeTree, removeTree } from '../fixtures/sysfs-tree.ts';
import { airlock, ROOT } from './airlock.ts';

const EXPRESS = { id: 0x10, body: '0200'.padEnd(116, '0') };
const ATS = { id: 0x0f, body: '20000000', offset: 0x140 };
const SERIAL = { id: 0x03, body: '0011223344556677', offset: 0x100 };
const NIC = buildConfigSpace({
  ...{ vendorId: 0x1234, deviceId: 0x5678, classCode: 0x020000, bars: [0xfe00000c, 0x40] },
  ...{ standard: [EXPRESS], extended: [SERIAL, ATS] },
}).bytes;
const VF = buildConfigSpace({
  vendorId: 0xffff,
  deviceId: 0xffff,
  classCode: 0x020000,
  standard: [EXPRESS],
  extended: [{ ...ATS, offset: 0x100 }],
}).bytes;
const RESOURCE = '0x0000004000000000 0x0000004000003fff 0x000000000014220c\n';

const schema = new Ajv({ allErrors: true }).compile(JSON.parse(readFileSync(join(ROOT, 'schemas/capture.schema.json'), 'utf8')));

describe('airlock on the devices of a machine', () => {
  let root = '';
  before(() => {
    root = makeTree(
      [
        { address: '0000:01:00.0', config: NIC, driver: 'vfio-pci', group: 12, vfioDevice: 'vfio7', files: { resource: RESOURCE } },
        { address: '0000:02:00.0', config: NIC.slice(0, 64), driver: 'nvme', group: 13 },
        {
          address: '10000:01:10.0',
          config: VF,
          group: 14,
          files: { vendor: '0x8086\n', device: '0x10ca\n', physfn: { link: '../0000:01:00.0' }, resource: RESOURCE },
        },
      ],
      { 'sys/class/iommu/dmar0/intel-iommu/ecap': 'f00f4a\n' },
    );
  });
  after(() => removeTree(root));

  const run = (...args: string[]) => airlock([...args, '--root', root]);
  const views = (...args: string[]) => JSON.parse(run('view', ...args, '--json').stdout).devices;

  it('view BDF views the bytes of sysfs and says that no device was opened', () => {
    const { status, stdout, stderr } = run('view', '1:00.0'.padStart(7, '0'));
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^0000:01:00\.0 .*\[1234:5678\]\n {2}live device: 4096 bytes of the hardware from sysfs\n/);
    assert.match(stdout.replace(/\n */g, ' '), /host IOMMU: no report \(another tree\)/);
    assert.match(stdout, /ATS \[140 v1\] +shown/);
  });

  it('view BDF takes sysfs paths and VFIO device files for the same device', () => {
    const [expected] = views('01:00.0');
    for (const name of ['0000:01:00.0', '/sys/bus/pci/devices/0000:01:00.0', '/dev/vfio/devices/vfio7'])
      assert.deepEqual(views(name), [expected]);
  });

  it('view BDF marks what lies beyond 64 bytes as unknown', () => {
    const { status, stdout } = run('view', '0000:02:00.0');
    assert.equal(status, 0);
    assert.match(
      stdout.replace(/\n */g, ' '),
      /64 bytes of the hardware from sysfs \(the others, up to 4096, are not in the file: not known\)/,
    );
    const [device] = views('0000:02:00.0');
    assert.equal(device.host.length, 128);
    assert.ok(!device.capabilities.some(({ name }: { name: string }) => name === 'ATS'));
  });

  it('view BDF shows a virtual function by what sysfs says of it', () => {
    const { stdout } = run('view', '10000:01:10.0');
    assert.match(stdout, /^10000:01:10\.0 .*\[8086:10ca\]/);
    const [device] = views('10000:01:10.0');
    assert.equal(device.host.slice(0, 8), 'ffffffff');
    assert.equal(device.guest.slice(0, 8), '8680ca10');
  });

  it('view BDF with values of a report needs no device', () => {
    const [device] = views('01:00.0', '--hw-caps', '0x8');
    assert.ok(device.warnings.some(({ code }: { code: string }) => code === 'ats.masked.kernel-unsupported'));
  });

  it('decode BDF decodes the bytes of sysfs', () => {
    const { status, stdout } = run('decode', '01:00.0', '-v');
    assert.equal(status, 0);
    assert.match(stdout, /^0000:01:00\.0 /);
    assert.match(stdout, /Device Serial Number 77-66-55-44-33-22-11-00/);
  });

  it('compare takes devices of a machine, also beside a file', () => {
    const path = join(root, 'nic.bin');
    writeFileSync(path, NIC);
    assert.equal(run('compare', '--raw', '01:00.0', '/dev/vfio/devices/vfio7').status, 0);
    assert.equal(run('compare', '--raw', '01:00.0', '10000:01:10.0').status, 1);
    const { status, stderr } = run('compare', '--raw', path, '01:00.0');
    assert.deepEqual([status, stderr], [2, `airlock: side A: --root goes with a device, not with ${path}\n`]);
  });

  it('a file is a file, whatever its name', () => {
    const folder = join(root, 'files');
    mkdirSync(folder);
    writeFileSync(join(folder, '01:00.0'), VF);
    const { stdout } = airlock(['decode', '01:00.0', '-n'], '', folder);
    assert.match(stdout, /ffff:ffff/);
  });

  it('capture holds all devices and is a capture by the published schema', () => {
    const { status, stdout, stderr } = run('capture');
    assert.equal(status, 0);
    assert.match(stderr, /^airlock: note: 0000:01:00\.0: no vfio bytes and no report: another tree$/m);
    assert.match(stderr, /^airlock: note: 1 of 3 devices: no more than 64 bytes may be read without root$/m);
    assert.ok(schema(JSON.parse(stdout)), JSON.stringify(schema.errors));
    const capture = parseCapture(stdout);
    const { checks, ...host } = capture.host;
    assert.ok(checks?.some(({ code, status }) => code === 'iommu.on' && status === 'pass'));
    assert.deepEqual(host, {
      ...{ kernel: '7.3.4', architecture: 'x86_64' },
      iommus: [{ kind: 'intel-vtd', attributes: { ecap: 'f00f4a' } }],
    });
    assert.deepEqual(
      capture.devices.map(({ address }) => address),
      ['0000:01:00.0', '0000:02:00.0', '10000:01:10.0'],
    );
    assert.deepEqual(capture.devices[2]?.virtualFunction, { vendorId: '0x8086', deviceId: '0x10ca', bars: [12, 0, 0, 0, 0, 0] });
  });

  it('capture redacts unless asked, and view of the file equals view of the device', () => {
    const path = join(root, 'host.json');
    const redacted = run('capture', '01:00.0', '-o', path);
    assert.equal(redacted.stdout, `${path}: 1 device, without serial numbers and addresses\n`);
    const text = readFileSync(path, 'utf8');
    assert.ok(!text.includes('0011223344556677') && !text.includes('0c0000fe40'));
    assert.deepEqual(parseCapture(text).devices[0]?.redacted, [
      { at: '0x10', length: 4, what: 'BAR 0' },
      { at: '0x14', length: 4, what: 'BAR 0, upper half' },
      { at: '0x104', length: 8, what: 'serial number' },
    ]);
    assert.equal(run('capture', '01:00.0', '-o', path, '--include-serials').stdout, `${path}: 1 device, without addresses\n`);
    assert.ok(readFileSync(path, 'utf8').includes('0011223344556677'));
    run('capture', '-o', path, '--include-serials', '--include-addresses', '--description', 'a made tree');
    const capture = parseCapture(readFileSync(path, 'utf8'));
    assert.deepEqual([capture.redacts, capture.description], [[], 'a made tree']);
    for (const bdf of ['0000:01:00.0', '0000:02:00.0', '10000:01:10.0']) {
      assert.deepEqual(JSON.parse(airlock(['view', path, '-s', bdf, '--json']).stdout).devices, views(bdf), bdf);
    }
  });

  const MISTAKES: readonly (readonly [args: string, words: RegExp])[] = [
    ['view 0000:99:00.0', /^Cannot read 0000:99:00\.0: .* has no such PCI function below sys\/bus\/pci\/devices$/],
    ['view /dev/vfio/devices/vfio9', /^Cannot read \/dev\/vfio\/devices\/vfio9: no device of this machine has this name$/],
    ['view dump.txt', /^--root goes with a device, not with dump\.txt$/],
    ['view 01:00.0 --bytes vfio', /^--bytes vfio: 0000:01:00\.0 has no vfio bytes: another tree$/],
    ['decode 01:00.0 --bytes vfio', /^0000:01:00\.0 has no vfio bytes: another tree$/],
    ['capture dump.txt', /^airlock capture takes addresses of devices, such as 0000:3b:00\.1, not "dump\.txt"$/],
    ['capture 0000:99:00.0', /has no such PCI function/],
    ['capture -o /none/x.json 01:00.0', /^Cannot write \/none\/x\.json: /],
  ];
  for (const [args, words] of MISTAKES) {
    it(`airlock ${args} ends with 2 and one line`, () => {
      const { status, stderr } = run(...args.split(' '));
      assert.equal(status, 2, stderr);
      const last = stderr.trimEnd().split('\n').at(-1) ?? '';
      assert.match(last.replace(/^airlock: /, ''), words);
    });
  }

  it('probe takes one address', () => {
    for (const [args, words] of [
      [['probe'], /needs the address of a device/],
      [['probe', 'dump.txt'], /takes the address of a device, such as .* not "dump\.txt"/],
      [['probe', '0000:99:1f.7'], /^airlock: Cannot read 0000:99:1f\.7: this machine has no such PCI function$/],
      [['probe', '01:00.0', '02:00.0'], /takes one device, not also "02:00\.0"/],
    ] as const) {
      const { status, stderr } = airlock(args);
      assert.equal(status, 2);
      assert.match(stderr.trimEnd(), words);
    }
  });

  it('no command loads koffi where no device is opened', () => {
    const spy = join(root, 'spy.cjs');
    writeFileSync(
      spy,
      `process.on('exit', () => { if (/koffi/.test(require('node:fs').readFileSync('/proc/self/maps', 'utf8'))) process.exitCode = 99; });
       if (process.env.LOAD === '1') require(${JSON.stringify(join(ROOT, 'node_modules/koffi'))});`,
    );
    const status = (args: readonly string[], load = '0') =>
      spawnSync(process.execPath, ['--require', spy, join(ROOT, 'dist/cli/main.js'), ...args], { env: { ...process.env, LOAD: load } })
        .status;
    assert.equal(status(['--version'], '1'), 99, 'the spy sees it');
    for (const args of [['view', '01:00.0'], ['decode', '01:00.0'], ['capture']])
      assert.equal(status([...args, '--root', root]), 0, args[0]);
    assert.equal(status(['probe', '0000:99:1f.7']), 2);
    assert.equal(status(['view', join(ROOT, 'captures/synthetic-vtd-ats.json'), '--json']), 0);
  });
});
