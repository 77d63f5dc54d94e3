/** Every property type judges every text as QEMU does, in QEMU's words, and holds the value that QEMU holds. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { PROFILES } from '../../src/pure/profiles/index.ts';
import {
  type DriverName,
  effectiveProperties,
  findMachineType,
  PropertyError,
  parseGlobalAssignment,
  propertyDeclarations,
} from '../../src/pure/qemu/index.ts';
import { oracleRoot, skipWithoutChroot } from './oracle-root.ts';

const skip = skipWithoutChroot('QEMU');

interface Run {
  /** The answers to the QMP commands, in order. */
  answers: { return?: unknown; error?: { desc: string } }[];
  /** What QEMU printed as errors and warnings, one a line. */
  lines: string[];
}

/** Runs one QEMU with `args`, sends the QMP commands, and lets it quit. */
function runQemu(args: string[], commands: object[] = [], program = 'qemu-system-x86_64'): Run {
  const input = [{ execute: 'qmp_capabilities' }, ...commands, { execute: 'quit' }].map(command => JSON.stringify(command)).join('\n');
  const common = [oracleRoot, program, '-nodefaults', '-display', 'none', '-qmp', 'stdio'];
  const accelerator = args.includes('-accel') ? [] : ['-accel', 'qtest'];
  const { stdout, stderr } = spawnSync('chroot', [...common, ...accelerator, ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    timeout: 60_000,
  });
  const replies = stdout.split('\n').filter(line => line.startsWith('{'));
  const answers = replies.map(line => JSON.parse(line)).filter(reply => 'return' in reply || 'error' in reply);
  return { answers: answers.slice(1, -1), lines: stderr.split('\n').filter(Boolean) };
}

/** `device_add` through the human monitor takes its options as text, as -device does, and many of them cost one process. */
function deviceAdd(options: string): object {
  const quoted = options.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n');
  return { execute: 'human-monitor-command', arguments: { 'command-line': `device_add "${quoted}"` } };
}

/** The error of a monitor answer without its prefix, null where the text was accepted and only the host device is missing. */
function complaint(answer: unknown): string | null {
  const words = String(answer)
    .replaceAll('\r\n', '\n')
    .replace(/^Error: (.*)\n$/s, '$1');
  return words.startsWith('No provided host device\n') || /: no such host device: /.test(words) ? null : words;
}

/** What Airlock says of one option, null where it accepts it. */
function ourComplaint(name: string, value: string, driver: DriverName = 'vfio-pci'): string | null {
  try {
    effectiveProperties({ driver, profile: PROFILES['qemu-11.1'], device: [{ name, value }] });
    return null;
  } catch (error) {
    if (error instanceof PropertyError) return error.message;
    throw error;
  }
}

const escapeComma = (text: string) => text.replaceAll(',', ',,');

/** Compares both judgements of every pair; returns how many texts QEMU accepted. */
function compareAll(pairs: [name: string, value: string][]): number {
  const commands = pairs.map(([name, value]) => deviceAdd(`vfio-pci,bus=slot0,${name}=${escapeComma(value)}`));
  const { answers, lines } = runQemu(['-M', 'q35', '-device', 'pcie-root-port,id=slot0'], commands);
  assert.equal(answers.length, pairs.length, lines.join('\n'));
  const theirs = answers.map(answer => complaint(answer.return));
  const differences = pairs.flatMap(([name, value], index) => {
    const ours = ourComplaint(name, value);
    return ours === theirs[index] ? [] : [{ option: `${name}=${value}`, ours, theirs: theirs[index] }];
  });
  assert.deepEqual(differences, []);
  return theirs.filter(words => words === null).length;
}

