/** Command lines of QEMU with devices of the host VM: what of them is good, and each thing that can be wrong with it. */

/** One command line; `$NAME` stands for the address of a device. */
export interface PlanLine {
  readonly title: string;
  readonly words: string;
}

const Q35 = '-M pc-q35-11.1';
const IOMMUFD = '-object iommufd,id=i0';
const port = (id: string, chassis: number): string => `-device pcie-root-port,id=${id},chassis=${chassis}`;
const PORTS = `${port('rp1', 1)} ${port('rp2', 2)}`;

const BACKENDS = [
  ['legacy', '', ''],
  ['iommufd', IOMMUFD, ',iommufd=i0'],
] as const;

/** Every value of ats on machines with and without rows, through both backends. */
const ATS: readonly PlanLine[] = BACKENDS.flatMap(([backend, object, property]) =>
  ['pc-q35-11.1', 'pc-q35-11.0', 'pc-q35-9.0', 'pc-i440fx-11.1'].flatMap(machine =>
    ['', ',ats=on', ',ats=off', ',ats=auto'].map(ats => {
      const isOld = machine.startsWith('pc-i440fx');
      const place = isOld ? '' : ',bus=rp1';
      const words = `-M ${machine} ${object} ${isOld ? '' : port('rp1', 1)} -device vfio-pci,host=$ats${place}${property}${ats}`;
      return { title: `${backend}, ${machine}${ats}`, words };
    }),
  ),
);

/** ats=on of a device whose extended list is empty, and of a conventional one, on buses that carry an extended list and that do not. */
const ATS_OF_OTHERS: readonly PlanLine[] = BACKENDS.flatMap(([backend, object, property]) =>
  ['empty', 'conventional'].flatMap(name =>
    [`-M pc-q35-11.1 ${object} ${port('rp1', 1)} -device vfio-pci,bus=rp1`, `-M pc-i440fx-11.1 ${object} -device vfio-pci`].map(words => ({
      title: `${backend}, ats=on of ${name}: ${words.includes('rp1') ? 'a port' : 'a conventional bus'}`,
      words: `${words},host=$${name}${property},ats=on`,
    })),
  ),
);

/** Where the device is put. */
const PLACES: readonly PlanLine[] = (
  [
    ['the root complex', '', ''],
    ['a slot of the root complex', '', ',addr=10'],
    ['a slot that is taken', '', ',addr=1f.2'],
    ['slot 1 below a port', port('rp1', 1), ',bus=rp1,addr=1.0'],
    ['a conventional bridge', '-device pcie-pci-bridge,id=b1', ',bus=b1,addr=1'],
    ['a bus that is not there', '', ',bus=rp9'],
    ['a function without function 0', port('rp1', 1), ',bus=rp1,addr=0.1'],
    ['a function of a single-function device', `${port('rp1', 1)} -device e1000e,bus=rp1`, ',bus=rp1,addr=0.1'],
    [
      'behind a switch',
      `${port('rp1', 1)} -device x3130-upstream,id=up,bus=rp1 -device xio3130-downstream,id=dn,bus=up,chassis=9`,
      ',bus=dn',
    ],
    ['an expander', '-device pxb-pcie,id=px,bus_nr=16,bus=pcie.0 -device pcie-root-port,id=pp,bus=px,chassis=4', ',bus=pp'],
  ] as const
).map(([title, before, place]) => ({ title: `place: ${title}`, words: `${Q35} ${before} -device vfio-pci,host=$ats${place}` }));

/** What is wrong with values. */
const VALUES: readonly PlanLine[] = [
  ',ats=maybe',
  ',nosuch=1',
  ',rombar=off',
  ',x-pci-vendor-id=0x10000000',
  ',x-pci-vendor-id=0xffff',
  ',x-pci-device-id=0x1234',
  ',host=zz',
  ',addr=99',
  ',iommufd=i9',
  ',multifunction=on',
  ',x-msix-relocation=bar9',
  ',enable-migration=on',
  ',x-vpasid-cap-offset=0x800',
  ',romfile=/nowhere',
  ',romfile=/nowhere,rombar=0',
  ',romfile=/nowhere,enable-migration=on',
].map(values => ({ title: `value: ${values.slice(1)}`, words: `${Q35} ${PORTS} -device vfio-pci,host=$ats,bus=rp1${values}` }));

