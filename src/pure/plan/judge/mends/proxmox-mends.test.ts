import { test } from 'node:test';
import { checkMend, hostOf, type Row } from '../../../../../test/fixtures/mends.ts';

const Q35 = 'pc-q35-11.1';
const conf = (lines: string, machine = Q35): string => `name: db1\nostype: l26\nmachine: ${machine}\n${lines}`;
const NIC = 'hostpci0: 01:00.0,pcie=1\n';
const FD = '-object iommufd,id=i0 -set device.hostpci0.iommufd=i0';
const ARGS = (words: string): string => `${NIC}args: ${words}\n`;

const PROXMOX: readonly Row[] = [
  {
    code: 'vfio.container-absent',
    text: conf(NIC),
    mend: `args: ${FD}`,
    edit: [NIC, ARGS(FD)],
    host: hostOf({ facts: { vfioContainer: 'none' } }),
  },
  {
    code: 'iommufd.absent',
    text: conf(ARGS(FD)),
    mend: 'sudo modprobe iommufd, or no iommufd of the devices in args:',
    edit: [FD, ''],
    host: hostOf({ facts: { iommufd: 'none' } }),
  },
  {
    code: 'iommufd.object-absent',
    text: conf(ARGS('-set device.hostpci0.iommufd=i0')),
    mend: 'args: -object iommufd,id=i0',
    edit: ['-set device.hostpci0.iommufd=i0', FD],
  },
  {
    code: 'ats.required.kernel-unsupported',
    text: conf(ARGS(`${FD} -set device.hostpci0.ats=on`)),
    mend: 'args: -set device.hostpci0.ats=auto',
    edit: ['ats=on', 'ats=auto'],
  },
  {
    code: 'ats.masked.kernel-unsupported',
    text: conf(ARGS(FD)),
    mend: 'args: -set device.hostpci0.ats=off',
    edit: [FD, `${FD} -set device.hostpci0.ats=off`],
  },
  {
    code: 'property.unknown',
    text: conf(ARGS('-set device.hostpci0.atss=off')),
    mend: 'args: -set device.hostpci0.ats=off',
    edit: ['atss', 'ats'],
  },
  {
    code: 'property.unknown',
    text: conf(ARGS('-global e1000.bootindx=1')),
    mend: 'args: -global e1000.bootindex=1',
    edit: ['bootindx', 'bootindex'],
  },
  {
    code: 'property.value',
    text: conf(ARGS('-global vfio-pci.ats=maybe')),
    mend: 'leave it out, or see what it takes: airlock properties',
    edit: [' -global vfio-pci.ats=maybe', ' -no-fd-bootchk'],
  },
  { code: 'property.unfit', text: conf('hostpci0: 01:00.0,pcie=1,x-vga=1\n'), mend: 'hostpci0: …,x-vga=0', edit: ['x-vga=1', 'x-vga=0'] },
  {
    code: 'rom.file-absent',
    text: conf('hostpci0: 01:00.0,pcie=1,romfile=card.bin\n'),
    mend: 'hostpci0: …,rombar=0',
    edit: ['romfile=card.bin', 'romfile=card.bin,rombar=0'],
    host: { ...hostOf(), hasFile: () => false },
  },
  {
    code: 'migration.kernel-unsupported',
    text: conf(ARGS('-set device.hostpci0.enable-migration=on')),
    mend: 'args: -set device.hostpci0.enable-migration=auto',
    edit: ['migration=on', 'migration=auto'],
  },
  { code: 'machine.unknown', text: conf(NIC, 'pc-q35-11.11'), mend: `machine: ${Q35}`, edit: ['pc-q35-11.11', Q35] },
  {
    code: 'machine.distribution',
    text: conf(NIC, 'pc-q35-noble'),
    mend: 'machine: pc-q35-8.2',
    edit: ['pc-q35-noble', 'pc-q35-8.2'],
  },
  {
    code: 'host.device-absent',
    text: conf(NIC.replace('01:', '77:')),
    mend: 'another device in hostpci0: airlock devices lists them',
    edit: ['77:', '01:'],
  },
  {
    code: 'device.twice',
    text: conf(`${NIC}hostpci1: 01:00.0,pcie=1\n`),
    mend: 'another device in hostpci1: airlock devices lists them',
    edit: ['hostpci1: 01', 'hostpci1: 02'],
  },
  {
    code: 'device.not-bound',
    text: conf('hostpci0: 01:00.0,pcie=1,driver=keep\n'),
    mend: 'no driver=keep in hostpci0:, or sudo airlock bind 0000:01:00.0',
    edit: [',driver=keep', ''],
    host: hostOf({ assignment: { driver: 'none' } }),
  },
  {
    code: 'intel-iommu.aw-bits',
    text: conf(NIC, `${Q35},viommu=intel,aw-bits=40`),
    mend: 'machine: …,aw-bits=39',
    edit: ['aw-bits=40', 'aw-bits=39'],
  },
  {
    code: 'virtio-iommu.aw-bits',
    text: conf(NIC, `${Q35},viommu=virtio,aw-bits=20`),
    mend: 'machine: …,aw-bits=48',
    edit: ['aw-bits=20', 'aw-bits=48'],
  },
  {
    code: 'iommu.several',
    text: conf(ARGS('-device amd-iommu'), `${Q35},viommu=intel`),
    mend: 'either viommu= in machine: or an IOMMU in args:',
    edit: [',viommu=intel', ''],
    staysRefused: true,
  },
  {
    code: 'iommu.machine',
    text: conf(NIC.replace(',pcie=1', ''), 'pc-i440fx-11.1,viommu=intel'),
    mend: 'machine: q35',
    edit: ['pc-i440fx-11.1', 'q35'],
  },
  {
    code: 'iommu.after-device',
    text: conf(ARGS('-device intel-iommu,caching-mode=on')),
    mend: 'viommu= in machine:, which stands in front of all devices',
    edit: [`${Q35}\n${NIC}args: -device intel-iommu,caching-mode=on`, `${Q35},viommu=intel\n${NIC}`],
  },
  {
    code: 'place.slot-taken',
    text: conf('hostpci0: 01:00.0\nargs: -device e1000,bus=pci.0,addr=10\n'),
    mend: 'addr=00.0 is free on pci.0',
    edit: ['addr=10', 'addr=00.0'],
  },
  { code: 'place.bus', text: conf(ARGS('-device e1000,bus=pcie.1')), mend: 'bus=pcie.0', edit: ['bus=pcie.1', 'bus=pcie.0'] },
];

for (const row of PROXMOX) test(`withMends mends ${row.code} in Proxmox's words: ${row.mend}`, () => checkMend('proxmox', row));
