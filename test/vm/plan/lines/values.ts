/** Values of properties, good and bad, in each of the ways in which QEMU takes them. */
import { IOMMUFD, type PlanLine, Q35, RP1, titled } from './plan-line.ts';

const TYPED: readonly PlanLine[] = titled(
  'value',
  [
    ...['ats=maybe', 'ats=ON', 'ats=', 'ats=1', 'ats=auto,ats=off', 'ats=maybe,ats=off', 'ats'],
    ...['nosuch=1', 'Ats=off', 'host=zz', 'host=01:00', 'host=10000:01:00.0', 'host=0000:77:00.0,host=$1', 'host=$1,host=0000:77:00.0'],
    ...['sysfsdev=/sys/bus/pci/devices/$2', 'sysfsdev=/nowhere', 'sysfsdev=/sys/bus/pci/devices/0000:77:00.0'],
    ...[
      'rombar=off',
      'rombar=0',
      'rombar=1',
      'rombar=2',
      'romfile=',
      'romfile=/nowhere',
      'romfile=/nowhere,rombar=0',
      'romfile=/nowhere,enable-migration=on',
      'romsize=4096',
      'romsize=5000',
    ],
    ...['x-pci-vendor-id=0x10000000', 'x-pci-vendor-id=0xffff', 'x-pci-vendor-id=5555', 'x-pci-device-id=0x1234', 'x-pci-device-id=zz'],
    ...['x-pci-sub-vendor-id=0x15b3,x-pci-sub-device-id=0x42', 'x-pci-sub-device-id=0x10000', 'x-pci-class-code=0x020700'],
    ...['multifunction', 'multifunction=on', 'nomultifunction', 'multifunction=maybe', 'multifunction=yes', 'multifunction=true'],
    ...['x-msix-relocation=bar9', 'x-msix-relocation=bar2', 'x-msix-relocation=auto', 'x-msix-relocation=off'],
    ...['enable-migration=on', 'enable-migration=off', 'enable-migration=auto', 'x-vpasid-cap-offset=0x800', 'x-vpasid-cap-offset=0x10'],
    ...[
      'x-no-mmap=on',
      'x-no-kvm-msix=on,x-no-kvm-msi=on,x-no-kvm-intx=on',
      'x-req=off',
      'x-balloon-allowed=on',
      'bootindex=1',
      'bootindex=zz',
    ],
    ...[
      'display=on',
      'display=auto',
      'x-vga=on',
      'x-intx-mmap-timeout-ms=0',
      'vf-token=zz',
      'vf-token=b0a1b0a1-0000-4000-8000-000000000001',
    ],
    ...[
      'x-nv-gpudirect-clique=16',
      'x-nv-gpudirect-clique=3',
      'x-igd-opregion=on',
      'x-igd-gms=2',
      'failover_pair_id=net0',
      'iommufd=i9',
      'fd=99',
    ],
    ...['x-pcie-ext-tag=off', 'x-pcie-lnksta-dllla=off', 'x-pcie-extcap-init=off', 'x-pcie-err-unc-mask=off', 'skip-vsc-check=off'],
  ],
  text => `${Q35} ${RP1} -device vfio-pci,host=$1,bus=rp1,${text}`,
);

const json = (values: string): string => `'{"driver":"vfio-pci","host":"$1","bus":"rp1",${values}}'`;

const JSON_LINES: readonly PlanLine[] = titled(
  'JSON',
  [
    ...['"ats":"off"', '"ats":"on"', '"ats":true', '"ats":null', '"ats":1', '"ats":"maybe"', '"ats":"off","ats":"auto"'],
    ...['"multifunction":"on"', '"multifunction":true', '"multifunction":false', '"multifunction":1'],
    ...[
      '"x-pci-vendor-id":"0x15b3"',
      '"x-pci-vendor-id":5555',
      '"x-pci-vendor-id":5555.5',
      '"x-pci-vendor-id":-1',
      '"x-pci-vendor-id":4294967296',
    ],
    ...[
      '"rombar":"off"',
      '"rombar":0',
      '"rombar":-1',
      '"romfile":""',
      '"addr":8',
      '"addr":"0x0.0x0"',
      '"addr":"0"',
      '"addr":true',
      '"addr":[0]',
    ],
    ...[
      '"id":"dev0"',
      '"id":5',
      '"nosuch":1',
      '"x-no-mmap":true',
      '"x-no-mmap":"on"',
      '"bootindex":"1"',
      '"bootindex":2',
      '"iommufd":"i0"',
    ],
    ...['"host":7', '"driver":"vfio-pci-nohotplug"'],
  ],
  text => `${Q35} ${IOMMUFD} ${RP1} -device ${json(text)}`,
);

const OPTION_LINES: readonly PlanLine[] = [
  { title: 'option: driver= in front', words: `${Q35} ${RP1} -device driver=vfio-pci,host=$1,bus=rp1` },
  { title: 'option: no driver', words: `${Q35} ${RP1} -device host=$1,bus=rp1` },
  { title: 'option: a driver that is not there', words: `${Q35} ${RP1} -device vfio-pcie,host=$1,bus=rp1` },
  { title: 'option: an abstract driver', words: `${Q35} ${RP1} -device vfio-pci-base,host=$1,bus=rp1` },
  { title: 'option: JSON that ends early', words: `${Q35} ${RP1} -device '{"driver":"vfio-pci","host":"$1"'` },
  { title: 'option: -device at the end', words: `${Q35} ${RP1} -device` },
];

const NOHOTPLUG: readonly PlanLine[] = titled(
  'nohotplug',
  ['ramfb=on', 'x-ramfb-migrate=off', 'ramfb=maybe'],
  text => `${Q35} ${RP1} -device vfio-pci-nohotplug,host=$1,bus=rp1,${text}`,
);

export const VALUE_LINES: readonly PlanLine[] = [...TYPED, ...JSON_LINES, ...OPTION_LINES, ...NOHOTPLUG];