// biome-ignore format: a table
const texts = [
  '', ' ', '0', '1', '4', '7', '8', '10', '010', '08', '0o7', '0b1', '0B101', '0b', '0b2', '0x', '0X', '0x1', '0XfF', '0xff', '0x 1', '00', '-0', '+0', '-1', '+1', '+-1',
  '--1', '- 1', '+0x1', '-0x1', '0x-1', ' 1', '1 ', '\t1', '\n1', '1x', '1_0', '1,2', '15', '16', '127', '128', '255', '256', '32767', '32768', '65535', '65536', '0x10000',
  '2147483647', '2147483648', '-2147483648', '-2147483649', '4294967295', '4294967296', '-4294967295', '9223372036854775807', '9223372036854775808',
  '-9223372036854775808', '-9223372036854775809', '18446744073709551615', '18446744073709551616', '-18446744073709551615', '-18446744073709551616', '0x8000000000000000',
  '99999999999999999999999', 'on', 'off', 'ON', 'On', 'yes', 'no', 'YES', 'true', 'false', 'True', 'y', 'n', 't', 'f', 'auto', 'AUTO', 'maybe', ' on', 'on ', 'bar0', 'bar5', 'bar6', 'BAR0',
  '4k', '4K', '4m', '4M', '1g', '1G', '4G', '1T', '1p', '15E', '16E', '17E', '4b', '4B', '4kb', '4KiB', '1.5', '1.0', '1.', '.', '.5', '.5k', '1.5k', '1.5M', '1.5E', '+.5k', '1..2M', '1e3', '1e', '0e',
  '0e0', '1E5', '1.5e2k', '1.e3k', '0x10k', '0x10b', '0x1.8k', '0x.8', '1Q', '1k ', ' 1k', '1.5 k', '1.5B', '0B', 'inf', 'nan', 'k', '-1k', '1M1', '18014398509481984k', '15.9999E',
  '15.99999999999999999999E', '1.0000000000000000000001', '1e100', '00x1',
  'zz', '00:02', '00:02.0', '0000:00:02.0', '0001:02:03.4', '10000:00:02.0', 'ffff:ff:1f.7', 'FFFF:FF:1F.7', '00:20.0', '00:1f.7', '00:1f.8', '100:00.0', '0:0.0', '1:2:3.4', '1:2:3:4.5', '00:02.', '00:02.a',
  '00:02.00', '00:02.07', '00:02.08', '00:02.010', '00:02.0x0', '00:02.0x', '00:02.0 ', ' 00:02.0', '00: 02.0', '00:02. 0', '00 :02.0', '00:02 .0', '0x0:0x2.0', '0x:0.0', '-0:00.0', '+0:00.0', '-1:00.0',
  '00:-1.0', '00:02.-1', '00:02.+1', '00:02.-0', '-ffffffffffffffff:0.0', '-fffffffffffffffe:0.0', 'fffffffffffffffff:0.0', '00.02.0', '00:02:0', '0000:00:02', '::', '0::0.0', ':0.0', '0:.0', '.0', '0.', '0:0.0.0', 'none', '*',
  '000000:00:00.0', '0g:00.0',
  '06', '06.0', '6.7', '6.8', '1f', '1F.7', '20', '1f.0', '6.', '6. 0', '6 .0', '6 ', '+6', '6.+1', '6.-0', '6.-1', '6.0x', '6.0X', '6.0xg', '6.0y', '6.x', '6x', '0x.0', '0xg', '-0x', '6.1.1', '6.007', '100000006', '-fffffff0',
  '-ffffffe0', 'ffffffff', 'fffffffffffffffff', '-fffffffffffffffff', '6.100000000', '6,0',
  '00000000-0000-0000-0000-000000000000', '12345678-1234-1234-1234-123456789abc', '12345678-1234-1234-1234-123456789ABC', '123456781234123412341234567890ab', '{12345678-1234-1234-1234-123456789abc}',
  '12345678-1234-1234-1234-123456789ab', '12345678-1234-1234-1234-123456789abcd', 'g2345678-1234-1234-1234-123456789abc', '12345678_1234-1234-1234-123456789abc', ' 12345678-1234-1234-1234-123456789abc',
  '12345678-1234-1234-1234-123456789ab ', 'é', '"', '\\', "'", '%s',
];