/** The same device as JSON. */
const JSON_LINES: readonly PlanLine[] = [
  '"ats":"off"',
  '"ats":true',
  '"multifunction":"on"',
  '"multifunction":true',
  '"x-pci-vendor-id":"0x15b3"',
  '"x-pci-vendor-id":5555',
  '"rombar":"off"',
  '"addr":8',
  '"addr":"0x2.0x0"',
].map(value => ({ title: `JSON: ${value}`, words: `${Q35} -device '{"driver":"vfio-pci","host":"$ats",${value}}'` }));

const GLOBALS: readonly PlanLine[] = [
  '-global vfio-pci.ats=off',
  '-global vfio-pci.ats=maybe',
  '-global driver=vfio-pci,property=ats,value=off',
  '-global vfio-pci.nosuch=1',
  '-global vfio-pci-nohotplug.ats=off',
  '-global vfio-pci.iommufd=i9',
  '-global vfio-pci.enable-migration=on',
].map(global => ({
  title: `global: ${global}`,
  words: `${Q35} ${global} ${PORTS} ${IOMMUFD} -device vfio-pci,host=$ats,bus=rp1,iommufd=i0`,
}));

/** What the host has and has not. */
const HOST: readonly PlanLine[] = [
  ...BACKENDS.flatMap(([backend, object, property]): PlanLine[] => {
    const one = (title: string, host: string): PlanLine => ({
      title: `${title}, ${backend}`,
      words: `${Q35} ${PORTS} ${object} -device vfio-pci,host=${host},bus=rp1${property}`,
    });
    const two = (title: string, first: string, second: string): PlanLine => ({
      title: `${title}, ${backend}`,
      words: `${Q35} ${PORTS} ${object} -device vfio-pci,host=${first},bus=rp1${property} -device vfio-pci,host=${second},bus=rp2${property}`,
    });
    return [
      one('an address with nothing', '0000:77:00.0'),
      one('a device that a driver of the host has', '$driven'),
      one('a device without a driver', '$free'),
      one('a bridge', '0000:00:08.0'),
      two('two devices', '$ats', '$twin'),
      two('one device twice', '$ats', '$ats'),
      two('a good one and an absent one', '$ats', '0000:77:00.0'),
    ];
  }),
  {
    title: 'one device twice, through both backends',
    words: `${Q35} ${PORTS} ${IOMMUFD} -device vfio-pci,host=$ats,bus=rp1,iommufd=i0 -device vfio-pci,host=$ats,bus=rp2`,
  },
  {
    title: 'one device twice, iommufd behind legacy',
    words: `${Q35} ${PORTS} ${IOMMUFD} -device vfio-pci,host=$ats,bus=rp1 -device vfio-pci,host=$ats,bus=rp2,iommufd=i0`,
  },
  { title: 'no host device', words: `${Q35} ${PORTS} -device vfio-pci,bus=rp1` },
  { title: 'a machine that is not there', words: `-M pc-q35-3.0 ${PORTS} -device vfio-pci,host=$ats,bus=rp1` },
];

/** IOMMUs of the guest. */
const IOMMUS: readonly PlanLine[] = BACKENDS.flatMap(([backend, object, property]) =>
  [
    '-device intel-iommu',
    '-device intel-iommu,caching-mode=on',
    '-device intel-iommu,caching-mode=on,aw-bits=40',
    '-device intel-iommu,caching-mode=on,aw-bits=39',
    '-device amd-iommu',
    '-device amd-iommu,dma-remap=on',
    '-device virtio-iommu-pci',
    '-device intel-iommu,caching-mode=on -device virtio-iommu-pci',
  ].map(iommu => ({
    title: `${backend}: ${iommu}`,
    words: `${Q35} ${object} ${iommu} ${PORTS} -device vfio-pci,host=$ats,bus=rp1${property}`,
  })),
);

export const PLAN_LINES: readonly PlanLine[] = [
  ...ATS,
  ...ATS_OF_OTHERS,
  ...PLACES,
  ...VALUES,
  ...JSON_LINES,
  ...GLOBALS,
  ...HOST,
  ...IOMMUS,
];

/** Where the plan is not QEMU yet, by title, with what QEMU does. A line that agrees is taken out of here: the test says so. */
export const DIFFERENCES: ReadonlyMap<string, string> = new Map();
