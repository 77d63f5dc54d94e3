/** Values that are written elsewhere than at the device: -global both ways, -set, -readconfig, compat rows, and which of them counts. */
import { IOMMUFD, type PlanLine, Q35, RP1, titled } from './plan-line.ts';

const DEVICE = '-device vfio-pci,id=dev0,host=$1,bus=rp1,iommufd=i0';
const before = (words: string, own = '', machine = Q35): string => `${machine} ${words} ${IOMMUFD} ${RP1} ${DEVICE}${own}`;

const GLOBALS: readonly PlanLine[] = [
  ...titled(
    'global',
    [
      ...['vfio-pci.ats=off', 'vfio-pci.ats=on', 'vfio-pci.ats=maybe', 'vfio-pci.nosuch=1', 'vfio-pci-nohotplug.ats=off'],
      ...['driver=vfio-pci,property=ats,value=off', 'driver=vfio-pci,property=ats,value=maybe', 'driver=vfio-pci,property=nosuch,value=1'],
      ...[
        'pci-device.multifunction=on',
        'pci-device.rombar=0',
        'vfio-pci.rombar=0',
        'vfio-pci.x-pci-vendor-id=0x15b3',
        'vfio-pci.addr=0.0',
      ],
      ...[
        'vfio-pci-device.ats=off',
        'vfio-pci.ats',
        'vfio-pci',
        'driver=vfio-pci,property=ats',
        'vfio-pci.multifunction=yes',
        'vfio-pci.iommufd=i9',
        'vfio-pci.enable-migration=on',
      ],
    ],
    text => before(`-global ${text}`),
  ),
  ...[
    ['ats=off', ',ats=on'],
    ['ats=on', ',ats=off'],
    ['ats=maybe', ',ats=off'],
    ['multifunction=on', ',multifunction=off'],
  ].map(([global = '', own = '']) => ({
    title: `global: vfio-pci.${global}, the device says ${own.slice(1)}`,
    words: before(`-global vfio-pci.${global}`, own),
  })),
  { title: 'global: the last of two counts', words: before('-global vfio-pci.ats=on -global vfio-pci.ats=off') },
  { title: 'global: two ways, the last counts', words: before('-global driver=vfio-pci,property=ats,value=on -global vfio-pci.ats=off') },
  { title: 'global: behind the device on the line', words: `${before('')} -global vfio-pci.ats=off` },
  { title: 'global: it reaches a subclass', words: `${Q35} -global vfio-pci.ats=off ${RP1} -device vfio-pci-nohotplug,host=$1,bus=rp1` },
  {
    title: 'global: of the subclass for the subclass',
    words: `${Q35} -global vfio-pci-nohotplug.ats=off ${RP1} -device vfio-pci-nohotplug,host=$1,bus=rp1`,
  },
  { title: 'global: over a compat row', words: before('-global vfio-pci.x-pcie-ext-tag=on', '', '-M pc-q35-9.0') },
  { title: 'global: the device over a compat row', words: before('', ',skip-vsc-check=on', '-M pc-q35-9.0') },
];

const SETS: readonly PlanLine[] = [
  ...titled(
    'set',
    [
      'device.dev0.ats=off',
      'device.dev0.ats=maybe',
      'device.dev0.multifunction=on',
      'device.dev0.nosuch=1',
      'device.dev9.ats=off',
      'device.dev0.ats',
    ],
    text => `${before('')} -set ${text}`,
  ),
  { title: 'set: before the device on the line', words: before('-set device.dev0.ats=off') },
  { title: 'set: over what the device says', words: `${before('', ',ats=on')} -set device.dev0.ats=off` },
  {
    title: 'set: a device in JSON',
    words: `${Q35} ${RP1} -device '{"driver":"vfio-pci","id":"dev0","host":"$1","bus":"rp1"}' -set device.dev0.ats=off`,
  },
];

const file = (title: string, text: string, words = `${Q35} ${RP1} -readconfig @vm.cfg`): PlanLine => ({
  title: `file: ${title}`,
  words,
  files: { 'vm.cfg': text },
});
const SECTION = '[device "dev0"]\n  driver = "vfio-pci"\n  host = "$1"\n  bus = "rp1"\n';

const FILES: readonly PlanLine[] = [
  file('a device', SECTION),
  file('a device with a value', `${SECTION}  ats = "off"\n`),
  file('a value that is wrong', `${SECTION}  ats = "maybe"\n`),
  file(
    'an object and a global',
    `[object "i0"]\n  qom-type = "iommufd"\n[global]\n  driver = "vfio-pci"\n  property = "ats"\n  value = "off"\n${SECTION}  iommufd = "i0"\n`,
  ),
  file('the machine', `[machine]\n  type = "pc-q35-9.0"\n${SECTION.replace('rp1', 'pcie.0')}`, '-readconfig @vm.cfg'),
  file('a comment, and text behind a value', `# a card\n${SECTION}  multifunction = "on" off\n`),
  file('a value without quotes', `${SECTION}  ats = off\n`),
  file('a port', `[device "rp7"]\n  driver = "pcie-root-port"\n  chassis = "7"\n${SECTION.replace('rp1', 'rp7')}`),
  file('-set over it', SECTION, `${Q35} ${RP1} -readconfig @vm.cfg -set device.dev0.ats=off`),
];

const MACHINES: readonly PlanLine[] = titled(
  'machine',
  [
    'q35',
    'pc',
    'pc-q35-10.0',
    'pc-q35-8.0',
    'pc-i440fx-9.1',
    'pc-q35-3.0',
    'pc-q35-rhel9.6.0',
    'pc-q35-12.0',
    'microvm',
    'none',
    'type=q35',
    'q35,kernel-irqchip=split',
    'q35,nosuch=1',
    'q35,smm=off',
  ],
  text => `-M ${text} -device vfio-pci,host=$1`,
);

export const SOURCE_LINES: readonly PlanLine[] = [...GLOBALS, ...SETS, ...FILES, ...MACHINES];