test('effectiveProperties judges every text for one property of each type as QEMU does', { skip }, () => {
  const numbers = ['x-nv-gpudirect-clique', 'x-vpasid-cap-offset', 'x-pci-vendor-id', 'rombar', 'romsize', 'x-max-bounce-buffer-size'];
  const names = [...numbers, 'x-req', 'ats', 'x-msix-relocation', 'host', 'addr', 'vf-token', 'busnr', 'type', 'failover_pair_id', 'ATS'];
  const pairs = names.flatMap(name => texts.map((text): [string, string] => [name, text]));
  const accepted = compareAll(pairs);
  assert.ok(
    accepted > 200 && accepted < pairs.length - 2000,
    `${accepted} of ${pairs.length} accepted: QEMU must accept some and refuse some`,
  );
});

test('effectiveProperties judges some texts for every property of vfio-pci as QEMU does', { skip }, () => {
  // fd and iommufd name things of the running QEMU, which no text alone can decide.
  const names = [...propertyDeclarations('vfio-pci').keys()].filter(name => name !== 'fd' && name !== 'iommufd');
  const some = ['', '0', '1', '-1', '0x10', '256', '65536', '4294967296', '4k', 'on', 'off', 'auto', 'maybe', '00:02.0', 'zz'];
  compareAll(names.flatMap(name => some.map((text): [string, string] => [name, text])));
});

test('effectiveProperties judges made-up numbers and addresses as QEMU does', { skip }, () => {
  const text = (characters: string, maxLength: number) => fc.string({ unit: fc.constantFrom(...characters), maxLength });
  const pair = fc.oneof(
    fc.tuple(fc.constantFrom('x-pci-vendor-id', 'rombar', 'x-max-bounce-buffer-size'), text('01789abBxXkKE.+- ', 6)),
    fc.tuple(fc.constantFrom('addr', 'host'), text('017f8xX:.:.:.+- g', 9)),
    fc.tuple(
      fc.constant('x-max-bounce-buffer-size'),
      fc.tuple(text('0179', 4), text('.', 1), text('0579', 4), fc.constantFrom('', 'b', 'k', 'M')).map(parts => parts.join('')),
    ),
    fc.tuple(
      fc.constant('host'),
      fc.array(text('01f', 3), { minLength: 2, maxLength: 4 }).map(parts => `${parts.slice(0, -1).join(':')}.${parts.at(-1)}`),
    ),
  );
  compareAll(fc.sample(pair, { numRuns: 1500, seed: 11 }));
});

/** What follows `-device OPTIONS: ` in the first line QEMU prints; null where it got as far as the host device. */
function commandLineComplaint(args: string[], program?: string): string | null {
  const [line = ''] = runQemu(args, [], program).lines;
  const words = line.replace(/^[^ ]*: (-device .*?: )?/, '');
  return line === '' || /No provided host device$|no such host device/.test(line) ? null : words;
}

test('device_add through the monitor has the same words as the command line', { skip }, () => {
  const pairs: [string, string][] = [
    ['ats', 'maybe'],
    ['foo', '1'],
    ['host', 'zz'],
    ['x-vpasid-cap-offset', '0x10000'],
    ['x-pci-vendor-id', 'abc'],
  ];
  pairs.push(
    ['x-req', 'ON'],
    ['x-vpasid-cap-offset', ' 1'],
    ['x-max-bounce-buffer-size', '1T'],
    ['busnr', '1'],
    ['romsize', '5'],
    ['addr', '20'],
    ['', '1'],
  );
  for (const [name, value] of pairs) {
    const theirs = commandLineComplaint(['-M', 'q35', '-device', `vfio-pci,${name}=${value}`]);
    assert.equal(ourComplaint(name, value), theirs, `${name}=${value}`);
  }
});

