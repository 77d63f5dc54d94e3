/** Wrong input: each ends with exit code 2, one clear line, and nothing of a stack. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { PROFILE_NAMES as NAMES } from '../fixtures/profile-names.ts';
import { airlock } from './airlock.ts';

const PROFILE_NAMES = NAMES.join(', ');

const ROW = `00: 86 80 12 34 06 04 10 00 01 00 00 02 00 00 00 00`;
const ZEROS = `00 `.repeat(16).trim();
const device = (bdf: string) => `${bdf} Ethernet controller\n${ROW}\n10: ${ZEROS}\n20: ${ZEROS}\n30: ${ZEROS}\n\n`;
const TWO = device('00:01.0') + device('0000:3b:00.1');

const files: Readonly<Record<string, string | Uint8Array>> = {
  'two.txt': TWO,
  'one.txt': device('00:01.0'),
  empty: '',
  'rubbish.bin': Uint8Array.from({ length: 1000 }, (_, i) => (i * 167 + 13) & 0xff),
  'cut.txt': TWO.slice(0, TWO.indexOf('10: ') + 20),
  'row-first.txt': `${ROW}\n${TWO}`,
  'bad-digit.txt': TWO.replace('86 80', '86 8g'),
  'newer.json': '{"schemaVersion": 3, "format": "airlock-capture"}',
  'no-capture.json': '{"devices": []}',
  'no-device.json': '{"schemaVersion": 2, "format": "airlock-capture", "host": {}, "devices": []}',
  'not-json.json': '{"schemaVersion": 1,',
  'wrong-config.json':
    '{"schemaVersion": 2, "format": "airlock-capture", "host": {}, "devices": [{"address": "0000:01:00.0", "config": "zz"}]}',
  'not-gzip.gz': 'plain',
  'cut.gz': gzipSync(TWO).subarray(0, 60),
};

/** Arguments, what the one line must say after `airlock: `, and what the line below it, which points to what is there. */
const CASES: readonly (readonly [args: string, says: string | RegExp, hint?: string | RegExp])[] = [
  ['view missing.txt', 'Cannot read missing.txt: no such file or directory'],
  ['view empty', 'Cannot read empty: it is empty'],
  ['view .', 'Cannot read .: it is a directory, wanted a file'],
  ['view rubbish.bin', /^Cannot read rubbish\.bin: it is in no format that is known: wanted a dump of lspci/],
  ['view cut.txt', /^Cannot read cut\.txt: line 3, column \d+: the dump ends in the middle of a row$/],
  ['view row-first.txt', /^Cannot read row-first\.txt: /],
  ['view bad-digit.txt', /^Cannot read bad-digit\.txt: line 2, column 8: "8g" is no byte/],
  ['view two.txt -s 99:00.0', '-s 99:00.0 selects nothing of two.txt: it holds 0000:00:01.0, 0000:3b:00.1'],
  ['view two.txt -d 10de: --json', '-d 10de: selects nothing of two.txt: it holds 0000:00:01.0, 0000:3b:00.1'],
  ['view missing.txt --json', 'Cannot read missing.txt: no such file or directory'],
  ['decode two.txt -s 99:0.0 --json', '-s 99:0.0 selects nothing of two.txt: it holds 0000:00:01.0, 0000:3b:00.1'],
  ['decode one.txt --bytes vfio --json', /^0000:00:01\.0 has no vfio bytes$/],
  ['view two.txt -s zz', '--slot: "zz" names no device: wanted an address such as 3b:00.1, or the name of a network interface of the host'],
  ['view two.txt -s 20', '--slot: device "20" is none: wanted 0 to 1f in hex, or * for any'],
  ['view two.txt -s 0:0:0:2.0', /^--slot: "0:0:0:2\.0" has too many colons/],
  ['view two.txt -d 8086', /^--device: "8086" names no ids: wanted VENDOR:DEVICE/],
  ['view two.txt -d ::zz', /^--device: class "zz" is none: wanted up to 4 hexadecimal digits/],
  ['view two.txt -s 3b: -d 10de:', '-s 3b: -d 10de: selects nothing of two.txt: it holds 0000:00:01.0, 0000:3b:00.1'],
  ['view two.txt -s 00:01.0 -s 3b: --write out.bin', /^Cannot use two\.txt: it holds 2 devices where one is needed/],
  ['view newer.json', /^Cannot read newer\.json: schemaVersion: the capture has version 3, newer than this airlock/],
  ['view no-capture.json', /^Cannot read no-capture\.json: not a capture: wanted /],
  ['view no-device.json', 'Cannot use no-device.json: it holds no device'],
  ['view --jsonl no-device.json', 'Cannot use no-device.json: it holds no device'],
  ['view no-device.json -s 3b:', 'Cannot use no-device.json: it holds no device'],
  ['decode no-device.json', 'Cannot use no-device.json: it holds no device'],
  ['view not-json.json', /^Cannot read not-json\.json: not JSON: /],
  ['view wrong-config.json', /^Cannot read wrong-config\.json: devices\[0\]\.config: wanted /],
  ['view not-gzip.gz', 'Cannot read not-gzip.gz: it is not valid gzip'],
  ['view cut.gz', 'Cannot read cut.gz: it is not valid gzip'],
  ['view two.txt -p foo=1', "Property 'vfio-pci.foo' not found", 'airlock properties lists what is there'],
  ['view two.txt -p atss=on', "Property 'vfio-pci.atss' not found; did you mean ats?", 'airlock properties lists what is there'],
  [
    'view two.txt --ats maybe',
    "Parameter 'ats' does not accept value 'maybe'",
    'ats takes auto, on or off; airlock properties ats tells more',
  ],
  [
    'view two.txt -p host=zz',
    "Property 'vfio-pci.host' doesn't take value 'zz'",
    'host takes an address such as 3b:00.0 or 0000:3b:00.0, in hexadecimal; airlock properties host tells more',
  ],
  [
    'view two.txt -p x-vpasid-cap-offset=0x10000',
    "Parameter 'x-vpasid-cap-offset' expects uint16_t",
    'x-vpasid-cap-offset takes a whole number from 0 to 65535, such as 16 or 0x10; airlock properties x-vpasid-cap-offset tells more',
  ],
  [
    'view two.txt -p x-pci-vendor-id=abc',
    "Parameter 'x-pci-vendor-id' expects integer",
    'x-pci-vendor-id takes a whole number from 0 to 4294967295, such as 16 or 0x10; airlock properties x-pci-vendor-id tells more',
  ],
  [
    'view two.txt -g vfio-pci.ats=maybe',
    /Parameter 'ats' does not accept value 'maybe'$/,
    'ats takes auto, on or off; airlock properties ats tells more',
  ],
  ['view two.txt -p noequals', /^expected NAME=VALUE, got "noequals"/, 'airlock properties lists the names'],
  ['view two.txt -M pc-q35-99', /^unsupported machine type: "pc-q35-99"/, 'airlock machines lists what is there'],
  [
    'view two.txt -M pc-q35-12.0',
    'unsupported machine type: "pc-q35-12.0"',
    'the newest that is known here is pc-q35-11.1; airlock machines lists what is there',
  ],
  ['machines virt-11.2', 'unsupported machine type: "virt-11.2"', /^the newest that is known here is virt-11\.1; /],
  [
    'view two.txt -M pc-q35-11.11 --profile qemu-10.0',
    'unsupported machine type: "pc-q35-11.11"',
    'the newest that is known here is pc-q35-10.0; airlock machines --profile qemu-10.0 lists what is there',
  ],
  [
    'view two.txt --write out.bin',
    /^Cannot use two\.txt: it holds 2 devices where one is needed: choose with -s: 0000:00:01\.0, 0000:3b:00\.1$/,
  ],
  ['compare two.txt one.txt', /^side A: Cannot use two\.txt: it holds 2 devices where one is needed/],
  ['compare one.txt two.txt', /^side B: Cannot use two\.txt: it holds 2 devices where one is needed/, '--b-slot chooses in B alone'],
  [
    'compare one.txt one.txt --b-ats maybe',
    /^side B: Parameter 'ats' does not accept value 'maybe'/,
    'ats takes auto, on or off; airlock properties ats tells more',
  ],
  [
    'compare one.txt one.txt --ats maybe',
    /^Parameter 'ats' does not accept value 'maybe'/,
    'ats takes auto, on or off; airlock properties ats tells more',
  ],
  ['compare one.txt one.txt --raw --b-ats off', '--b-ats and --raw exclude each other: bytes as they are pass through no rule'],
  ['compare one.txt one.txt --b-viommu-pasid maybe', '--b-viommu-pasid does not take "maybe": wanted on, off'],
  ['compare one.txt', /^airlock compare takes two inputs/],
  ['compare - -', 'standard input can be one of the two inputs, not both'],
  ['view', /^airlock view needs an input/],
  ['view one.txt two.txt', 'airlock view takes one input, not also "two.txt"'],
  ['attach', 'airlock attach needs the socket of a vfio-user server; see airlock attach --help'],
  ['attach a.sock b.sock', 'airlock attach takes one socket, not also "b.sock"'],
  ['view one.txt --no-bytes', '--no-bytes goes with --json or --jsonl'],
  ['decode one.txt -x -v --json', '--verbose is for text: the JSON has every register and the ids without it'],
  ['decode one.txt -x --jsonl', '--hex is for text: airlock view --json gives the bytes'],
  ['view one.txt --json --jsonl', '--json and --jsonl exclude each other'],
  ['view one.txt --jsn', 'airlock view has no option --jsn; did you mean --json?; see airlock view --help'],
  ['view one.txt --hw-caps 0xzz', /^--hw-caps does not take "0xzz": wanted a number/],
  ['view one.txt --backend legacy --hw-caps 0x8', /^--hw-caps needs --backend iommufd/],
  ['view one.txt --profile qemu', `--profile does not take "qemu": wanted ${PROFILE_NAMES}`],
  ['view one.txt --placement root-complex -M pc-i440fx-10.0', /^--placement root-complex does not fit pc-i440fx-10\.0/],
  [
    'view two.txt --ats on --profile cloud-hypervisor-53',
    'unknown option: ats',
    'profile airlock has it; airlock properties --profile cloud-hypervisor-53 lists what is there',
  ],
  [
    'view two.txt -p x_nv_gpudirect_clique=256 --profile cloud-hypervisor-53',
    'unable to convert 256 for x_nv_gpudirect_clique',
    'x_nv_gpudirect_clique takes a whole number from 0 to 255; airlock properties --profile cloud-hypervisor-53 x_nv_gpudirect_clique tells more',
  ],
  ['view two.txt -M q35 --profile cloud-hypervisor-53', 'profile cloud-hypervisor-53 has no machine types'],
  [
    'view two.txt --placement root-port --profile cloud-hypervisor-53',
    '--placement root-port does not fit profile cloud-hypervisor-53: wanted root-complex',
  ],
  ['decode empty', 'Cannot read empty: it is empty'],
  [
    'view two.txt --ats on --profile qemu-10.0',
    "Property 'vfio-pci.ats' not found",
    'QEMU 11.1 has it, QEMU 10.0 has not; airlock properties --profile qemu-10.0 lists what is there',
  ],
  ['view two.txt -M foo', 'unsupported machine type: "foo"', 'airlock machines lists what is there'],
  [
    'view two.txt -M pc-q35-rhel9.6.0',
    'unsupported machine type: "pc-q35-rhel9.6.0"',
    'it is a machine type of Red Hat Enterprise Linux 9.6, whose compat rows are not known here, nor which upstream type is nearest; airlock machines lists what is there',
  ],
  [
    'view two.txt -M pc-q35-noble',
    'unsupported machine type: "pc-q35-noble"',
    'it is a machine type of Ubuntu 24.04, whose compat rows are not known here; the nearest upstream type is pc-q35-8.2: Ubuntu 24.04 has QEMU 8.2',
  ],
  [
    'view two.txt -M pc-i440fx-focal',
    'unsupported machine type: "pc-i440fx-focal"',
    'it is a machine type of Ubuntu 20.04, whose compat rows are not known here; the nearest upstream type is pc-i440fx-4.2 (Ubuntu 20.04 has QEMU 4.2), which only profile qemu-10.0 has',
  ],
  [
    'view two.txt -M pc-q35-9.2+pve1',
    'unsupported machine type: "pc-q35-9.2+pve1"',
    'it is a machine type of Proxmox VE, whose compat rows are not known here; the nearest upstream type is pc-q35-9.2: its name says so',
  ],
  [
    'view two.txt -M pc-q35-2.12',
    'unsupported machine type: "pc-q35-2.12"',
    'profile qemu-10.0 has it; airlock machines lists what is there',
  ],
  [
    'view two.txt --kernel foo',
    '--kernel does not take "foo": wanted the host\'s uname -r, which begins with the version, such as 7.1.0-generic',
  ],
  ['view two.txt --max-pasid-log2 21', '--max-pasid-log2 does not take "21": wanted a number from 0 to 20'],
  [
    'view two.txt --hw-caps 0x10000000000000000',
    /^--hw-caps does not take "0x10000000000000000": wanted a number from 0 to 0xffffffffffffffff$/,
  ],
  ['view two.txt -M', '--machine needs a value: wanted TYPE; see airlock view --help'],
  ['view two.txt --profile', `--profile needs a value: wanted ${PROFILE_NAMES}; see airlock view --help`],
  [
    'view two.txt --machine --json',
    '--machine needs a value: wanted TYPE; one that begins with a dash is --machine=VALUE; see airlock view --help',
  ],
  ['view two.txt --json=3', '--json takes no value; see airlock view --help'],
  ['view two.txt -Z', 'airlock view has no option -Z; see airlock view --help'],
  ['doctor --require iommufs', '--require does not take "iommufs": wanted iommufd, ats, pasid; did you mean iommufd?'],
  ['machines pc-q35-9.2 pc-q35-9.1', 'airlock machines takes one machine type, not also "pc-q35-9.1"'],
  [
    'machines virt-rhel9.6.0',
    'unsupported machine type: "virt-rhel9.6.0"',
    'it is a machine type of Red Hat Enterprise Linux 9.6, whose compat rows are not known here, nor which upstream type is nearest; airlock machines lists what is there',
  ],
  ['properties atss', "Property 'vfio-pci.atss' not found; did you mean ats?", 'airlock properties lists what is there'],
  ['properties vfio-pci.atss', "Property 'vfio-pci.atss' not found; did you mean ats?", 'airlock properties lists what is there'],
  ['properties vfio-pci.ats --driver arm-smmuv3', 'vfio-pci.ats is no property of --driver arm-smmuv3'],
  ['properties ats host', 'airlock properties takes one property, not also "host"'],
  [
    'properties --driver arm-smmuv3 --profile qemu-10.0',
    'there is no table of arm-smmuv3 in QEMU 10.0: wanted vfio-pci, vfio-pci-nohotplug, intel-iommu, amd-iommu, virtio-iommu-pci',
  ],
  ['version extra', 'airlock version takes nothing more, not "extra"'],
  ['vesion', 'there is no command "vesion"; did you mean version?'],
  ['completion tcsh', 'airlock completion takes one of bash, zsh, fish, not "tcsh"'],
  ['viw one.txt', 'there is no command "viw"; did you mean view?'],
];

describe('airlock with wrong input', () => {
  let folder = '';

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-wrong-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [args, says, hint] of CASES) {
    it(`airlock ${args} ends with 2 and one line`, () => {
      const { status, stdout, stderr } = airlock(args.split(' '), '', folder);
      assert.equal(status, 2, stderr);
      assert.equal(stdout, '');
      const [, line = '', below] = /^airlock: ([^\n]+)\n(?: {2}([^\n]+)\n)?$/.exec(stderr) ?? [];
      if (hint instanceof RegExp) assert.match(below ?? '', hint);
      else assert.equal(below, hint, stderr);
      if (typeof says === 'string') assert.equal(line, says);
      else assert.match(line, says);
    });
  }
});
