import { test } from 'node:test';
import { checkMend, hostOf, type Row } from '../../../../../test/fixtures/mends.ts';

const CARD = '  card: { type: pci, address: "01:00.0" }\n';
const instance = (config = '', devices = CARD): string =>
  `architecture: x86_64\nconfig:\n  image.os: Debian\n${config}devices:\n${devices}name: db1\nprofiles: []\n`;
/** A section of raw.qemu.conf for the card. */
const section = (...lines: string[]): string =>
  `  raw.qemu.conf: |\n    [device "dev-incus_card"]\n${lines.map(line => `    ${line}\n`).join('')}`;
const OBJECT = '  raw.qemu: -object iommufd,id=i0\n';
const IN_CARD = 'in [device "dev-incus_card"] of raw.qemu.conf';
const FD = 'iommufd = "i0"';

const INCUS: readonly Row[] = [
  {
    code: 'vfio.container-absent',
    text: instance(),
    mend: `${FD} ${IN_CARD}, raw.qemu: -object iommufd,id=i0`,
    edit: ['devices:', `${section(FD)}${OBJECT}devices:`],
    host: hostOf({ facts: { vfioContainer: 'none' } }),
  },
  {
    code: 'iommufd.absent',
    text: instance(section(FD) + OBJECT),
    mend: 'sudo modprobe iommufd, or no iommufd in raw.qemu.conf',
    edit: [FD, 'x-no-mmap = "off"'],
    host: hostOf({ facts: { iommufd: 'none' } }),
  },
  {
    code: 'backend.mixed',
    text: instance(section(FD).replace('card', 'card2') + OBJECT, CARD + CARD.replace('card', 'card2').replace('01:', '02:')),
    mend: 'no iommufd in [device "dev-incus_card2"] of raw.qemu.conf',
    edit: [FD, 'x-no-mmap = "off"'],
  },
  {
    code: 'iommufd.object-absent',
    text: instance(section(FD)),
    mend: 'raw.qemu: -object iommufd,id=i0',
    edit: ['devices:', `${OBJECT}devices:`],
  },
  {
    code: 'ats.required.kernel-unsupported',
    text: instance(section(FD, 'ats = "on"') + OBJECT),
    mend: `ats = "auto" ${IN_CARD}`,
    edit: ['ats = "on"', 'ats = "auto"'],
  },
  {
    code: 'ats.masked.kernel-unsupported',
    text: instance(section(FD) + OBJECT),
    mend: `ats = "off" ${IN_CARD}`,
    edit: [FD, `${FD}\n    ats = "off"`],
  },
  { code: 'property.value', text: instance(section('ats = "onn"')), mend: `ats = "on" ${IN_CARD}`, edit: ['"onn"', '"on"'] },
  { code: 'property.unknown', text: instance(section('atss = "off"')), mend: `ats = "off" ${IN_CARD}`, edit: ['atss', 'ats'] },
  {
    code: 'property.unknown',
    text: instance('  raw.qemu: -global e1000.bootindx=1\n'),
    mend: 'raw.qemu: -global e1000.bootindex=1',
    edit: ['bootindx', 'bootindex'],
  },
  {
    code: 'property.unfit',
    text: instance(section('x-vga = "on"')),
    mend: `x-vga = "off" ${IN_CARD}`,
    edit: ['x-vga = "on"', 'x-vga = "off"'],
  },
  {
    code: 'rom.file-absent',
    text: instance(section('romfile = "/x/y"')),
    mend: 'devices.card.firmware: "false"',
    edit: ['address: "01:00.0"', 'address: "01:00.0", firmware: "false"'],
    host: { ...hostOf(), hasFile: () => false },
  },
  {
    code: 'machine.unknown',
    text: instance('  raw.qemu.conf: |\n    [machine]\n    type = "pc-q35-11.11"\n'),
    mend: 'type = "pc-q35-11.1" in [machine] of raw.qemu.conf',
    edit: ['pc-q35-11.11', 'pc-q35-11.1'],
  },
  {
    code: 'host.device-absent',
    text: instance('', CARD.replace('01:', '77:')),
    mend: 'another address in devices.card: airlock devices lists them',
    edit: ['77:', '01:'],
  },
  {
    code: 'device.twice',
    text: instance('', CARD + CARD.replace('card', 'card2')),
    mend: 'another address in devices.card2: airlock devices lists them',
    edit: ['card2: { type: pci, address: "01', 'card2: { type: pci, address: "02'],
  },
  {
    code: 'iommu.several',
    text: instance('  security.iommu: "true"\n  raw.qemu: -device intel-iommu\n'),
    mend: 'security.iommu: "false", or no IOMMU in raw.qemu',
    edit: ['  raw.qemu: -device intel-iommu\n', ''],
  },
  {
    code: 'iommu.after-device',
    text: instance('  raw.qemu: -device intel-iommu,caching-mode=on\n'),
    mend: 'security.iommu: "true", whose IOMMU is in front of all devices',
    edit: ['raw.qemu: -device intel-iommu,caching-mode=on', 'security.iommu: "true"'],
  },
  {
    code: 'place.bus',
    text: instance(section('bus = "nosuch"')),
    mend: `no bus and addr ${IN_CARD}`,
    edit: ['bus = "nosuch"', 'x-no-mmap = "off"'],
  },
  {
    code: 'candidates.too-few',
    text: instance('', '  gpu: { type: gpu, gputype: physical, vendorid: "10de" }\n'),
    mend: 'other ids, pci or parent in devices.gpu',
    edit: ['vendorid: "10de"', 'vendorid: "1234"'],
  },
];

for (const row of INCUS) test(`withMends mends ${row.code} in Incus's words: ${row.mend}`, () => checkMend('incus', row));