test('effectiveProperties judges properties of devices that cannot be hot-plugged as the command line does', { skip }, () => {
  const vectors: [DriverName, string, string][] = [
    ['vfio-pci-nohotplug', 'foo', '1'],
    ['vfio-pci-nohotplug', 'host', 'zz'],
    ['vfio-pci-nohotplug', 'ramfb', '1'],
    ['vfio-pci-nohotplug', 'x-ramfb-migrate', 'yes'],
    ['vfio-pci-nohotplug', 'x-max-bounce-buffer-size', '4G'],
    ['vfio-pci-nohotplug', 'use-legacy-x86-rom', 'yes'],
    ['arm-smmuv3', 'foo', '1'],
    ['arm-smmuv3', 'ats', 'maybe'],
    ['arm-smmuv3', 'oas', '0x2c'],
    ['arm-smmuv3', 'oas', '46'],
    ['arm-smmuv3', 'oas', '44'],
    ['arm-smmuv3', 'ssidsize', '21'],
    ['arm-smmuv3', 'ssidsize', '0x14'],
    ['arm-smmuv3', 'ssidsize', '0'],
    ['arm-smmuv3', 'msi-gpa', 'x'],
    ['arm-smmuv3', 'msi-gpa', '-1'],
    ['arm-smmuv3', 'msi-gpa', '18446744073709551616'],
    ['arm-smmuv3', 'bus_num', '256'],
    ['arm-smmuv3', 'accel', 'maybe'],
    ['intel-iommu', 'foo', '1'],
    ['intel-iommu', 'x-flts', 'on'],
    ['intel-iommu', 'aw-bits', '256'],
    ['intel-iommu', 'aw-bits', '48'],
    ['intel-iommu', 'caching-mode', 'maybe'],
    ['intel-iommu', 'intremap', 'yes'],
    ['intel-iommu', 'version', '-1'],
    ['amd-iommu', 'pt', 'on'],
    ['amd-iommu', 'dma-remap', 'auto'],
    ['amd-iommu', 'xtsup', 'on'],
    ['virtio-iommu-pci', 'foo', '1'],
    ['virtio-iommu-pci', 'granule', '5k'],
    ['virtio-iommu-pci', 'granule', '64k'],
    ['virtio-iommu-pci', 'granule', 'HOST'],
    ['virtio-iommu-pci', 'reserved-regions', '1'],
    ['virtio-iommu-pci', 'virtio-backend', 'x'],
    ['virtio-iommu-pci', 'busnr', '1'],
    ['virtio-iommu-pci', 'disable-legacy', 'maybe'],
    ['virtio-iommu-pci', 'acpi-index', '20000'],
  ];
  for (const [driver, name, value] of vectors) {
    const [machine, program, extra] =
      driver === 'arm-smmuv3' ? ['virt', 'qemu-system-aarch64', ',primary-bus=pcie.0'] : ['q35', undefined, ''];
    const theirs = commandLineComplaint(['-M', machine, '-device', `${driver}${extra},${name}=${value}`], program);
    assert.equal(ourComplaint(name, value, driver), theirs, `${driver},${name}=${value}`);
  }
});

test('effectiveProperties takes the later of two options for one name, as QEMU does', { skip }, () => {
  for (const values of [
    ['maybe', 'on'],
    ['on', 'maybe'],
  ]) {
    const theirs = commandLineComplaint(['-M', 'q35', '-device', `vfio-pci,${values.map(value => `ats=${value}`).join(',')}`]);
    const device = values.map(value => ({ name: 'ats', value }));
    if (theirs === null) assert.equal(effectiveProperties({ profile: PROFILES['qemu-11.1'], device }).get('ats')?.value, values[1]);
    else assert.throws(() => effectiveProperties({ profile: PROFILES['qemu-11.1'], device }), { message: theirs });
  }
});

test('parseGlobalAssignment and effectiveProperties judge a -global as QEMU does', { skip }, () => {
  const vectors = [
    'vfio-pci.ats=maybe',
    'vfio-pci.ats=',
    'vfio-pci.foo=1',
    'vfio-pci.a.b=1',
    'vfio-pci.host=zz',
    'vfio-pci.x-req=a,b',
    'vfio-pci.x-req=a=b',
    'vfio-pci.ats=on',
    '',
  ];
  vectors.push(
    'vfio-pci-device.ats=zz',
    'vfio-pci-nohotplug.ats=zz',
    'nvme.foo=1',
    'vfio-pci.type=x',
    'vfio-pci.busnr=1',
    '=',
    '.ats=on',
    'vfio-pci.=on',
    '=on',
    'vfio-pci.ats,foo=1',
    'vfio-pci.bus=x',
  );
  vectors.push(`${'a'.repeat(64)}.b=1`, `vfio-pci.${'b'.repeat(64)}=1`, `vfio-pci.${'b'.repeat(63)}=1`);
  for (const text of vectors) {
    const [line = ''] = runQemu(['-M', 'q35', '-global', text, '-device', 'vfio-pci']).lines;
    const theirs = line.endsWith('No provided host device') ? null : line.replace(/^[^ ]*: (-device vfio-pci: |-global .*?: )?/, '');
    let ours: string | null = null;
    try {
      effectiveProperties({ profile: PROFILES['qemu-11.1'], globals: [parseGlobalAssignment(text)] });
    } catch (error) {
      if (!(error instanceof PropertyError)) throw error;
      ours = error.message;
    }
    assert.equal(ours, theirs, text);
  }
});

test('effectiveProperties warns of a -global for another driver in the words of QEMU', { skip }, () => {
  const global = parseGlobalAssignment('vfio-pci-nohotplug.ats=on');
  const [line] = runQemu(['-M', 'q35', '-global', 'vfio-pci-nohotplug.ats=on']).lines;
  const [warning] = effectiveProperties({ profile: PROFILES['qemu-11.1'], globals: [global] }).warnings;
  assert.equal(`qemu-system-x86_64: warning: ${warning?.message}`, line);
});

test('findMachineType refuses an unknown machine type in the words of QEMU', { skip }, () => {
  for (const name of ['pc-q35-99', 'Q35', 'pc-q35-5.1', 'pc-q35', 'virt-4.2']) {
    const [line = ''] = runQemu(['-M', name]).lines;
    assert.throws(() => findMachineType(PROFILES['qemu-11.1'], name), { name: 'MachineError', message: line.replace(/^[^ ]*: /, '') });
  }
});

test('effectiveProperties warns of a deprecated machine type in the words of QEMU', { skip }, () => {
  // Under -accel qtest QEMU is silent on this.
  for (const machine of ['pc-q35-8.1', 'pc-i440fx-5.2', 'pc-q35-9.0']) {
    const theirs = runQemu(['-M', machine, '-accel', 'tcg', '-S']).lines;
    const ours = effectiveProperties({ profile: PROFILES['qemu-11.1'], machine }).warnings;
    assert.deepEqual(
      ours.map(warning => `qemu-system-x86_64: warning: ${warning.message}`),
      theirs,
    );
  }
});

test('effectiveProperties holds the values that QEMU holds', { skip }, () => {
  // A test device has the properties of every PCI device, and can be realized without a host device.
  const vectors: [name: string, text: string][] = [];
  for (const text of [
    '1k',
    '1.5k',
    '0.1k',
    '1.0001k',
    '1.9999999999999999999k',
    '0.3M',
    '1.7k',
    '0.00048828125k',
    '0.0009k',
    '010',
    '0x10',
    '.5k',
    '3.9999G',
    '0.00000000001E',
  ]) {
    vectors.push(['x-max-bounce-buffer-size', text]);
  }
  for (const text of ['0b101', '010', ' -5', '+0x1F', '-0x80000000']) vectors.push(['rombar', text]);
  for (const text of ['010', '-18446744073709551599', '0xfff']) vectors.push(['acpi-index', text]);
  for (const text of ['1d.0', '0x1e', '1f.7']) vectors.push(['addr', text]);
  for (const text of ['yes', 'n']) vectors.push(['multifunction', text]);
  const commands = vectors.flatMap(([name, text], index) => [
    deviceAdd(`pci-testdev,id=d${index},${name}=${text}`),
    { execute: 'qom-get', arguments: { path: `/machine/peripheral/d${index}`, property: name } },
  ]);
  const { answers } = runQemu(['-M', 'pc'], commands);
  for (const [index, [name, value]] of vectors.entries()) {
    const ours = effectiveProperties({ profile: PROFILES['qemu-11.1'], device: [{ name, value }] }).get(name)?.value;
    assert.equal(answers[2 * index]?.return, '', `${name}=${value}`);
    assert.equal(typeof ours === 'bigint' ? Number(ours) : ours, answers[2 * index + 1]?.return, `${name}=${value}`);
  }
});

test('effectiveProperties holds the host address that QEMU looks for', { skip }, () => {
  const addresses = ['00:02.0', '1:2.3', 'ABCD:EF:1A.3', '0x1:0:0.0', ' 00:02.07', '-ffffffffffffffff:0.0'];
  const { answers } = runQemu(
    ['-M', 'q35', '-device', 'pcie-root-port,id=slot0'],
    addresses.map(text => deviceAdd(`vfio-pci,bus=slot0,host=${text}`)),
  );
  for (const [index, value] of addresses.entries()) {
    const ours = effectiveProperties({ profile: PROFILES['qemu-11.1'], device: [{ name: 'host', value }] }).get('host')?.value;
    assert.ok(String(answers[index]?.return).includes(`/sys/bus/pci/devices/${ours}: `), `${value}: ${answers[index]?.return}`);
  }
});

test('effectiveProperties holds the values that the compat rows of a machine type give in QEMU', { skip }, () => {
  const vectors: { driver: DriverName; device: string; machine: string; names: string[] }[] = [];
  // A test device is reached by the rows for pci-device alone.
  const pciNames = ['x-pcie-ext-tag', 'x-pcie-ari-nextfn-1', 'x-pcie-err-unc-mask', 'x-max-bounce-buffer-size'];
  for (const machine of ['q35', 'pc-q35-9.2', 'pc-q35-9.1', 'pc-q35-8.1', 'pc-q35-8.0', 'pc-q35-7.2', 'pc-i440fx-5.2']) {
    vectors.push({ driver: 'vfio-pci', device: 'pci-testdev', machine, names: pciNames });
  }
  for (const machine of ['virt', 'virt-11.0']) {
    vectors.push({
      driver: 'arm-smmuv3',
      device: 'arm-smmuv3,primary-bus=pcie.0',
      machine,
      names: ['ats', 'ril', 'ssidsize', 'oas', 'cmdqv', 'accel'],
    });
  }
  for (const { driver, device, machine, names } of vectors) {
    const commands = names.map(property => ({ execute: 'qom-get', arguments: { path: '/machine/peripheral/dev', property } }));
    const program = driver === 'arm-smmuv3' ? 'qemu-system-aarch64' : 'qemu-system-x86_64';
    const { answers, lines } = runQemu(['-M', machine, '-device', `${device},id=dev`], commands, program);
    assert.equal(answers.length, names.length, lines.join('\n'));
    const ours = effectiveProperties({ driver, profile: PROFILES['qemu-11.1'], machine });
    const values = names.map(name => ours.get(name)?.value);
    assert.deepEqual(
      values.map(value => (typeof value === 'bigint' ? Number(value) : value)),
      answers.map(answer => answer.return),
      machine,
    );
  }
});
